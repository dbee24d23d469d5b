/// Whether a value is what was written, and how to say so.
public struct Judgement: Hashable, Sendable {
  /// It is.
  public let held: Bool
  /// The value in full.
  public let actual: String
  /// How much of an explicit tolerance was used (1 is all of it); nil where none was given.
  public let toleranceUsed: Double?
  /// Why it did not hold, in a few words; nil when it did.
  public let reason: String?

  /// A judgement; one without a reason held.
  init(actual: String, toleranceUsed: Double? = nil, reason: String? = nil) {
    held = reason == nil
    self.actual = actual
    self.toleranceUsed = toleranceUsed
    self.reason = reason
  }
}
