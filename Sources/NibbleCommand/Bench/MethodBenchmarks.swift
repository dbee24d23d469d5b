/// How long methods take, beside the implementation that people run today.
enum MethodBenchmarks {
  /// Every method that has a benchmark.
  static func all() throws -> [Figure] {
    try GPTQBenchmarks.all() + AWQBenchmarks.search() + HQQBenchmarks.all() + BlockBenchmarks.all()
      + PackingBenchmarks.all()
  }
}
