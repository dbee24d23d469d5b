/// Writes results as the XML that build servers read.
///
/// A step is a test case. What is wrong with a chapter but with none of its steps, such as a number in
/// prose, is a case of its own named `prose`, so that no failure is lost.
struct JUnitWriter {
  let results: [ChapterResult]
  /// What is wrong with the folder of chapters: a suite of its own, named `folder`.
  var diagnostics: [Diagnostic] = []

  func text() -> String {
    var suites = results.map(Suite.init)
    if diagnostics.contains(where: { $0.severity == .error }) {
      suites.append(
        Suite(
          ChapterResult(
            id: "folder", held: false, seconds: 0, isCached: false, steps: [],
            diagnostics: diagnostics)))
    }
    var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
    lines.append("<testsuites \(Self.counts(suites))>")
    for suite in suites { lines += suite.lines }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func counts(_ suites: [Suite]) -> String {
    let sums = suites.reduce((0, 0, 0)) {
      ($0.0 + $1.cases.count, $0.1 + $1.failures, $0.2 + $1.skipped)
    }
    return "tests=\"\(sums.0)\" failures=\"\(sums.1)\" errors=\"0\" skipped=\"\(sums.2)\""
  }

  /// Text safe inside an attribute or an element; what XML cannot hold at all is left out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "&#10;"
      case "\t": result += "&#9;"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// One chapter.
private struct Suite {
  struct Case {
    let name: String
    let seconds: Double
    let failure: (type: String, message: String)?
    let isSkipped: Bool
  }

  let result: ChapterResult
  let cases: [Case]

  var failures: Int { cases.count { $0.failure != nil } }
  var skipped: Int { cases.count(where: \.isSkipped) }

  init(_ result: ChapterResult) {
    self.result = result
    let errors = result.diagnostics.filter { $0.severity == .error }
    var told: Set<Diagnostic> = []
    var cases: [Case] = []
    for (index, step) in result.steps.enumerated() {
      let end = index + 1 < result.steps.count ? result.steps[index + 1].line : Int.max
      let failed: Bool =
        switch step.outcome {
        case .held, .skipped, .notReached: false
        default: true
        }
      let own = failed ? errors.filter { $0.line >= step.line && $0.line < end } : []
      told.formUnion(own)
      let words = own.map { "\($0.path):\($0.line): \($0.summary)" }.joined(separator: "\n")
      cases.append(
        Case(
          name: step.id, seconds: step.seconds,
          failure: failed ? (step.outcome.rawValue, words) : nil,
          isSkipped: step.outcome == .skipped || step.outcome == .notReached))
    }
    let rest = errors.filter { !told.contains($0) }
    if !rest.isEmpty {
      let words = rest.map { "\($0.path):\($0.line): \($0.summary)" }.joined(separator: "\n")
      cases.append(
        Case(name: "prose", seconds: 0, failure: ("diagnostics", words), isSkipped: false))
    }
    self.cases = cases
  }

  var lines: [String] {
    let name = JUnitWriter.escaped(result.id)
    var lines = [
      """
        <testsuite name="\(name)" tests="\(cases.count)" failures="\(failures)" errors="0" \
      skipped="\(skipped)" time="\(result.seconds)">
      """
    ]
    for test in cases {
      let head =
        "    <testcase classname=\"\(name)\" name=\"\(JUnitWriter.escaped(test.name))\" "
        + "time=\"\(test.seconds)\""
      if let failure = test.failure {
        let message = JUnitWriter.escaped(failure.message)
        lines.append(head + ">")
        lines.append("      <failure type=\"\(failure.type)\" message=\"\(message)\"/>")
        lines.append("    </testcase>")
      } else if test.isSkipped {
        lines += [head + ">", "      <skipped/>", "    </testcase>"]
      } else {
        lines.append(head + "/>")
      }
    }
    return lines + ["  </testsuite>"]
  }
}
