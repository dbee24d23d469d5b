import Foundation
import Pipelines
import StepRecords

/// Figures as a report writes them.
enum ReportWords {
  /// Four significant digits.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    return String(format: "%.4g", value)
  }

  /// A share in percent, one digit after the point.
  static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

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

  /// A coefficient with its interval.
  static func correlation(_ found: Correlation?) -> String {
    guard let found else { return "too few pairs" }
    return String(
      format: "%.2f [%.2f, %.2f]", found.linear, found.low, found.high)
  }

  static func rank(_ found: Correlation?) -> String {
    found.map { String(format: "%.2f", $0.rank) } ?? ""
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
