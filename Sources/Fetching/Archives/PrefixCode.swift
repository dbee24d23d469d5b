/// A prefix code, known by the length of each symbol's code.
struct PrefixCode {
  /// How many codes there are of each length, 0 to 15.
  private(set) var counts = [Int](repeating: 0, count: 16)
  /// The symbols in the order of their codes.
  private(set) var symbols: [Int] = []

  /// A code whose lengths are known to fit.
  init(complete lengths: [Int]) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    symbols = (1...15).flatMap { length in lengths.indices.filter { lengths[$0] == length } }
  }

  /// A code, where its lengths leave room for all of it.
  init(lengths: [Int]) throws(Inflate.Failure) {
    self.init(complete: lengths)
    var left = 1
    for length in 1...15 {
      left = left << 1 - counts[length]
      guard left >= 0 else { throw Inflate.Failure(reason: "a code has too many symbols") }
    }
  }
}
