/// The clip at which clipping error and rounding error balance, found by iteration.
///
/// For |x| clipped at s on b bits, J(s) = (4⁻ᵇ/3) s² P(0 < |x| ≤ s) + E[(|x| − s)²; |x| > s], and
///
///     s ← E[|x|; |x| > s] / ((4⁻ᵇ/3) P(0 < |x| ≤ s) + P(|x| > s))
///
/// is Newton's step towards its minimum. Zeros cost nothing on a grid that holds zero, so they are
/// left out. Source: Sakr et al. 2022, arXiv:2206.06501, the form for a grid on both sides of zero.
enum OctavClip {
  /// Far more rounds than Newton's method takes: about ten.
  private static let roundLimit = 100

  /// The fixed point of the iteration started at the mean magnitude of the values that are not zero.
  ///
  /// Where a clip would spare nothing (all magnitudes equal, say) the iteration has no fixed point;
  /// then the visited clip with the smallest J is returned. Zero when every value is zero.
  static func fixedPoint(of values: UnsafeBufferPointer<Float>, bits: Int) -> Double {
    let roundingFactor = 1 / Double(3 << (2 * bits))  // 4⁻ᵇ / 3
    let whole = Tail(of: values, above: 0)
    guard whole.count > 0 else { return 0 }
    var clip = whole.sum / Double(whole.count)
    var best = (clip: clip, error: Double.infinity)
    for _ in 0..<roundLimit {
      let tail = Tail(of: values, above: clip)
      let inside = Double(whole.count - tail.count)
      let error = roundingFactor * clip * clip * inside + tail.squaredExcess(over: clip)
      if error < best.error { best = (clip, error) }
      let next = tail.sum / (roundingFactor * inside + Double(tail.count))
      guard next > 0 else { return best.clip }
      if abs(next - clip) <= 1e-12 * next { return next }
      clip = next
    }
    return best.clip
  }

  /// How many magnitudes lie above a threshold, with their sum and the sum of their squares.
  private struct Tail {
    var count = 0
    var sum = 0.0
    var squares = 0.0

    init(of values: UnsafeBufferPointer<Float>, above threshold: Double) {
      for value in values {
        let magnitude = Double(abs(value))
        let isAbove = magnitude > threshold
        count += isAbove ? 1 : 0
        sum += isAbove ? magnitude : 0
        squares += isAbove ? magnitude * magnitude : 0
      }
    }

    /// Σ (|x| − threshold)² over the tail.
    func squaredExcess(over threshold: Double) -> Double {
      max(0, squares - 2 * threshold * sum + threshold * threshold * Double(count))
    }
  }
}
