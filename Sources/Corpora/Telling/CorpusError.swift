/// Why a text is not one that a grammar tells.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// The text departs from every way the grammar could go on.
  ///
  /// - Parameters:
  ///   - position: Where, in UTF-8 bytes from the start.
  ///   - found: What stands there.
  ///   - expected: What could have.
  case departs(position: Int, found: String, expected: [String])
  /// The text ends inside a passage; what there is of it could begin one.
  ///
  /// - Parameter expected: How it could have gone on from its last choice.
  case ends(expected: [String])

  /// Where, what was found, and what was expected.
  public var description: String {
    switch self {
    case .departs(let position, let found, let expected):
      "byte \(position): \"\(Self.oneLine(found))\" stands where the grammar goes on with "
        + Self.list(expected)
    case .ends(let expected):
      "the text ends inside a passage, which goes on with " + Self.list(expected)
    }
  }

  private static func list(_ texts: [String]) -> String {
    let shown = texts.prefix(5).map { "\"\(oneLine($0))\"" }.joined(separator: ", ")
    return texts.count > 5 ? "\(shown) or one of \(texts.count - 5) more" : shown
  }

  private static func oneLine(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
  }
}
