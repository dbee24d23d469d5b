import Course
import Terminal
import TestSupport
import Testing

/// The reader where a line is typed for every key: a dumb terminal, or a script at the keys.
///
/// Evidence: by eye (one session) and by hand.
@Suite("Stepping by lines")
struct StepperLineTests {
  private func sit(
    _ lines: [String], _ lesson: ScriptedLesson = .everything()
  ) -> (terminal: ScriptedTerminal, ending: StepperEnding) {
    let terminal = ScriptedTerminal(ScriptedTerminal.lines(lines), readsKeys: false)
    var stepper = Stepper(
      chapter: lesson.chapter, lesson: lesson, terminal: terminal, next: "02-more")
    let ending = stepper.run()
    return (terminal, ending)
  }

  @Test("a whole session reads as it was kept, without a control sequence")
  func session() throws {
    let lines = [
      "0.02", "v", "", "", "", "", "", "help", "f", "", "i", "a", "y", "", "scores", "contents", "",
    ]
    let (terminal, ending) = sit(lines)
    #expect(ending == .finished)
    #expect(!terminal.raw.contains("\u{1B}") && !terminal.raw.contains("\r"))
    try expectSnapshot(terminal.transcript, "session-lines.txt")
  }

  @Test("numbers, words and letters with what they are about")
  func commands() {
    let lesson = ScriptedLesson.everything()
    let (terminal, ending) = sit(
      ["", "g late", "back", "/quotation", "n", "3", "99", "zzz", "g zzz", "q"], lesson)
    #expect(ending == .left(step: 3))
    #expect(terminal.answers[2].contains("let late = 2"))
    #expect(terminal.answers[4].contains("A quotation of one sentence"))
    #expect(terminal.answers[5].contains("Hit 1 of 1"))
    #expect(terminal.answers[6].contains("let wrong"))
    #expect(terminal.answers[7].contains("There are 5 steps."))
    #expect(terminal.answers[8].contains("zzz is no key here"))
    #expect(terminal.answers[9].contains("zzz is no step"))
  }

  @Test("at a prediction a number is a guess, not a step; a letter is a key")
  func guessIsNotAStep() {
    let (terminal, ending) = sit(["h", "3", "q"])
    #expect(ending == .left(step: 1))
    #expect(terminal.answers[1].contains("go to a step"))
    #expect(terminal.answers[2].contains("You said 3;"))
  }

  @Test("the end of input and Ctrl-C end the session cleanly")
  func endings() {
    #expect(sit([]).ending == .endOfInput)
    let lesson = ScriptedLesson.everything()
    let terminal = ScriptedTerminal([.input(.line("")), .input(.interrupted)], readsKeys: false)
    var stepper = Stepper(chapter: lesson.chapter, lesson: lesson, terminal: terminal)
    #expect(stepper.run() == .interrupted)
    #expect(terminal.raw.hasSuffix("\n"))
  }
}
