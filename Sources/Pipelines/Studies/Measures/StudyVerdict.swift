/// What a study's numbers say of the sentence that was asked about.
public enum StudyVerdict: String, Codable, Hashable, Sendable {
  /// The whole interval is on the sentence's side.
  case holds
  /// The whole interval is on the other side.
  case fails
  /// The interval holds both.
  case undecided

  /// Whether a quantity is at least so much, as far as an interval can tell.
  ///
  /// - Parameters:
  ///   - interval: What was measured.
  ///   - threshold: What the sentence says.
  /// - Returns: The verdict.
  public static func of(_ interval: MeanInterval, atLeast threshold: Double) -> StudyVerdict {
    if interval.low >= threshold { return .holds }
    return interval.high < threshold ? .fails : .undecided
  }
}
