/// One number that moved, and where it is written.
public struct AcceptedChange: Hashable, Sendable, CustomStringConvertible {
  /// Where a number is written.
  public enum Place: Hashable, Sendable {
    /// In the comment behind a statement.
    case expectation
    /// In a sentence.
    case prose
  }

  /// The chapter's path.
  public let path: String
  /// The Markdown line.
  public let line: Int
  /// Where on it.
  public let place: Place
  /// The expression, or the target of the link.
  public let name: String
  /// As it is written now.
  public let old: String
  /// As it should be; for a refused change, the value itself.
  public let new: String
  /// How far it moved, in the tolerance that the digits written promise; nil where nothing was written
  /// or it is no number.
  public let tolerances: Double?

  /// One line: where, what, from, to, how far.
  public var description: String {
    let moved =
      tolerances.map { tolerances in
        let rounded =
          tolerances < 10
          ? String(describing: (tolerances * 10).rounded() / 10)
          : String(describing: tolerances.rounded()).replacing(".0", with: "")
        return " (moved by \(rounded) tolerances)"
      } ?? ""
    return "\(path):\(line): \(name) \(old) → \(new)\(moved)"
  }
}
