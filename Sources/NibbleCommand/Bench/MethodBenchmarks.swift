/// How long methods with data take, beside the implementation a reader would write first.
enum MethodBenchmarks {
  /// Every method that has a benchmark.
  static func all() throws -> [Figure] {
    try GPTQBenchmarks.all() + AWQBenchmarks.search()
  }
}
