/// BitNet b1.58's weights: −1, 0 or 1 times the mean magnitude of the whole matrix.
///
/// γ = mean |w|, ŵ = γ · clamp(round(w / (γ + 10⁻⁵)), −1, 1). Slopes pass unchanged, γ counting as a
/// constant: the published recipe has no mask. Inputs of such layers are rounded to 8 bits a token.
/// Source: Ma et al. 2024, arXiv:2402.17764, equations 1 to 3.
public enum TernaryRounding {
  /// The mean magnitude of a matrix.
  ///
  /// - Parameter weights: All its elements.
  /// - Returns: γ.
  public static func meanMagnitude(of weights: some Collection<Float>) -> Float {
    Float(weights.reduce(0.0) { $0 + Double($1.magnitude) } / Double(max(1, weights.count)))
  }

  /// The weight that the forward pass sees.
  ///
  /// - Parameters:
  ///   - weight: The weight that is kept.
  ///   - meanMagnitude: γ.
  /// - Returns: −γ, 0 or γ.
  public static func rounded(_ weight: Float, meanMagnitude: Float) -> Float {
    let code = (weight / (meanMagnitude + 1e-5)).rounded(.toNearestOrEven)
    return meanMagnitude * min(max(code, -1), 1)
  }
}
