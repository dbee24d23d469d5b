internal import Tensors

/// Channels of every norm's output that are made many times larger, without changing what the model
/// computes: the outliers that large models grow and small ones do not.
///
/// SmoothQuant run backwards: a norm's gain and shift are multiplied by a power of two in a channel,
/// and that column of the linear layers that read it divided by it. A power of two moves no bit of
/// a significand, so the twin without outliers is had back exactly, in bfloat16 too.
public struct OutlierChannels: Sendable, Equatable, Codable {
  /// The channels, the same in every block, as in large models.
  public let channels: [Int]
  /// The binary logarithm of what each is multiplied by.
  public let exponents: [Int]

  /// Makes a choice of channels.
  ///
  /// - Parameters:
  ///   - channels: The channels; none twice.
  ///   - exponents: For each, the binary logarithm of its factor.
  public init(channels: [Int], exponents: [Int]) {
    precondition(
      channels.count == exponents.count && Set(channels).count == channels.count,
      "\(channels.count) channels, \(exponents.count) exponents")
    self.channels = channels
    self.exponents = exponents
  }

  /// Draws channels and factors.
  ///
  /// - Parameters:
  ///   - count: How many channels.
  ///   - exponents: The range of the factors' binary logarithms.
  ///   - width: How many channels there are.
  ///   - seed: Which; the same ones for the same seed.
  public init(count: Int, exponents: ClosedRange<Int>, width: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let channels = generator.choose(count, from: width)
    self.init(
      channels: channels,
      exponents: channels.map { _ in
        exponents.lowerBound + generator.below(exponents.count)
      })
  }

  /// The channels with the factors that undo these.
  public var inverse: OutlierChannels {
    OutlierChannels(channels: channels, exponents: exponents.map { -$0 })
  }
}

extension TrainableModel {
  /// Makes channels of every block's norms larger and the columns that read them smaller.
  ///
  /// - Parameter outliers: Which channels, by how much.
  public func plant(_ outliers: OutlierChannels) {
    for block in layout.blocks {
      for (channel, exponent) in zip(outliers.channels, outliers.exponents) {
        precondition(channel < shape.hiddenSize, "channel \(channel) of \(shape.hiddenSize)")
        let factor = Float(sign: .plus, exponent: exponent, significand: 1)
        scale(block.firstNorm, block.firstShift, channel, by: factor)
        scaleColumn(channel, of: block.fused, rows: shape.fusedWidth, by: 1 / factor)
        scale(block.secondNorm, block.secondShift, channel, by: factor)
        scaleColumn(channel, of: block.up, rows: shape.upWidth, by: 1 / factor)
      }
    }
  }

  private func scale(_ gain: Int, _ shift: Int?, _ channel: Int, by factor: Float) {
    weights.values[gain + channel] *= factor
    if let shift { weights.values[shift + channel] *= factor }
  }

  private func scaleColumn(_ channel: Int, of weight: Int, rows: Int, by factor: Float) {
    for row in 0..<rows { weights.values[weight + row * shape.hiddenSize + channel] *= factor }
  }
}
