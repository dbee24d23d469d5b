import Foundation
import Pipelines
import StepRecords

/// Figures as a report writes them.
enum ReportWords {
  /// Four significant digits, whole where there are more before the point; `3.82e-5` where there are many zeros.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let size = value.magnitude
    return (value < 0 ? "−" : "")
      + (9_999.5..<1e7 ~= size
        ? String(format: "%.0f", size)
        // `%g` puts a zero before an exponent of one digit.
        : String(format: "%.4g", size).replacing("e-0", with: "e-").replacing("e+0", with: "e"))
  }

  /// So many digits after the point, with a minus that is as wide as a plus.
  private static func fixed(_ value: Double, digits: Int) -> String {
    String(format: "%.\(digits)f", value).replacing("-", with: "−")
  }

  /// A share in percent, one digit after the point.
  static func percent(_ share: Double) -> String { fixed(100 * share, digits: 1) + " %" }

  /// A mean of shares with its interval, in percent.
  static func percent(_ interval: MeanInterval) -> String {
    guard interval.count > 1 else { return "\(percent(interval.mean)), a single run" }
    return
      "\(percent(interval.mean)) (95 % interval \(percent(interval.low)) to \(percent(interval.high)), standard "
      + "deviation \(percent(interval.deviation)) over \(interval.count) seeds)"
  }

  /// A mean with its interval.
  static func interval(_ interval: MeanInterval) -> String {
    guard interval.count > 1 else { return "\(number(interval.mean)), a single run" }
    return "\(number(interval.mean)) [\(number(interval.low)), \(number(interval.high))]"
  }

  /// A mean with its interval, in thousandths.
  static func thousandths(_ interval: MeanInterval) -> String {
    func words(_ value: Double) -> String { fixed(1000 * value, digits: 2) }
    guard interval.count > 1 else { return words(interval.mean) }
    return "\(words(interval.mean)) [\(words(interval.low)), \(words(interval.high))]"
  }

  /// A mean of shares with its interval alone, in percent.
  static func shares(_ interval: MeanInterval) -> String {
    guard interval.count > 1 else { return percent(interval.mean) }
    return "\(percent(interval.mean)) [\(percent(interval.low)), \(percent(interval.high))]"
  }

  /// The mean over its spread, with its interval.
  static func effect(_ interval: MeanInterval) -> String {
    guard let size = interval.effectSize, let ends = interval.effectSizeInterval else { return "" }
    return
      "\(fixed(size, digits: 1)) [\(fixed(ends.low, digits: 1)), \(fixed(ends.high, digits: 1))]"
  }

  /// A coefficient with its interval.
  static func correlation(_ found: Correlation?) -> String {
    guard let found else { return "too few pairs" }
    return
      "\(fixed(found.linear, digits: 2)) [\(fixed(found.low, digits: 2)), \(fixed(found.high, digits: 2))]"
  }

  static func rank(_ found: Correlation?) -> String {
    found.map { fixed($0.rank, digits: 2) } ?? ""
  }

  /// A layer's name without what all names share: `0.self_attn.q_proj`.
  static func short(_ name: String) -> String {
    let parts = name.split(separator: ".")
    guard let place = parts.firstIndex(where: { Int($0) != nil }) else { return name }
    return parts[place...].joined(separator: ".")
  }

  /// A verdict as a sentence's end.
  static func verdict(_ verdict: StudyVerdict) -> String {
    switch verdict {
    case .holds: "It holds."
    case .fails: "It does not hold."
    case .undecided: "The interval holds both answers: undecided."
    }
  }
}
