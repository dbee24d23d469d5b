public import Tensors

/// The largest magnitude of every channel, beside the one in the middle: where outliers stand out.
///
/// Of a layer's inputs a channel is a feature of the model, of a weight an input that it multiplies.
public struct ChannelMagnitudes: Equatable, Sendable {
  /// The largest magnitude of each channel; 0 before there were any values.
  public private(set) var maxima: [Float]
  /// The channel of the value to come next.
  private var next = 0

  /// Magnitudes of nothing yet.
  ///
  /// - Parameter channels: How many channels a row has, 1 or more.
  public init(channels: Int) {
    precondition(channels > 0, "\(channels) channels")
    maxima = [Float](repeating: 0, count: channels)
  }

  /// The magnitudes of a matrix's columns.
  ///
  /// - Parameter matrix: A row a token or an output, a column a channel.
  public init(of matrix: Matrix) {
    self.init(channels: matrix.columns)
    add(matrix)
  }

  /// Adds values, row after row; a row may be added in pieces.
  ///
  /// - Parameter values: The values that follow those added before. NaN is passed over.
  public mutating func add(_ values: some FloatValues) {
    let width = maxima.count
    let first = next
    values.withFloats { values in
      maxima.withUnsafeMutableBufferPointer { maxima in
        var place = 0
        var channel = first
        while place < values.count {
          let count = min(width - channel, values.count - place)
          for offset in 0..<count {
            let magnitude = values[place + offset].magnitude
            let old = maxima[channel + offset]
            maxima[channel + offset] = magnitude > old ? magnitude : old
          }
          place += count
          channel = 0
        }
      }
      next = (first + values.count) % width
    }
  }

  /// The middle one of the maxima, channels that were always 0 left out; 0 where all were.
  ///
  /// A ReLU leaves some channels silent for a whole text. They are no yardstick for the others.
  public var median: Double {
    let heard = maxima.filter { $0 > 0 }
    return heard.isEmpty ? 0 : heard.median
  }

  /// Quantiles of the maxima of all channels.
  ///
  /// - Parameter shares: Each 0 to 1.
  /// - Returns: One for each share.
  public func quantiles(_ shares: [Double]) -> [Double] { maxima.quantiles(shares) }

  /// From which magnitude a number is no weight of a model, but what damage leaves.
  ///
  /// A bit of an exponent that flips makes a weight some 2⁶⁴ times larger, and those of language models stay below a thousand.
  public static let implausible: Float = 1e6
  /// From how many medians a channel of a matrix is no outlier any more.
  ///
  /// Half precision ends before ``implausible``, and a flipped bit of its exponent makes a weight some 2¹⁶ times larger. The massive
  /// activations of language models have some thousand medians.
  public static let implausibleRatio = 10_000.0

  /// The largest of the maxima that no weight has, and its channel; nil for what may be a weight.
  public var implausibleMaximum: (channel: Int, magnitude: Float)? {
    guard let (channel, most) = maxima.enumerated().max(by: { $0.element < $1.element }) else {
      return nil
    }
    // A median of few channels is no yardstick.
    let isFarOff = maxima.count >= 16 && Double(most) >= Self.implausibleRatio * median
    return most >= Self.implausible || (isFarOff && median > 0) ? (channel, most) : nil
  }

  /// Each channel's maximum over ``median``; 0 for a channel that was always 0.
  public var ratios: [Double] {
    let median = median
    return maxima.map { $0 > 0 ? Double($0) / median : 0 }
  }

  /// The channels that stand out most.
  ///
  /// - Parameter ratio: What a channel's maximum must be of the median, at least.
  /// - Returns: Their numbers, the largest first, those alike in ascending order.
  public func outliers(from ratio: Double) -> [Int] {
    let ratios = ratios
    return ratios.indices.filter { ratios[$0] >= ratio }
      .sorted { (ratios[$1], $0) < (ratios[$0], $1) }
  }
}
