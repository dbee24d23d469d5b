/// GPTQ with and without scaling, on one model at one width, over seeds.
public struct ScalingCell: Codable, Hashable, Sendable {
  /// One run.
  public struct Run: Codable, Hashable, Sendable {
    /// The calibration's seed.
    public let seed: UInt64
    /// The mean over the layers of E over ‖WX‖², on the test's text and in unscaled coordinates.
    public let relativeError: Double
    /// ΣE over the layers.
    public let error: Double
    /// How the model reads the test.
    public let quality: StudyQuality
  }

  /// The runs of one exponent.
  public struct Arm: Codable, Hashable, Sendable {
    /// The migration exponent.
    public let alpha: Double
    /// One a seed.
    public let runs: [Run]
  }

  /// The model's name.
  public let model: String
  /// The width.
  public let bits: Int
  /// GPTQ alone, one run a seed.
  public let plain: [Run]
  /// GPTQ after scaling, by exponent.
  public let scaled: [Arm]

  /// ln PPL(scaled) − ln PPL(GPTQ), paired by seed; below 0 scaling reads better.
  ///
  /// - Parameter alpha: One of the exponents that were run.
  /// - Returns: Nil for another.
  public func difference(alpha: Double) -> MeanInterval? {
    interval(alpha) { $0.quality.logRatio - $1.quality.logRatio }
  }

  /// The same of KL(float ‖ model), in nats a token.
  ///
  /// - Parameter alpha: One of the exponents that were run.
  /// - Returns: Nil for another.
  public func divergenceDifference(alpha: Double) -> MeanInterval? {
    interval(alpha) { $0.quality.divergence - $1.quality.divergence }
  }

  /// The share by which scaling changes the mean relative E, paired by seed; below 0 it falls.
  ///
  /// - Parameter alpha: One of the exponents that were run.
  /// - Returns: Nil for another.
  public func errorChange(alpha: Double) -> MeanInterval? {
    interval(alpha) { $0.relativeError / $1.relativeError - 1 }
  }

  /// What the cell says of "scaling reads better".
  ///
  /// - Parameter alpha: The hypothesis' exponent.
  /// - Returns: Undecided for one that was not run.
  public func verdict(alpha: Double) -> StudyVerdict {
    guard let difference = difference(alpha: alpha) else { return .undecided }
    if difference.high < 0 { return .holds }
    return difference.low >= 0 ? .fails : .undecided
  }

  private func interval(_ alpha: Double, _ value: (Run, Run) -> Double) -> MeanInterval? {
    guard let arm = scaled.first(where: { $0.alpha == alpha }) else { return nil }
    return MeanInterval(zip(arm.runs, plain).map(value))
  }
}

extension ScalingHypothesis {
  /// The verdict over all cells it is about: one that fails refutes it, and it holds where all do.
  ///
  /// - Parameter cells: What was measured; cells of other models decide nothing.
  /// - Returns: Undecided where a cell is, or is missing.
  public func verdict(of cells: [ScalingCell]) -> StudyVerdict {
    let own = cells.filter { models.contains($0.model) && bits.contains($0.bits) }
    let verdicts = own.map { $0.verdict(alpha: alpha) }
    if verdicts.contains(.fails) { return .fails }
    let isComplete = own.count == models.count * bits.count
    return isComplete && !verdicts.contains(.undecided) ? .holds : .undecided
  }
}
