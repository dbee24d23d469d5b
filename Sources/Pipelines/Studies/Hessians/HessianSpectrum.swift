public import Quantization
public import Tensors

/// What a layer's Hessian looks like: how many directions its inputs have, and how unevenly they are used.
public struct HessianSpectrum: Codable, Hashable, Sendable {
  /// The number of input channels.
  public let size: Int
  /// Over how many tokens it was summed.
  public let tokens: Int
  /// The eigenvalues, the largest first; those below 0 are rounding.
  public let values: [Double]
  /// What damping adds to each.
  public let dampingAmount: Double

  /// The spectrum of what inputs amount to.
  ///
  /// - Parameters:
  ///   - statistics: Sums over at least one token.
  ///   - damping: The share of the mean diagonal that is added.
  /// - Throws: `TensorError.notFinite` for sums that are not finite.
  ///
  /// Cost: about 4 d³ for d channels.
  public init(_ statistics: InputStatistics, damping: Double = 0.01) throws(TensorError) {
    size = statistics.columns
    tokens = statistics.tokens
    let hessian = statistics.hessian
    values = try hessian.symmetricEigenvalues().reversed()
    dampingAmount = damping * hessian.diagonal.reduce(0, +) / Double(statistics.columns)
  }

  /// The largest eigenvalue.
  public var largest: Double { values.first ?? 0 }

  /// How many eigenvalues are more than the rounding of sums in single precision.
  public var rank: Int {
    let least = Double(size) * 0x1p-24 * largest
    return values.count { $0 > least }
  }

  /// The largest eigenvalue over the smallest of full rank; nil where H has no inverse.
  public var condition: Double? {
    guard rank == size, let smallest = values.last else { return nil }
    return largest / smallest
  }

  /// The same once damping was added.
  public var dampedCondition: Double {
    (largest + dampingAmount) / (max(values.last ?? 0, 0) + dampingAmount)
  }

  /// (Σλ)² / Σλ²: how many equal directions would be spread as much.
  public var effectiveDimension: Double {
    let (sum, squares) = values.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
    return squares > 0 ? sum * sum / squares : 0
  }

  /// How many directions carry a share of the trace, the strongest first.
  ///
  /// - Parameter share: From 0 to 1.
  /// - Returns: At most ``size``.
  public func directions(carrying share: Double) -> Int {
    let wanted = share * values.reduce(0) { $0 + max($1, 0) }
    var sum = 0.0
    for (index, value) in values.enumerated() {
      sum += max(value, 0)
      if sum >= wanted { return index + 1 }
    }
    return values.count
  }

  /// Directions that damping outweighs: their eigenvalues are smaller than what it adds.
  public var outweighed: Int { values.count { $0 < dampingAmount } }
}
