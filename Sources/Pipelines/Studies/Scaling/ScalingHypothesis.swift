/// A sentence and what would refute it, written down before anything is measured.
public struct ScalingHypothesis: Codable, Hashable, Sendable {
  /// The sentence.
  public let claim: String
  /// What would refute it.
  public let falsifier: String
  /// The migration exponent it is about.
  public let alpha: Double
  /// The widths it is about.
  public let bits: [Int]
  /// The models it is about.
  public let models: [String]
  /// The seeds of the calibration, one run of each method each.
  public let seeds: [UInt64]
  /// What else is looked at, without being part of the sentence.
  public let exploratory: String

  /// The hypothesis of a study.
  ///
  /// - Parameters:
  ///   - study: What will be run.
  ///   - models: The names of the models.
  public init(_ study: ScalingStudy, models: [String]) {
    alpha = study.alpha
    bits = study.bits
    seeds = study.seeds
    self.models = models
    let widths = study.bits.map(String.init).joined(separator: " and ")
    claim =
      "Scaling the inputs of every normed layer as SmoothQuant does, with α = \(study.alpha), before GPTQ gives a "
      + "lower perplexity than GPTQ alone: on each of \(models.joined(separator: ", ")), at \(widths) bits, the mean "
      + "over \(study.seeds.count) calibration seeds of ln PPL(scaled) − ln PPL(GPTQ) is below 0, and so is the upper "
      + "end of its 95 % interval."
    falsifier =
      "A model and a width for which the whole interval is at or above 0. Intervals that hold 0 leave it undecided."
    exploratory =
      "Other exponents (\(study.alphas.map { "\($0)" }.joined(separator: ", "))), E in unscaled coordinates, "
      + "and the models without their planted outlier channels. These cells are looked at, and decide nothing."
  }
}
