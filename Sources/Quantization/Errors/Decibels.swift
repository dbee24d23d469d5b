#if canImport(Glibc)
import Glibc
#endif

/// Ratios of powers on a logarithmic scale.
enum Decibels {
  /// 10 log₁₀(signal / noise), with the edge cases of ``FloatValues/signalToNoise(against:)``.
  static func ratio(signal: Double, noise: Double) -> Double {
    guard noise > 0 else { return .infinity }
    guard signal > 0 else { return -.infinity }
    return 10 * log10(signal / noise)
  }
}
