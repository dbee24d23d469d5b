extension ChannelScales {
  /// Scales that plant outliers: inputs of the named channels become `factor` times as large, and the
  /// weights that meet them as much smaller.
  ///
  /// Folded into the normalisation before and multiplied into every layer that reads it, they leave
  /// the network's function as it was; only its numbers are now as uneven as those of a large language
  /// model. With a power of two as the factor not even a last bit changes.
  ///
  /// - Parameters:
  ///   - channels: Which channels; one that is named twice is scaled once.
  ///   - total: The number of input channels; every named one is below it (a precondition).
  ///   - factor: How many times larger they become, positive.
  /// - Returns: 1/factor on those channels, 1 elsewhere.
  /// - Throws: `QuantizationError.parameter` for a factor that is not positive and finite, or so
  ///   small or large that its inverse is not.
  public static func planting(
    outliersIn channels: [Int], of total: Int, factor: Float
  ) throws(QuantizationError) -> ChannelScales {
    let inverse = 1 / factor
    guard factor > 0, factor.isFinite, inverse > 0, inverse.isFinite else {
      throw .parameter(
        name: "outlier factor", value: Double(factor), expected: "a positive finite number")
    }
    var values = [Float](repeating: 1, count: total)
    for channel in channels {
      precondition(channel >= 0 && channel < total, "channel \(channel) of \(total)")
      values[channel] = inverse
    }
    return ChannelScales(trusted: values)
  }
}
