extension FloatValues {
  /// The value below which a share of the numbers lies, by linear interpolation.
  ///
  /// Type 7 of Hyndman and Fan: with the `n` numbers in ascending order, counted from 0, the
  /// quantile of p stands at position p (n − 1), between two neighbours in proportion. numpy's,
  /// R's and Julia's default. Found by selection in a few passes, not by sorting.
  ///
  /// - Parameter probability: The share, 0 to 1.
  /// - Returns: The quantile; NaN for no numbers or where one of them is NaN.
  public func quantile(_ probability: Double) -> Double {
    withFloats { values in
      let selection = OrderSelection(values)
      return interpolatedQuantile(probability, count: values.count) { selection.value(rank: $0) }
    }
  }

  /// Several quantiles at once; see ``quantile(_:)``.
  ///
  /// - Parameter probabilities: The shares, each 0 to 1.
  /// - Returns: A quantile for each share.
  public func quantiles(_ probabilities: [Double]) -> [Double] {
    withFloats { values in
      // One sort costs about as much as this many selections.
      guard probabilities.count > 8 else { return probabilities.map { values.quantile($0) } }
      if values.contains(where: { $0.isNaN }) {
        return probabilities.map { _ in .nan }
      }
      let sorted = values.sorted()
      return probabilities.map { probability in
        interpolatedQuantile(probability, count: sorted.count) { sorted[$0] }
      }
    }
  }

  /// The quantile of one half.
  public var median: Double { quantile(0.5) }

  /// The number of a given rank in ascending order.
  ///
  /// - Parameter rank: 0 for the smallest, the count less one for the largest.
  /// - Returns: That number; NaN where one of the numbers is NaN.
  public func orderStatistic(_ rank: Int) -> Float {
    withFloats { values in
      precondition(
        rank >= 0 && rank < values.count, "rank \(rank) among \(values.count) numbers")
      return OrderSelection(values).value(rank: rank)
    }
  }
}

/// Type 7's position and interpolation, given a way to find the number of a rank.
private func interpolatedQuantile(
  _ probability: Double, count: Int, value: (Int) -> Float
) -> Double {
  precondition(probability >= 0 && probability <= 1, "the quantile of \(probability)")
  guard count > 0 else { return .nan }
  let position = probability * Double(count - 1)
  let below = Int(position)
  let share = position - Double(below)
  let lower = Double(value(below))
  guard share > 0, below + 1 < count else { return lower }
  let upper = Double(value(below + 1))
  // From the nearer neighbour, so that the result never passes the farther one.
  return share < 0.5
    ? lower + (upper - lower) * share : upper - (upper - lower) * (1 - share)
}

/// Finds the number of a given rank without sorting or copying.
///
/// A `Float`'s bits, with those of negative numbers flipped, order as unsigned integers do. Three
/// passes count how many numbers share the next 11, 11 and 10 bits, and follow the digit in which
/// the rank falls. Every input takes the same few passes.
private struct OrderSelection {
  private let values: UnsafeBufferPointer<Float>
  private let containsNotANumber: Bool
  private let firstDigits: [Int]

  init(_ values: UnsafeBufferPointer<Float>) {
    self.values = values
    var counts = [Int](repeating: 0, count: 2_048)
    var notANumbers = 0
    for value in values {
      counts[Int(Self.key(value) >> 21)] += 1
      notANumbers += value.isNaN ? 1 : 0
    }
    containsNotANumber = notANumbers > 0
    firstDigits = counts
  }

  func value(rank: Int) -> Float {
    if containsNotANumber { return .nan }
    var rest = rank
    let first = Self.digit(in: firstDigits, rank: &rest)
    var middleCounts = [Int](repeating: 0, count: 2_048)
    for value in values {
      let key = Self.key(value)
      if key >> 21 == first { middleCounts[Int((key >> 10) & 0x7ff)] += 1 }
    }
    let middle = Self.digit(in: middleCounts, rank: &rest)
    let prefix = first << 11 | middle
    var lastCounts = [Int](repeating: 0, count: 1_024)
    for value in values {
      let key = Self.key(value)
      if key >> 10 == prefix { lastCounts[Int(key & 0x3ff)] += 1 }
    }
    let key = prefix << 10 | Self.digit(in: lastCounts, rank: &rest)
    return Float(bitPattern: key & 0x8000_0000 != 0 ? key ^ 0x8000_0000 : ~key)
  }

  /// The digit whose numbers hold the rank, which becomes the rank among them.
  private static func digit(in counts: [Int], rank: inout Int) -> UInt32 {
    for (digit, count) in counts.enumerated() {
      if rank < count { return UInt32(digit) }
      rank -= count
    }
    preconditionFailure("a rank beyond the numbers")
  }

  @inline(__always) private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
  }
}
