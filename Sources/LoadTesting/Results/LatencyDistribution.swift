internal import Histogram

/// How times are distributed, from a microsecond to an hour, each within a thousandth of its value.
///
/// A high dynamic range histogram: its size does not depend on how many times it holds, and its highest
/// percentiles are as exact as its median.
public struct LatencyDistribution: Sendable {
  private static let longest: UInt64 = 3_600_000_000
  private var histogram = Histogram<UInt64>(
    lowestDiscernibleValue: 1, highestTrackableValue: longest,
    numberOfSignificantValueDigits: .three)

  /// A distribution without times.
  public init() {}

  /// Adds a time; below 0 it counts as 0, above an hour as an hour.
  ///
  /// - Parameter time: How long something took.
  public mutating func record(_ time: Duration) {
    let microseconds = (time / .microseconds(1)).rounded()
    histogram.record(microseconds <= 0 ? 0 : UInt64(min(microseconds, Double(Self.longest))))
  }

  /// How many times it holds.
  public var count: Int { Int(histogram.totalCount) }

  /// The time that a share of all times does not exceed, in milliseconds.
  ///
  /// - Parameter share: In percent, 0 to 100.
  /// - Returns: The highest time that the histogram does not tell from it; nil where there is none.
  public func percentile(_ share: Double) -> Double? {
    count == 0 ? nil : Double(histogram.valueAtPercentile(share)) / 1000
  }

  /// The figures of a report; nil where there is no time.
  public var summary: LatencySummary? {
    guard let median = percentile(50), let most = percentile(95), let nearlyAll = percentile(99)
    else { return nil }
    return LatencySummary(
      count: count, mean: histogram.mean / 1000, p50: median, p95: most, p99: nearlyAll,
      highest: Double(histogram.maxRecorded) / 1000)
  }

  /// The percentile distribution in milliseconds, as HdrHistogram's tools write and plot it (`.hgrm`).
  public var percentileText: String {
    var text = ""
    histogram.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1000)
    return text
  }
}

/// The figures of a distribution of times, in milliseconds.
public struct LatencySummary: Codable, Sendable, Hashable {
  /// How many times there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// The median.
  public let p50: Double
  /// The time that 95 of 100 do not exceed.
  public let p95: Double
  /// The time that 99 of 100 do not exceed.
  public let p99: Double
  /// The longest.
  public let highest: Double
}
