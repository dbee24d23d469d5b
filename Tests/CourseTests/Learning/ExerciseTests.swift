import Course
import Testing

/// By hand: the parts of one exercise.
@Suite("an exercise and its help")
struct ExerciseTests {
  @Test("task, stub, checks, graded hints, solution and foreseen mistakes are told apart")
  func parts() throws {
    let chapter = Fixture.parse(Lesson.text, id: "lesson").chapter
    let exercises = Exercise.all(in: chapter)
    #expect(exercises.map(\.name) == ["clip"])
    let clip = try #require(exercises.first)
    #expect(clip.number == 1)
    #expect(Inline.plainText(of: clip.title) == "Exercise: clip")
    #expect(clip.task.count == 1)
    #expect(clip.stub.map { chapter.steps[$0].id } == "clip.stub")
    #expect(clip.checks.map { chapter.steps[$0].id } == ["clip.check"])
    #expect(clip.hints.count == 2)
    #expect(Inline.plainText(of: clip.solution?.summary ?? []) == "Solution")
    #expect(clip.mistakes.map { chapter.steps[$0.step].id } == ["clip.wrong-1", "clip.wrong-2"])
  }

  @Test("a chapter without exercises has none")
  func none() {
    #expect(Exercise.all(in: Fixture.parse("```swift\n1 + 1  // => 2\n```\n").chapter).isEmpty)
  }
}
