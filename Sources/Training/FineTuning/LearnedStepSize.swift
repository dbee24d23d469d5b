/// Rounding whose step is learned beside the weights: LSQ.
///
/// ŵ = s · round(clip(w / s, −Qn, Qp)). The slope of ŵ by s is round(w / s) − w / s inside the grid
/// and −Qn or Qp beyond it; by w it is 1 inside and 0 beyond. The slope by s is multiplied by
/// 1 / √(N Qp), N the weights that share it, so that steps and weights learn at the same pace.
/// Source: Esser et al. 2020, arXiv:1902.08153, equations 1 to 5 and section 2.2.
public struct LearnedStepSize: Sendable, Equatable, Codable {
  /// Bits of a code; Qn = 2^(bits−1), Qp = 2^(bits−1) − 1.
  public var bits: Int
  /// Neighbours in a row that share a step; nil for the whole row.
  public var groupSize: Int?

  /// Makes a rounding.
  ///
  /// - Parameters:
  ///   - bits: Bits of a code, 2 to 8.
  ///   - groupSize: Neighbours that share a step; nil for the whole row.
  public init(bits: Int, groupSize: Int? = nil) {
    self.bits = bits
    self.groupSize = groupSize
  }

  /// Codes below zero, Qn.
  public var below: Float { Float(sign: .plus, exponent: bits - 1, significand: 1) }
  /// Codes above zero, Qp.
  public var above: Float { below - 1 }

  /// The step to begin with: 2 mean |w| / √Qp.
  ///
  /// - Parameter group: The weights that share it.
  /// - Returns: The step; 1 for a group of zeros.
  public func firstStep(of group: some Collection<Float>) -> Float {
    let mean = group.reduce(0.0) { $0 + Double($1.magnitude) } / Double(max(1, group.count))
    return mean > 0 ? Float(2 * mean / Double(above).squareRoot()) : 1
  }

  /// What slopes by the step are multiplied by: 1 / √(N Qp).
  ///
  /// - Parameter count: N, the weights that share the step.
  /// - Returns: The factor.
  public func stepSlopeFactor(sharedBy count: Int) -> Float {
    Float(1 / (Double(count) * Double(above)).squareRoot())
  }

  /// The weight that the forward pass sees.
  ///
  /// - Parameters:
  ///   - weight: The weight that is kept.
  ///   - step: Its step.
  /// - Returns: step · round(clip(w / step)), ties to even.
  public func rounded(_ weight: Float, step: Float) -> Float {
    step * min(max(weight / step, -below), above).rounded(.toNearestOrEven)
  }

  /// The slopes by the weight that is kept and by its step.
  ///
  /// - Parameters:
  ///   - slope: The slope by the rounded weight.
  ///   - weight: The weight that is kept.
  ///   - step: Its step.
  /// - Returns: Both slopes; the step's is not yet multiplied by ``stepSlopeFactor(sharedBy:)``.
  public func slopes(
    _ slope: Float, at weight: Float, step: Float
  ) -> (weight: Float, step: Float) {
    let ratio = weight / step
    if ratio <= -below { return (ratio == -below ? slope : 0, slope * -below) }
    if ratio >= above { return (ratio == above ? slope : 0, slope * above) }
    return (slope, slope * (ratio.rounded(.toNearestOrEven) - ratio))
  }
}
