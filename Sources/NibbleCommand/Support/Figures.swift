import Foundation

/// Numbers as people read them.
enum Figures {
  /// Six significant digits, without needless zeros.
  static func short(_ value: Double) -> String {
    if value.isNaN { return "nan" }  // its sign, which Swift prints, says nothing
    guard value.isFinite else { return "\(value)" }
    return String(format: "%.6g", value)
  }

  /// `1 file`, `2 files`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)" + (number == 1 ? "" : "s")
  }

  /// Bytes with a binary prefix: `1.5 MiB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 || unit == "GiB" {
        return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit)
      }
      value /= 1024
    }
    return "\(count) B"
  }
}
