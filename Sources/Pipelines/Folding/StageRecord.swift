/// What a stage did to a model before it was quantized, measured.
public struct StageRecord: Codable, Hashable, Sendable {
  /// The stage with everything that was asked of it.
  public let stage: String
  /// Where it changed something, in the order of the model.
  public let places: [Place]
  /// The largest change of a logit, as a share of the largest logit: rounding, since nothing else changes.
  public internal(set) var logitChange: Double?
  /// How many tokens of calibration it has seen.
  public let tokens: Int
  /// How long it took, its passes over the calibration counted.
  public let seconds: Double
  /// What a reader must know.
  public internal(set) var notes: [String]

  /// One set of layers that read the same inputs, before and after.
  public struct Place: Codable, Hashable, Sendable {
    /// The layers' names, or what they have in common.
    public let name: String
    /// Their block, counted from 0.
    public let block: Int
    /// Before the stage.
    public let before: Measure
    /// After it.
    public let after: Measure
    /// The exponent that was taken, where there is one.
    public let alpha: Double?
  }

  /// What is measured of layers and their inputs.
  public struct Measure: Codable, Hashable, Sendable {
    /// The largest |x|; nil without calibration.
    public let largestInput: Double?
    /// The largest |x| over the median channel's largest: how far channels stand out.
    public let inputRatio: Double?
    /// The largest |w| over the median column's largest.
    public let weightRatio: Double?
    /// E = ‖WX − ŴX‖² of rounding to nearest, in the original's units; nil without calibration, and for
    /// methods without such a grid.
    public let nearestOutputError: Double?
    /// ‖WX‖², in the same units.
    public let outputPower: Double?
  }

  /// ΣE over Σ‖WX‖² of rounding to nearest before the stage; nil where some place has none.
  public var nearestErrorBefore: Double? { Self.share(places.map(\.before)) }
  /// The same after the stage.
  public var nearestErrorAfter: Double? { Self.share(places.map(\.after)) }
  /// The largest of the input ratios before, where the stage has moved any by more than a hundredth.
  public var inputRatioBefore: Double? { moved(\.inputRatio).compactMap(\.before.inputRatio).max() }
  /// The largest of the same places' input ratios after.
  public var inputRatioAfter: Double? { moved(\.inputRatio).compactMap(\.after.inputRatio).max() }
  /// The largest of the weight ratios before, where the stage has moved any by more than a hundredth.
  public var weightRatioBefore: Double? {
    moved(\.weightRatio).compactMap(\.before.weightRatio).max()
  }
  /// The largest of the same places' weight ratios after.
  public var weightRatioAfter: Double? {
    moved(\.weightRatio).compactMap(\.after.weightRatio).max()
  }

  private func moved(_ ratio: KeyPath<Measure, Double?>) -> [Place] {
    places.filter { place in
      guard let before = place.before[keyPath: ratio], let after = place.after[keyPath: ratio]
      else { return false }
      return abs(after / before - 1) > 0.01
    }
  }

  private static func share(_ measures: [Measure]) -> Double? {
    let errors = measures.filter { $0.nearestOutputError != nil }
    let power = errors.compactMap(\.outputPower).reduce(0, +)
    guard power > 0 else { return nil }
    return errors.compactMap(\.nearestOutputError).reduce(0, +) / power
  }
}
