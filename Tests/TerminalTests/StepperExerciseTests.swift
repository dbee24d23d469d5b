import Course
import StepRecords
import Terminal
import Testing

/// Exercises at the reader.
///
/// Evidence: by hand.
@Suite("Exercises in the reader")
struct StepperExerciseTests {
  private static let failed = AnswerReport(
    exercise: "clip", path: "~/nibble/01-grid/clip.swift",
    verdict: .failed(check: 1, summary: "clip(3) is 3, expected 1"),
    checks: [
      JudgedExpectation(
        line: 1, expression: "clip(3)", expected: "1", actual: "3", value: .integer(3), held: false)
    ], checkCount: 1,
    mistake: .init(
      title: [.text("If you "), .code("forgot"), .text(" to clamp")],
      blocks: [Block(.paragraph([.text("Values outside take the nearest end.")]), line: 1)],
      isCertain: true), output: "hello\n", seconds: 1.25)
  private static let solved = AnswerReport(
    exercise: "clip", path: "~/nibble/01-grid/clip.swift", verdict: .solved,
    checks: [
      JudgedExpectation(
        line: 1, expression: "clip(3)", expected: "1", actual: "1", value: .integer(1), held: true)
    ], checkCount: 1)

  /// A lesson that stopped at the exercise before.
  private func lesson(
    _ reports: [AnswerReport], _ events: [LearnerEvent] = []
  ) -> ScriptedLesson {
    let lesson = ScriptedLesson.everything(
      events: events + [.place(id: "exercise:clip", number: 8, of: 9)])
    lesson.reports = reports
    return lesson
  }

  private func sit(
    _ keys: String, _ lesson: ScriptedLesson, width: Int = 80, waits: Int = 0
  ) -> ScriptedTerminal {
    let script =
      Array(repeating: ScriptedTerminal.Event.wait(0.2), count: waits) + ScriptedTerminal.keys(keys)
    let terminal = ScriptedTerminal(script, width: width)
    var stepper = Stepper(chapter: lesson.chapter, lesson: lesson, terminal: terminal)
    _ = stepper.run()
    #expect(terminal.screen.trouble.isEmpty)
    return terminal
  }

  @Test("the stop shows the task, the stub, the checks and the file, and gives nothing away")
  func stop() {
    let terminal = sit("q", lesson([]))
    let words = terminal.answers[0]
    #expect(words.contains("You stopped at exercise 1 of 1"))
    #expect(words.contains("Keep it inside."))
    #expect(words.contains("│ func clip(_ value: Int) -> Int { value }"))
    #expect(words.contains("│ clip(3)        // => 1"))
    #expect(words.contains("Your answer: ~/nibble/01-grid/clip.swift"))
    #expect(!words.contains("min(") && !words.contains("min."))
    #expect(terminal.bottoms[0].hasPrefix("─ 01-grid · exercise · e edit · i hint 1 of 1"))
  }

