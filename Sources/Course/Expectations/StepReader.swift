/// Reads a chapter's Swift fences into steps, one after the other.
///
/// Ids: the `name=`, else `step-N`, where N counts every fence that is not part of an exercise,
/// from 1, named or not; `clip.stub`, `clip.check`, `clip.solution`, and `clip.wrong-1` counted
/// within its exercise. What several fences must agree on is ``ChapterLint``'s to check.
public struct StepReader: Sendable {
  /// What was wrong with attributes and expectations, and every `await`, in order.
  public private(set) var diagnostics: [Diagnostic] = []
  private let path: String
  private var stepCount = 0
  private var wrongCounts: [String: Int] = [:]

  /// A reader for one chapter; `path` is how messages name it.
  public init(path: String) {
    self.path = path
  }

  /// Reads the next fence.
  ///
  /// - Parameters:
  ///   - info: The info string, with or without `swift` at its front.
  ///   - code: The code between the fences.
  ///   - fenceLine: The Markdown line of the opening fence.
  ///   - codeLine: The Markdown line of the first line of code.
  /// - Returns: The step; one with mistakes too, without whatever could not be read.
  public mutating func read(info: String, code: String, fenceLine: Int, codeLine: Int) -> Step {
    let attributes = FenceAttributes(info: info)
    for problem in attributes.problems {
      diagnostics.append(
        Diagnostic(id: problem.id, path: path, line: fenceLine, summary: problem.summary))
    }
    var reader = ExpectationReader(
      code: code, role: attributes.role, path: path, codeLine: codeLine)
    reader.read()
    diagnostics += reader.diagnostics
    return Step(
      id: id(attributes), role: attributes.role, isFolded: attributes.isFolded,
      isSlow: attributes.isSlow && attributes.role.exercise == nil, line: fenceLine,
      codeLine: codeLine, code: code, expectations: reader.expectations)
  }

  private mutating func id(_ attributes: FenceAttributes) -> String {
    switch attributes.role {
    case .stub(let exercise): return exercise + ".stub"
    case .check(let exercise): return exercise + ".check"
    case .solution(let exercise): return exercise + ".solution"
    case .wrong(let exercise, _):
      let count = wrongCounts[exercise, default: 0] + 1
      wrongCounts[exercise] = count
      return "\(exercise).wrong-\(count)"
    case .plain, .claim, .rejects, .traps:
      stepCount += 1
      return attributes.name ?? "step-\(stepCount)"
    }
  }
}

extension Step {
  /// A copy with expected output or a message; nil keeps what is there.
  public func adding(expectedOutput: ExpectedOutput? = nil, message: String? = nil) -> Step {
    Step(
      id: id, role: role, isFolded: isFolded, isSlow: isSlow, line: line, codeLine: codeLine,
      code: code, expectations: expectations,
      expectedOutput: expectedOutput ?? self.expectedOutput, message: message ?? self.message)
  }
}
