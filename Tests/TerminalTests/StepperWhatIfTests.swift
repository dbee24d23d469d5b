import Course
import StepRecords
import Terminal
import Testing

/// Changing steps, and running them again.
///
/// Evidence: by hand.
@Suite("What if")
struct StepperWhatIfTests {
  private func outcome(_ value: Double, held: Bool) -> StepOutcome {
    StepOutcome(
      id: "grid", line: 20, outcome: held ? .held : .didNotHold,
      expectations: [
        JudgedExpectation(
          line: 21, expression: "scale", expected: "0.0235", actual: "\(value)",
          value: .double(value), held: held),
        JudgedExpectation(
          line: 22, expression: "code", expected: "102", actual: "102", value: .integer(102),
          held: true),
      ])
  }

  private func lesson(_ verdict: WhatIfReport.Verdict? = nil) -> ScriptedLesson {
    let lesson = ScriptedLesson.everything()
    lesson.changes["grid"] = WhatIfReport(
      step: "grid", path: "~/nibble/what-if/grid.swift",
      verdict: verdict ?? .ran(outcome(6.0 / 127, held: false)),
      before: outcome(6.0 / 255, held: true), seconds: 0.42,
      broken: ["late": "cannot find 'scale' in scope"])
    return lesson
  }

  private func sit(_ keys: String, _ lesson: ScriptedLesson, width: Int = 100) -> ScriptedTerminal {
    let terminal = ScriptedTerminal(ScriptedTerminal.keys(keys), width: width)
    var stepper = Stepper(chapter: lesson.chapter, lesson: lesson, terminal: terminal)
    _ = stepper.run()
    #expect(terminal.screen.trouble.isEmpty)
    return terminal
  }

  @Test("new values stand beside what they were, and a mark stays until the change is undone")
  func change() {
    let lesson = lesson()
    let terminal = sit("⏎w⏎uq", lesson)
    #expect(terminal.bottoms[2] == "─ change step › grid")
    let answer = terminal.answers[3]
    #expect(answer.contains("What if: grid  ran in 0.4 s; u puts it back"))
    #expect(answer.contains("scale   0.0472441  was 0.0235294\n"))
    #expect(answer.contains("code    102\n"))
    #expect(answer.contains("late  cannot find 'scale' in scope"))
    #expect(terminal.bottoms[3].contains("what if: grid"))
    #expect(terminal.bottoms[4].contains("grid is as the author wrote it."))
    #expect(!terminal.bottoms[4].contains("what if"))
    #expect(terminal.calls.contains("lend"))
    #expect(lesson.events.contains(.changed(step: "grid")))
    #expect(lesson.events.contains(.restored(step: "grid")))
  }

  @Test("under a change nothing is expected, values stand beside the author's")
  func later() {
    let terminal = sit("⏎w⏎b⏎q", lesson())
    let answers = terminal.answers.joined()
    #expect(answers.contains("With your change:\n  │ let scale = 6.0 / 127\n"))
    #expect(terminal.answers[5].contains("scale   0.0472441  was 0.0235"))
    #expect(!terminal.answers[5].contains("✗"))
  }

  @Test("a change that does not compile, or was none, leaves no mark")
  func failures() {
    let messages = [AnswerReport.Message(line: 3, text: "cannot find 'x' in scope")]
    let lesson = lesson(.doesNotCompile(messages))
    let terminal = sit("⏎w⏎q", lesson)
    #expect(terminal.answers[3].contains("✗ It does not compile. ~/nibble/what-if/grid.swift"))
    #expect(terminal.answers[3].contains("line 3  cannot find 'x' in scope"))
    #expect(!terminal.bottoms[3].contains("what if: "))
    #expect(!lesson.events.contains(.changed(step: "grid")))
    let none = sit("⏎wgalle⏎wzzz⏎uq", .everything())
    #expect(none.answers.joined().contains("zzz is no step") || none.answers.joined().contains("no step"))
    #expect(none.bottoms.last?.contains("Nothing is changed.") == true)
  }

  @Test("r runs the last step again")
  func again() {
    let lesson = ScriptedLesson.everything()
    let terminal = sit("r⏎rq", lesson)
    #expect(terminal.bottoms[1].contains("No step was run yet."))
    #expect(lesson.runs == ["grid", "grid!"])
    #expect(terminal.answers[3].contains("Again: grid"))
    #expect(terminal.answers[3].contains("✓ 0.0235294"))
  }
}
