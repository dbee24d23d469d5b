/// What is added to a Hessian's diagonal before it is inverted.
///
/// Few tokens, or inputs that depend on each other, leave H without an inverse. A share of the mean
/// of its diagonal, added to every element, gives it one, at the price of a solution that also keeps
/// weights near where they were: n · loss = E + (n/2) · damping · ‖W − Ŵ‖².
public struct Damping: Hashable, Sendable {
  /// What is added, as a share of the mean of the diagonal; 0 adds nothing.
  public var share: Double
  /// Whether a larger share is tried, and the raise recorded, where a pivot fails.
  public var raises: Bool

  /// Damping; 1 % is what the reference implementation of GPTQ adds.
  ///
  /// - Parameters:
  ///   - share: Of the mean of the diagonal.
  ///   - raises: Whether to try ten times the share (at least 0.0001, at most 1) after a failure.
  public init(_ share: Double = 0.01, raises: Bool = false) {
    self.share = share
    self.raises = raises
  }

  /// The largest share: far beyond it nothing of H is left in single precision.
  public static let largestShare = 1e6

  /// Refuses a share that is negative, too large, or no number.
  func validate() throws(QuantizationError) {
    guard share >= 0, share <= Self.largestShare else {
      throw .parameter(name: "damping", value: share, expected: "0 to 1000000")
    }
  }

  /// The share to try after one has failed; nil when the last was 1 or more.
  static func raised(_ share: Double) -> Double? {
    share < 1 ? min(max(share * 10, 0.0001), 1) : nil
  }
}
