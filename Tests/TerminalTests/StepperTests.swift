import Course
import StepRecords
import Terminal
import Testing

/// The interactive reader, with the test at the keys.
///
/// Evidence: by eye (one whole session) and by hand (each key).
@Suite("Stepping through a chapter")
struct StepperTests {
  /// A reader who types what the script says; what is typed stands in the transcript as an echo.
  private final class Script: StepperTerminal {
    let settings = TerminalSettings(width: 80, usesColor: false)
    private var inputs: [StepperInput]
    private(set) var transcript = ""
    /// The transcript cut at every input.
    private(set) var answers: [String] = [""]

    init(_ inputs: [StepperInput]) {
      self.inputs = inputs
    }

    convenience init(typing lines: [String]) {
      self.init(lines.map { .line($0) })
    }

    func write(_ text: String) {
      transcript += text
      answers[answers.count - 1] += text
    }

    func readLine() -> StepperInput {
      answers.append("")
      let input = inputs.isEmpty ? .endOfInput : inputs.removeFirst()
      if case .line(let line) = input { transcript += line + "\n" }
      return input
    }
  }

  private func run(_ script: Script) -> StepperEnding {
    let (chapter, result) = Fixture.everything()
    var stepper = Stepper(
      chapter: chapter, outcomes: result, terminal: script, next: "02-more")
    return stepper.run()
  }

  @Test("a whole session reads as it was kept")
  func session() throws {
    let script = Script(
      typing: ["0.02", "", "", "", "", "", "h", "f", "s", "", ""])
    #expect(run(script) == .finished)
    try expectSnapshot(script.transcript, "session.txt")
  }

  @Test("code is shown without its expectations, values only after Enter")
  func hidden() {
    let script = Script(typing: ["", "q"])
    #expect(run(script) == .left(step: 1))
    #expect(script.answers[0].contains("let scale = 6.0 / 255\n"))
    #expect(!script.answers[0].contains("0.0235"))
    #expect(script.answers[1].contains("✓ 0.0235294"))
  }

  @Test("a guess is scored after the values")
  func guess() {
    let script = Script(typing: ["0.02", "q"])
    _ = run(script)
    #expect(script.answers[0].contains("What will scale be?"))
    // 0.02 ÷ 0.0235294… is 0.85 exactly: 15% below.
    #expect(script.answers[1].contains("You said 0.02; it is 0.0235294: 15% too small."))
  }

  @Test("b goes back, a number goes to a step, and nothing is cleared")
  func moving() {
    let script = Script(typing: ["", "b", "", "3", "99", "q"])
    #expect(run(script) == .left(step: 3))
    #expect(script.answers[2].contains("let scale = 6.0 / 255"))
    #expect(script.answers[4].contains("let wrong = 0.31"))
    #expect(script.answers[5].contains("There are 5 steps."))
    #expect(!script.transcript.contains("\u{1B}"))
  }

  @Test("at a prediction a number is a guess, not a step")
  func guessIsNotAStep() {
    let script = Script(typing: ["3", "q"])
    _ = run(script)
    #expect(script.answers[1].contains("You said 3;"))
  }

  @Test("a key that is none is said to be none, and the place is kept")
  func unknownKey() {
    let script = Script(typing: ["", "zzz", "q"])
    #expect(run(script) == .left(step: 1))
    #expect(script.answers[2].contains("zzz is no key here"))
  }

  @Test("the end of input and Ctrl-C end the session cleanly")
  func endings() {
    #expect(run(Script([])) == .endOfInput)
    #expect(run(Script([.line(""), .interrupted])) == .interrupted)
  }

  @Test("an exercise keeps its hints and its solution until they are asked for")
  func exercise() throws {
    let (chapter, _) = Fixture.everything()
    // Enter until the exercise is at the prompt.
    for enters in 1..<12 {
      let script = Script(typing: Array(repeating: "", count: enters) + ["f", "s", "f", "f"])
      _ = run(script)
      guard script.answers[enters].contains("exercise 1 ·") else { continue }
      #expect(!script.answers[enters].contains("min(value, 1)"))
      #expect(script.answers[enters + 1].contains("min."))
      #expect(script.answers[enters + 2].contains("min(value, 1)"))
      #expect(script.answers[enters + 4].contains("Everything here is open."))
      return
    }
    Issue.record("no exercise in \(chapter.id)")
  }

  @Test("a chapter without steps is read to its end")
  func noSteps() {
    let script = Script(typing: [])
    let chapter = Fixture.chapter("Only words.")
    var stepper = Stepper(
      chapter: chapter, outcomes: Fixture.result(chapter), terminal: script)
    #expect(stepper.run() == .finished)
    #expect(script.transcript.contains("Only words."))
  }
}
