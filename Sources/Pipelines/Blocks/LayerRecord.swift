/// What is to be said of one layer that was quantized: a line of the log.
public struct LayerRecord: Codable, Hashable, Sendable {
  /// The layer's name.
  public let name: String
  /// Its block, counted from 0.
  public let block: Int
  /// What it does there.
  public let role: String
  /// The number of outputs.
  public let outputs: Int
  /// The number of inputs.
  public let inputs: Int
  /// The method.
  public let method: String
  /// The method with everything that was asked of it.
  public let settings: String
  /// Everything stored, shared out among the weights.
  public let bitsPerWeight: Double
  /// The bytes of its tensors in the output.
  public let bytes: Int
  /// The mean squared error of the weights, as the output's readers see them: folded weights after stages.
  public let weightError: Double
  /// E = ‖WX − ŴX‖² over the calibration, in the units of the model before any stage; nil without one.
  public let outputError: Double?
  /// E of rounding to nearest with the same bits, groups and symmetry, after the stages if there are any, where
  /// there is such a grid.
  public let nearestOutputError: Double?
  /// ‖WX‖², what the errors are a part of.
  public let outputPower: Double?
  /// The loss that the method itself has minimised, where it has one.
  public let loss: Double?
  /// The damping that was used, as a share of the mean diagonal.
  public let damping: Double?
  /// How many weights were kept apart, where a method does that.
  public let outliers: Int?
  /// How many tokens of calibration it has seen.
  public let tokens: Int
  /// How long it took, calibration's passes not counted.
  public let seconds: Double
  /// The most memory that the process has had until then.
  public let peakBytes: Int
  /// The grid it is stored on, where the format stores grids.
  public let grid: StoredGrid?
  /// What a reader must know, such as a damping that was raised.
  public let notes: [String]

  /// E over ‖WX‖².
  public var relativeOutputError: Double? { relative(outputError) }
  /// The same of rounding to nearest.
  public var relativeNearestError: Double? { relative(nearestOutputError) }
  /// E over that of rounding to nearest: below 1 the method has helped.
  public var gain: Double? {
    guard let outputError, let nearestOutputError, nearestOutputError > 0 else { return nil }
    return outputError / nearestOutputError
  }

  private func relative(_ error: Double?) -> Double? {
    guard let error, let outputPower, outputPower > 0 else { return nil }
    return error / outputPower
  }
}
