import Course
import Foundation

/// Where a comparison's results stand on a chart: bits per weight across, the error down in decades.
///
/// The terminal's chart and the page's share it, so that both show the same. What takes more than sixteen
/// bits a weight is no compression and would press everything else against the left edge: it is left off,
/// and said so.
struct ParetoScales {
  /// The results on the chart.
  let entries: [Comparison.Entry]
  /// The results beyond its right edge.
  let outside: [Comparison.Entry]
  let across: ChartScale
  let down: ChartScale
  private let comparison: Comparison
  /// Where results without any error stand: a decade below the others.
  private let floor: Double

  init(_ comparison: Comparison) {
    self.comparison = comparison
    let isInside = { (entry: Comparison.Entry) in entry.bitsPerWeight <= 16.5 }
    let anyInside = comparison.entries.contains(where: isInside)
    entries = anyInside ? comparison.entries.filter(isInside) : comparison.entries
    outside = anyInside ? comparison.entries.filter { !isInside($0) } : []
    let errors = entries.map { comparison.error(of: $0) }
    let positive = errors.filter { $0 > 0 && $0.isFinite }
    let least = positive.min() ?? 1
    floor = errors.contains { $0 <= 0 } ? least / 10 : least
    across = ChartScale(covering: entries.map(\.bitsPerWeight), isLogarithmic: false)
    down = ChartScale(
      covering: [Self.round(floor, .down), Self.round(positive.max() ?? 1, .up)],
      isLogarithmic: true)
  }

  /// Where a result stands, both from 0 to 1, up and to the right.
  func place(of entry: Comparison.Entry) -> (right: Double, up: Double) {
    let error = comparison.error(of: entry)
    return (
      across.position(of: entry.bitsPerWeight) ?? 0,
      down.position(of: error > 0 && error.isFinite ? error : floor) ?? 0
    )
  }

  /// What is said of the results beyond the edge; nil where there are none.
  var outsideSentence: String? {
    guard !outside.isEmpty else { return nil }
    let names = outside.map {
      "\(comparison.label(of: $0)) (\(ComparisonText.figure($0.bitsPerWeight)))"
    }
    return "Beyond the right edge, in bits per weight: " + names.joined(separator: ", ")
  }

  /// The nearest of 1, 2 and 5 times a power of ten, below or above.
  private static func round(_ value: Double, _ rule: FloatingPointRoundingRule) -> Double {
    let power = pow(10, log10(value).rounded(.down))
    let steps = [1, 2, 5, 10].map { $0 * power }
    return rule == .up
      ? steps.first { $0 >= value } ?? 10 * power : steps.last { $0 <= value } ?? power
  }
}
