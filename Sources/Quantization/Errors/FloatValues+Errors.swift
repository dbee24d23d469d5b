public import Tensors

/// Sums over two lists in step, accumulated in Double.
struct PairedSums {
  private(set) var count = 0
  private(set) var squaredDifference = 0.0
  private(set) var absoluteDifference = 0.0
  private(set) var squaredFirst = 0.0
  private(set) var squaredSecond = 0.0
  private(set) var product = 0.0

  init(_ first: some FloatValues, _ second: some FloatValues) {
    first.withFloats { first in
      second.withFloats { second in
        precondition(
          first.count == second.count,
          "\(first.count) values cannot be compared with \(second.count)")
        for index in first.indices { add(Double(first[index]), Double(second[index])) }
      }
    }
  }

  private mutating func add(_ first: Double, _ second: Double) {
    let difference = first - second
    count += 1
    squaredDifference += difference * difference
    absoluteDifference += difference.magnitude
    squaredFirst += first * first
    squaredSecond += second * second
    product += first * second
  }
}

extension FloatValues {
  /// The mean of the squared differences from the original values.
  ///
  /// - Parameter original: As many values (a precondition).
  /// - Returns: The mean, accumulated in Double; 0 for no values.
  public func meanSquaredError(from original: some FloatValues) -> Double {
    let sums = PairedSums(self, original)
    return sums.count == 0 ? 0 : sums.squaredDifference / Double(sums.count)
  }

  /// The mean of the absolute differences from the original values.
  ///
  /// - Parameter original: As many values (a precondition).
  /// - Returns: The mean, accumulated in Double; 0 for no values.
  public func meanAbsoluteError(from original: some FloatValues) -> Double {
    let sums = PairedSums(self, original)
    return sums.count == 0 ? 0 : sums.absoluteDifference / Double(sums.count)
  }

  /// The power of the original over the power of the error, in decibels: SQNR.
  ///
  /// 10 log₁₀(Σ x² / Σ (x − x̂)²); each further bit of a uniform grid is worth about 6 dB.
  ///
  /// Edge cases: without error +infinity, also when the original is all zeros; with an error on an
  /// original of zeros −infinity.
  ///
  /// - Parameter original: As many values (a precondition).
  /// - Returns: Decibels.
  public func signalToNoise(against original: some FloatValues) -> Double {
    let sums = PairedSums(self, original)
    return Decibels.ratio(signal: sums.squaredSecond, noise: sums.squaredDifference)
  }

  /// The cosine of the angle to other values: 1 for the same direction, 0 for a right angle.
  ///
  /// Edge cases: two lists of zeros are alike, 1; zeros and anything else give 0.
  ///
  /// - Parameter other: As many values (a precondition).
  /// - Returns: From −1 to 1.
  public func cosineSimilarity(to other: some FloatValues) -> Double {
    let sums = PairedSums(self, other)
    let lengths = sums.squaredFirst.squareRoot() * sums.squaredSecond.squareRoot()
    guard lengths > 0 else { return sums.squaredFirst == sums.squaredSecond ? 1 : 0 }
    return min(max(sums.product / lengths, -1), 1)
  }
}
