/// The limit on the norm of all slopes together.
enum GradientClipping {
  /// What slopes are multiplied by so that their norm is at most `limit`; 1 where it is already.
  ///
  /// The denominator has 10⁻⁶ added, as in PyTorch's `clip_grad_norm_`.
  static func factor(norm: Double, limit: Double?) -> Double {
    guard let limit else { return 1 }
    return min(1, limit / (norm + 1e-6))
  }
}
