internal import Glibc

/// Powers, where the standard library has none.
enum Powers {
  /// Ten to a power.
  static func ofTen(_ exponent: Double) -> Double { pow(10, exponent) }
}