  @Test("a failed answer shows the first check that failed and the author's words; then it is solved")
  func failAndSolve() {
    let lesson = lesson([Self.failed, Self.solved])
    let terminal = sit("eecq", lesson)
    let failed = terminal.answers[1]
    #expect(failed.contains("✗ Not yet. 0 of 1 checks pass; check 1 does not. (1.3 s)"))
    #expect(failed.contains("clip(3)   ✗ 3 expected 1"))
    #expect(failed.contains("it printed\n  │ hello"))
    #expect(failed.contains("▸ If you forgot to clamp\n    Values outside take the nearest end."))
    #expect(terminal.answers[2].contains("✓ Solved. The check passes."))
    #expect(terminal.calls.filter { $0 == "lend" }.count == 2)
    let own = lesson.events.dropFirst(2)
    #expect(
      Array(own) == [
        .tried(exercise: "clip", passed: 0, of: 1), .tried(exercise: "clip", passed: 1, of: 1),
        .solved(exercise: "clip"), .tried(exercise: "clip", passed: 1, of: 1),
        .solved(exercise: "clip"),
      ])
    #expect(terminal.bottoms[3].contains("Enter goes on · e edit · a solution"))
  }

  @Test("a mistake that is only like a known one is said to be that")
  func likelyMistake() {
    let known = AnswerReport.KnownMistake(title: [.text("If")], blocks: [], isCertain: false)
    let report = AnswerReport(
      exercise: "clip", path: "", verdict: .failed(check: 2, summary: "it trapped"),
      checks: Self.solved.checks, checkCount: 3, mistake: known)
    let words = sit("cq", lesson([report])).answers[1]
    #expect(words.contains("✗ Not yet. 1 of 3 checks pass; check 2: it trapped"))
    #expect(words.contains("This answer fails at the same check: If"))
  }

  @Test("saving the file from elsewhere checks it")
  func saved() {
    let lesson = lesson([Self.solved])
    lesson.savesAfter = 2
    let terminal = sit("q", lesson, waits: 4)
    #expect(!terminal.answers[2].contains("Solved"))
    #expect(terminal.answers[3].contains("✓ Solved."))
    #expect(!terminal.answers[4].contains("Solved"))
  }

  @Test("messages of the compiler name the line in the learner's file")
  func messages() {
    let messages = (1...10).map { AnswerReport.Message(line: $0, text: "cannot find 'x'") }
    let report = AnswerReport(
      exercise: "clip", path: "~/clip.swift", verdict: .doesNotCompile(messages), checkCount: 1)
    let words = sit("cq", lesson([report])).answers[1]
    #expect(words.contains("✗ It does not compile. ~/clip.swift"))
    #expect(words.contains("line 1  cannot find 'x'"))
    #expect(words.contains("and 2 more"))
  }

  @Test("an answer that cannot be tried counts as nothing")
  func notTried() {
    let report = AnswerReport(
      exercise: "clip", path: "", verdict: .notTried(reason: "there is no swiftc"))
    let lesson = lesson([report])
    #expect(sit("cq", lesson).answers[1].contains("It could not be checked. there is no swiftc"))
    #expect(lesson.events.count == 2)
    let stub = sit("eq", self.lesson([]))
    #expect(stub.bottoms[1].contains("Your file is still the stub"))
  }

  @Test("hints come one by one, the solution only when it is meant")
  func help() {
    let lesson = lesson([])
    let terminal = sit("iia⏎an⏎ay⏎aq", lesson)
    #expect(terminal.answers[1].contains("Hint 1 of 1\n    min."))
    #expect(terminal.bottoms[1].contains("a solution"))
    #expect(terminal.bottoms[2].contains("That was the last hint"))
    let answers = terminal.answers
    #expect(!answers[..<9].joined().contains("min(value, 1)"))
    #expect(answers[9...].joined().contains("min(value, 1)"))
    // The second time nothing is asked.
    #expect(answers.last { $0.contains("min(value, 1)") } == answers[10])
    #expect(lesson.events.contains(.hint(exercise: "clip", number: 1)))
    #expect(lesson.events.contains(.sawSolution(exercise: "clip")))
  }

  @Test("who comes back sees how it stands, and may go on without solving")
  func back() {
    let tried = sit("⏎q", lesson([], [.tried(exercise: "clip", passed: 0, of: 1)]))
    #expect(tried.answers[0].contains("Last time 0 of 1 checks passed."))
    #expect(tried.answers[1].contains("In the end"))
    let solved = sit("q", lesson([], [.solved(exercise: "clip")]))
    #expect(solved.answers[0].contains("✓ You have solved this one."))
  }

  @Test("at any other stop the keys of exercises say what they are for", arguments: ["e", "c", "a", "i"])
  func elsewhere(key: String) {
    let lesson = ScriptedLesson.everything()
    let terminal = sit("⏎\(key)q", lesson)
    #expect(terminal.bottoms[2].contains("exercise"))
  }
}
