import Foundation
import Models
import Tensors

/// What is said of the channels of a weight or of a layer's inputs.
struct ChannelReport: Encodable {
  /// A share of the channels, and the maximum below which it lies.
  struct Quantile: Encodable {
    let share: Double
    let value: Double
  }

  /// A channel that stands out.
  struct Outlier: Encodable {
    let channel: Int
    let maximum: Double
    /// Its maximum over the median.
    let ratio: Double
  }

  /// From how many medians a channel is called an outlier: what activations of language models have
  /// 10 to 100 of.
  static let outlierRatio = 10.0

  let count: Int
  /// The median of the largest magnitudes, silent channels left out.
  let median: Double
  /// Quantiles of the largest magnitudes.
  let quantiles: [Quantile]
  /// Channels of ten medians and more, the largest first.
  let outliers: [Outlier]
  /// All of it, for a drawing.
  let magnitudes: ChannelMagnitudes

  private enum CodingKeys: CodingKey {
    case count, median, quantiles, outliers
  }

  init(_ magnitudes: ChannelMagnitudes) {
    self.magnitudes = magnitudes
    count = magnitudes.maxima.count
    median = magnitudes.median
    let shares = [0, 0.25, 0.5, 0.75, 0.9, 0.99, 1]
    quantiles = zip(shares, magnitudes.quantiles(shares)).map { Quantile(share: $0, value: $1) }
    let ratios = magnitudes.ratios
    outliers = magnitudes.outliers(from: Self.outlierRatio).map {
      Outlier(channel: $0, maximum: Double(magnitudes.maxima[$0]), ratio: ratios[$0])
    }
  }

  /// The largest channels with their multiples of the median: `17 (64×), 201 (32×)`.
  func largest(_ count: Int) -> String {
    let ratios = magnitudes.ratios
    return magnitudes.outliers(from: 0).prefix(count).filter { ratios[$0] > 0 }
      .map { "\($0) (\(Self.multiple(ratios[$0])))" }.joined(separator: ", ")
  }

  /// `64×`, `3.1×`.
  static func multiple(_ ratio: Double) -> String {
    String(format: ratio >= 9.95 ? "%.0f×" : "%.1f×", ratio)
  }
}
