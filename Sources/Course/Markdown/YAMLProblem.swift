internal import Yams

/// A YAML error in one sentence, and the line of the YAML text it stands on.
public struct YAMLProblem: Sendable {
  /// The line, counted from 1; 1 where the parser gives none.
  public let line: Int
  /// What is wrong.
  public let summary: String

  /// Reads what Yams threw at a text.
  ///
  /// What is never closed is noticed at the end of the text; the line where it opened says more.
  ///
  /// - Parameters:
  ///   - error: What Yams threw.
  ///   - text: The text it read.
  public init(_ error: any Error, in text: String) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let lineCount = max(1, text.utf8.count { $0 == 0x0A } + (text.hasSuffix("\n") ? 0 : 1))
      line = mark.line <= lineCount ? mark.line : min(context?.mark.line ?? lineCount, lineCount)
      let advice =
        problem.contains("mapping values are not allowed")
        ? "; put text that contains `: ` in quotes" : ""
      summary = problem + advice
    case .duplicatedKeysInMapping(let duplicates, let context):
      line = context.mark.line
      summary = "\(duplicates.sorted().joined(separator: ", ")) is set twice"
    case .reader(let problem, let offset, _, let yaml):
      line = 1 + (offset.map { yaml.prefix($0).count { $0 == "\n" } } ?? 0)
      summary = problem
    default:
      line = 1
      summary = "it cannot be read"
    }
  }
}
