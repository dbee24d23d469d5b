public import Tensors

/// What the inputs of a linear layer, or of several that share them, looked like over some texts.
public struct InputProfile: Sendable {
  /// The layers that read these inputs.
  public let layers: [LinearLayerID]
  /// The magnitude from which a value is an outlier.
  public let threshold: Float
  /// How many tokens were seen.
  public private(set) var tokens = 0
  /// The largest magnitude of every channel.
  public private(set) var magnitudes: ChannelMagnitudes
  /// Mean, deviation and kurtosis of all values.
  public private(set) var moments = Moments()
  /// In how many tokens a channel reached ``threshold``, channel by channel.
  public private(set) var outlierTokens: [Int]

  init(layers: [LinearLayerID], columns: Int, threshold: Float) {
    self.layers = layers
    self.threshold = threshold
    magnitudes = ChannelMagnitudes(channels: columns)
    outlierTokens = [Int](repeating: 0, count: columns)
  }

  /// The number of channels.
  public var columns: Int { outlierTokens.count }

  /// Channels that reached ``threshold`` at least once, in order.
  ///
  /// Those that LLM.int8() multiplies apart: Dettmers et al. 2022, arXiv:2208.07339.
  public var outlierChannels: [Int] { outlierTokens.indices.filter { outlierTokens[$0] > 0 } }

  mutating func add(_ inputs: LayerInputs) {
    tokens += inputs.rows
    magnitudes.add(inputs.values)
    moments.add(inputs.values)
    for row in 0..<inputs.rows {
      for column in 0..<columns
      where inputs.values[row * columns + column].magnitude >= threshold {
        outlierTokens[column] += 1
      }
    }
  }
}
