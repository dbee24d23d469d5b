/// Rounding that slopes pass through: the forward pass sees rounded weights, the backward pass slopes
/// as if they had not been.
///
/// The rounding's own slope is 0 almost everywhere, so it is replaced by 1. Where a weight lies beyond
/// the grid the clip's slope is 0, and a *masked* estimator keeps it: such a weight gets no slope.
/// Without the mask a weight outside is pushed on as if the grid had no end.
/// Source: Bengio et al. 2013, arXiv:1308.3432; the mask, Hubara et al. 2016, arXiv:1609.07061.
public struct StraightThrough: Sendable, Equatable, Codable {
  /// Bits of a code; the grid is −2^(bits−1) … 2^(bits−1) − 1.
  public var bits: Int
  /// Neighbours in a row that share a scale; nil for the whole row.
  public var groupSize: Int?
  /// The grid's last point as a share of the group's largest magnitude; below 1 it clips.
  public var clipShare: Double
  /// Whether a weight beyond the grid gets no slope.
  public var isMasked: Bool

  /// Makes an estimator.
  ///
  /// - Parameters:
  ///   - bits: Bits of a code, 2 to 8.
  ///   - groupSize: Neighbours that share a scale; nil for the whole row.
  ///   - clipShare: The grid's last point as a share of the largest magnitude.
  ///   - isMasked: Whether a weight beyond the grid gets no slope.
  public init(bits: Int, groupSize: Int? = nil, clipShare: Double = 1, isMasked: Bool = true) {
    self.bits = bits
    self.groupSize = groupSize
    self.clipShare = clipShare
    self.isMasked = isMasked
  }

  /// The smallest and the largest code.
  public var codes: ClosedRange<Float> {
    -Float(sign: .plus, exponent: bits - 1, significand: 1)...Float(
      sign: .plus, exponent: bits - 1, significand: 1) - 1
  }

  /// The step of a group: share · max |w| / largest code; 1 for a group of zeros.
  ///
  /// - Parameter group: The weights.
  /// - Returns: The step, which slopes treat as a constant.
  public func scale(of group: some Collection<Float>) -> Float {
    let largest = group.reduce(0) { max($0, $1.magnitude) }
    return largest > 0 ? Float(clipShare) * largest / codes.upperBound : 1
  }

  /// The weight that the forward pass sees.
  ///
  /// - Parameters:
  ///   - weight: The weight that is kept.
  ///   - scale: Its group's step.
  /// - Returns: step · clamp(round(w / step)), ties to even.
  public func rounded(_ weight: Float, scale: Float) -> Float {
    let code = (weight / scale).rounded(.toNearestOrEven)
    return scale * min(max(code, codes.lowerBound), codes.upperBound)
  }

  /// The slope by the weight that is kept.
  ///
  /// - Parameters:
  ///   - slope: The slope by the rounded weight.
  ///   - weight: The weight that is kept.
  ///   - scale: Its group's step.
  /// - Returns: The slope, or 0 where the weight lies beyond the grid and the estimator is masked.
  public func slope(_ slope: Float, at weight: Float, scale: Float) -> Float {
    !isMasked || codes.contains(weight / scale) ? slope : 0
  }
}
