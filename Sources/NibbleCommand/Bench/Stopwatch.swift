/// Times work by the wall clock.
enum Stopwatch {
  /// Seconds that `work` took.
  static func seconds<Failure: Error>(
    _ work: () throws(Failure) -> Void
  ) throws(Failure) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try work()
    return (clock.now - start).seconds
  }
}
