import Course
import Testing

/// By hand: answers as learners write them, and what each must be told.
@Suite("answers are judged by what they compute", .enabled(if: Fixture.canRun, Fixture.comment))
struct AnswerTests {
  private static func head(_ body: String) -> String {
    "// my answer\n\nfunc clip(_ value: Float, to limit: Float) -> Float {\n  \(body)\n}\n"
  }

  private func check(_ code: String) async throws -> AnswerReport {
    try await Lesson.sit { session in
      session.check(try Lesson.exercise(session), code: code, path: "clip.swift")
    }
  }

  @Test("a solution written in another way is solved")
  func solved() async throws {
    let report = try await check(
      Self.head("value > limit ? limit : value < -limit ? -limit : value"))
    #expect(report.verdict == .solved)
    #expect(report.passed == 3 && report.checkCount == 3)
    #expect(report.mistake == nil)
  }

  @Test("an answer with another system's line ends is told its own lines")
  func lineEnds() async throws {
    let code = Self.head("value +").replacing("\n", with: "\r\n")
    let report = try await check(code)
    guard case .doesNotCompile(let messages) = report.verdict else {
      Issue.record("expected the compiler's words, got \(report.verdict)")
      return
    }
    #expect(messages.map(\.line).allSatisfy { (4...5).contains($0) }, "\(messages)")
  }

  @Test("a known mistake in other words gets its author's message")
  func knownMistake() async throws {
    let report = try await check(Self.head("if value > limit { return limit }\n  return value"))
    #expect(
      report.verdict == .failed(check: 2, summary: "clip(-3, to: limit) is -3.0, expected -1"))
    #expect(report.passed == 1)
    let mistake = try #require(report.mistake)
    #expect(mistake.isCertain)
    #expect(Inline.plainText(of: mistake.title) == "If you bounded one side only")
    // The wrong code itself is not shown: the learner has written it.
    #expect(mistake.blocks.count == 1)
  }

  @Test("another mistake at the same check is only perhaps the known one")
  func otherMistake() async throws {
    let report = try await check(Self.head("value > limit ? limit : value - 1"))
    #expect(
      report.verdict == .failed(check: 2, summary: "clip(-3, to: limit) is -4.0, expected -1"))
    #expect(report.mistake?.isCertain == false)
  }

  @Test("the stub itself fails its first check")
  func stub() async throws {
    let report = try await check(Self.head("value"))
    #expect(report.verdict == .failed(check: 1, summary: "clip(3, to: limit) is 3.0, expected 1"))
  }

  @Test("the compiler's words stand at the lines of the learner's file")
  func compiler() async throws {
    let report = try await check(Self.head("limit + \"1\""))
    guard case .doesNotCompile(let messages) = report.verdict else {
      Issue.record("expected the compiler's words, got \(report.verdict)")
      return
    }
    #expect(messages.map(\.line).contains(4))
    let renamed = try await check("func clamp(_ value: Float) -> Float { value }\n")
    guard case .doesNotCompile(let words) = renamed.verdict else {
      Issue.record("expected the compiler's words, got \(renamed.verdict)")
      return
    }
    #expect(words[0].line == 0)
    #expect(words[0].text.contains("the checks cannot use this answer"))
  }

  @Test("a bracket left open, a trap, and what it printed")
  func others() async throws {
    let open = try await check("func clip(_ value: Float, to limit: Float) -> Float {\n  value\n")
    #expect(open.verdict == .doesNotCompile([.init(line: 1, text: "'{' is never closed")]))
    let trap = try await check(Self.head("print(\"here\"); return [Float]()[Int(value)]"))
    guard case .failed(check: 1, let summary) = trap.verdict else {
      Issue.record("expected a failed check, got \(trap.verdict)")
      return
    }
    #expect(summary.contains("Index out of range"))
    #expect(trap.output == "here\n")
  }
}
