import Course
import Terminal
import Testing

/// Reading where nothing can be compiled.
///
/// Evidence: by hand.
@Suite("A lesson from kept results")
struct KeptLessonTests {
  @Test("steps show what was kept, guesses are scored, and what cannot be tried says why")
  func session() {
    let (chapter, result) = Fixture.everything()
    var journal: [LearnerEvent] = []
    let lesson = KeptLesson(
      result: result, title: "The grid", reason: "there is no swiftc",
      events: [.guessed(name: "code", guess: "51", actual: "102")], journal: { journal.append($0) })
    let terminal = ScriptedTerminal(ScriptedTerminal.keys("0.02⏎wgrid⏎sge1⏎eq"))
    var stepper = Stepper(chapter: chapter, lesson: lesson, terminal: terminal)
    #expect(stepper.run() == .left(step: 5))
    let all = terminal.answers.joined()
    #expect(all.contains("✓ 0.0235294"))
    #expect(all.contains("It could not be run. there is no swiftc"))
    #expect(all.contains("It could not be checked. there is no swiftc"))
    #expect(!all.contains("Your answer:"))
    // Off by 2 and by 1.176: the middle of both, as logarithms, is the root of 2.353.
    #expect(all.contains("The grid        2   ×1.53"))
    #expect(journal.first == .place(id: "grid", number: 1, of: 9))
    #expect(journal.contains(.ran(step: "grid")) && !journal.contains(.changed(step: "grid")))
  }

  @Test("a chapter that never ran is read without values")
  func neverRan() {
    let (chapter, _) = Fixture.everything()
    let lesson = KeptLesson(result: nil, title: "The grid", reason: "")
    let terminal = ScriptedTerminal(ScriptedTerminal.keys("0.02⏎q"))
    var stepper = Stepper(chapter: chapter, lesson: lesson, terminal: terminal)
    #expect(stepper.run() == .left(step: 1))
    #expect(terminal.answers[5].contains("Not run yet"))
    #expect(!lesson.events.contains(.ran(step: "grid")))
  }
}
