import Foundation

/// How numbers read on a chart: short, with a typographic minus, powers of ten as `10⁻⁴`.
package enum ChartNumber {
  /// The labels of ticks, all with as many decimals as the finest of them needs.
  package static func labels(of ticks: [Double], isLogarithmic: Bool) -> [String] {
    if isLogarithmic {
      let powers = ticks.map(power)
      // All in one notation: powers only where every tick is one and some are far from 1.
      let isFar = ticks.contains { abs(log10($0)) > 3.5 }
      return isFar && !powers.contains(nil) ? powers.compactMap(\.self) : ticks.map { text($0) }
    }
    let largest = ticks.map { abs($0) }.max() ?? 0
    let gaps = zip(ticks.dropFirst(), ticks).map { $0 - $1 }.filter { $0 > 0 }
    let gap = gaps.min() ?? largest
    guard gap > 0, gap >= 1e-5, largest < 1e6 else { return ticks.map { text($0) } }
    // Ticks are 1, 2 or 5 times a power of ten apart, except ends of the data that stand in for them.
    var decimals = max(0, -Int((log10(gap) + 1e-9).rounded(.down)))
    let exact = ticks.allSatisfy { abs($0 / gap - ($0 / gap).rounded()) < 1e-6 }
    if !exact { decimals += 1 }
    return ticks.map { fixed($0, decimals: decimals) }
  }

  /// One value in about four significant digits.
  package static func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let size = abs(value)
    if size >= 1e6 || size < 1e-4 {
      let written = String(format: "%.3e", value)
      let parts = written.split(separator: "e")
      guard parts.count == 2, let exponent = Int(parts[1]) else { return written }
      return typographic(trimmed(String(parts[0]))) + "·10" + superscript(exponent)
    }
    let digitsBefore = max(1, Int(log10(size).rounded(.down)) + 1)
    let leadingZeros = size < 1 ? -Int(log10(size).rounded(.down)) - 1 : 0
    let decimals = size < 1 ? leadingZeros + 4 : max(0, 4 - digitsBefore)
    return typographic(trimmed(String(format: "%.\(decimals)f", value)))
  }

  private static func power(_ value: Double) -> String? {
    let exponent = log10(value)
    guard abs(exponent - exponent.rounded()) < 1e-9 else { return nil }
    return "10" + superscript(Int(exponent.rounded()))
  }

  private static func fixed(_ value: Double, decimals: Int) -> String {
    let written = String(format: "%.\(decimals)f", value)
    let isZero = written.allSatisfy { "-0.".contains($0) }
    return typographic(isZero && written.hasPrefix("-") ? String(written.dropFirst()) : written)
  }

  private static func trimmed(_ digits: String) -> String {
    guard digits.contains(".") else { return digits }
    var result = Substring(digits)
    while result.last == "0" { result.removeLast() }
    if result.last == "." { result.removeLast() }
    return String(result)
  }

  private static func typographic(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  private static func superscript(_ number: Int) -> String {
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let raised = String(number.magnitude).compactMap(\.wholeNumberValue).map { digits[$0] }
    return (number < 0 ? "⁻" : "") + String(raised)
  }
}
