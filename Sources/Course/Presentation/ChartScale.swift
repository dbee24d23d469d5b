import Foundation

/// Maps the values of one axis to 0…1, and says where ticks stand and how they read.
///
/// Pages and terminals share it, so that the same chart has the same range and the same ticks in both.
/// The range is the data's own: it is never rounded outward, and zero joins only where bars need it.
package struct ChartScale: Hashable, Sendable {
  /// The value at position 0; less than `highest`.
  package let lowest: Double
  /// The value at position 1.
  package let highest: Double
  /// Whether equal distances are equal ratios.
  package let isLogarithmic: Bool

  /// A scale that just covers the values it can place: finite ones, positive ones when logarithmic.
  ///
  /// A single value is widened on both sides, no value at all gives 0…1 (1…10 when logarithmic).
  /// `includesZero` reaches down (or up) to zero; a logarithmic scale reaches one decade below instead,
  /// so that its smallest bar has a length.
  package init(covering values: [Double], isLogarithmic: Bool, includesZero: Bool = false) {
    let placeable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    var lowest = placeable.min() ?? (isLogarithmic ? 1 : 0)
    var highest = placeable.max() ?? (isLogarithmic ? 10 : 1)
    if includesZero {
      if isLogarithmic {
        lowest = max(pow(10, (log10(lowest) - 0.5).rounded(.down)), Double.leastNormalMagnitude)
      } else {
        lowest = min(lowest, 0)
        highest = max(highest, 0)
      }
    }
    // Neighbouring floating numbers may have the same logarithm.
    let isFlat = isLogarithmic ? !(log10(lowest) < log10(highest)) : !(lowest < highest)
    if isFlat {
      if isLogarithmic {
        lowest = max(lowest / 3, Double.leastNormalMagnitude)
        highest = min(highest * 3, Double.greatestFiniteMagnitude)
      } else {
        let margin = lowest == 0 ? 0.5 : abs(lowest) / 2
        highest = min(highest + margin, Double.greatestFiniteMagnitude)
        lowest = max(lowest - margin, -Double.greatestFiniteMagnitude)
      }
    }
    self.lowest = lowest
    self.highest = highest
    self.isLogarithmic = isLogarithmic
  }

  /// Where a value stands between 0 and 1; nil for what the scale cannot place.
  package func position(of value: Double) -> Double? {
    guard value.isFinite else { return nil }
    guard isLogarithmic else {
      // Halves first: the difference of two large values may overflow, that of their halves cannot.
      return (value / 2 - lowest / 2) / (highest / 2 - lowest / 2)
    }
    guard value > 0 else { return nil }
    return (log10(value) - log10(lowest)) / (log10(highest) - log10(lowest))
  }

  /// Round values inside the range, about `count` of them; at least one wherever one fits.
  package func ticks(about count: Int) -> [Double] {
    let round = isLogarithmic ? decades(about: max(count, 2)) : multiples(about: max(count, 2))
    let inside = round.filter { tick in
      position(of: tick).map { $0 > -1e-9 && $0 < 1 + 1e-9 } ?? false
    }
    return inside.isEmpty ? [lowest, highest] : inside
  }

  private func multiples(about count: Int) -> [Double] {
    let span = highest - lowest
    guard span.isFinite, span > 0 else { return [] }
    let step = Self.roundStep(span / Double(count))
    guard step > 0, step.isFinite else { return [] }
    // A hair of slack keeps an end that is a tick up to rounding.
    let first = (lowest / step - 1e-9).rounded(.up)
    let last = (highest / step + 1e-9).rounded(.down)
    // Beyond 2^40 steps from zero a tick is no longer where its label says.
    guard first <= last, last - first < 100, max(abs(first), abs(last)) < 0x1p40 else { return [] }
    // A power below one divides by its exact inverse: 3 / 10 is 0.3, and 3 × 0.1 is not.
    let inverse = (1 / step).rounded()
    let isInverse = step < 1 && abs(inverse * step - 1) < 1e-9
    return stride(from: first, through: last, by: 1).map { index in
      index == 0 ? 0 : isInverse ? index / inverse : index * step
    }
  }

  private func decades(about count: Int) -> [Double] {
    let first = Int((log10(lowest) - 1e-9).rounded(.up))
    let last = Int((log10(highest) + 1e-9).rounded(.down))
    if first <= last {
      let step = max(1, (last - first + count) / count)
      let powers = stride(from: first, through: last, by: step).map { pow(10, Double($0)) }
      if powers.count > 1 { return powers }
    }
    // Less than two decades: 1, 2 and 5 in each.
    let around = (Int(log10(lowest).rounded(.down))...Int(log10(highest).rounded(.up)))
    let candidates = around.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
    let inside = candidates.filter { $0 >= lowest && $0 <= highest }
    return inside.count > 1 ? inside : [lowest, highest]
  }

  /// The nearest of 1, 2 and 5 times a power of ten, upward.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    let fraction = step / power
    let factor: Double = fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10
    return factor * power
  }
}
