internal import FoundationEssentials

/// A verification as other programs read it.
public struct VerifyReport: Sendable {
  /// The results, in reading order.
  public let results: [ChapterResult]
  /// What is wrong with the folder itself, such as its `sources.yaml`.
  public let diagnostics: [Diagnostic]

  /// A report of results.
  ///
  /// - Parameters:
  ///   - results: One a chapter, in reading order.
  ///   - diagnostics: What is wrong with the folder rather than with one chapter.
  public init(results: [ChapterResult], diagnostics: [Diagnostic] = []) {
    self.results = results
    self.diagnostics = diagnostics
  }

  /// Whether every chapter held, and nothing is wrong with their folder.
  public var held: Bool {
    results.allSatisfy(\.held) && !diagnostics.contains { $0.severity == .error }
  }

  /// One JSON object of schema 1, ended by a line feed.
  public func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let report = JSONReport(
      held: held, chapters: results.map(JSONChapter.init),
      diagnostics: diagnostics.map(JSONFolderDiagnostic.init))
    guard let data = try? encoder.encode(report) else { return "{}\n" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// JUnit's XML, one suite a chapter and one case a step, ended by a line feed.
  public func junit() -> String {
    JUnitWriter(results: results, diagnostics: diagnostics).text()
  }
}

/// The contract of `--json`: names here are names there.
private struct JSONReport: Encodable {
  let schema = 1
  let held: Bool
  let chapters: [JSONChapter]
  let diagnostics: [JSONFolderDiagnostic]
}

/// What is wrong with the folder: with a path, since it is about none of the chapters.
private struct JSONFolderDiagnostic: Encodable {
  let path: String
  let line: Int
  let id: String
  let severity: String
  let summary: String

  init(_ diagnostic: Diagnostic) {
    path = diagnostic.path
    line = diagnostic.line
    id = diagnostic.id
    severity = diagnostic.severity.rawValue
    summary = diagnostic.summary
  }
}

private struct JSONChapter: Encodable {
  let id: String
  let held: Bool
  let seconds: Double
  let cached: Bool
  let steps: [JSONStep]
  let diagnostics: [JSONDiagnostic]

  init(_ result: ChapterResult) {
    id = result.id
    held = result.held
    seconds = (result.seconds * 1e4).rounded() / 1e4
    cached = result.isCached
    steps = result.steps.map(JSONStep.init)
    diagnostics = result.diagnostics.map(JSONDiagnostic.init)
  }
}

private struct JSONStep: Encodable {
  let id: String
  let line: Int
  let outcome: String
  let expectations: [JSONExpectation]

  init(_ outcome: StepOutcome) {
    id = outcome.id
    line = outcome.line
    self.outcome = outcome.outcome.rawValue
    expectations = outcome.expectations.map(JSONExpectation.init)
  }
}

private struct JSONExpectation: Encodable {
  let line: Int
  let expression: String
  let expected: String
  let actual: String
  let held: Bool

  init(_ judged: JudgedExpectation) {
    line = judged.line
    expression = judged.expression
    expected = judged.expected
    actual = judged.actual
    held = judged.held
  }
}

private struct JSONDiagnostic: Encodable {
  let line: Int
  let id: String
  let severity: String
  let summary: String

  init(_ diagnostic: Diagnostic) {
    line = diagnostic.line
    id = diagnostic.id
    severity = diagnostic.severity.rawValue
    summary = diagnostic.summary
  }
}
