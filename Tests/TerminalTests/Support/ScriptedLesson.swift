import Course
import StepRecords
import Terminal

/// A lesson whose answers a test wrote down.
final class ScriptedLesson: Lesson {
  let chapter: Chapter
  private let result: ChapterResult
  var whileWaiting: ((_ seconds: Double) -> Void)?
  /// Steps that were run, an exclamation mark behind those that ran again.
  private(set) var runs: [String] = []
  private(set) var events: [LearnerEvent]
  /// What a changed step leaves, by its id; nil for one whose file was closed as it was.
  var changes: [String: WhatIfReport] = [:]
  private var changed: [String: String] = [:]
  /// Reports on answers, the next one first; the last stays.
  var reports: [AnswerReport] = []
  /// How many waits it takes until the file was saved.
  var savesAfter: Int?
  var earlier: [(topic: String, guess: Guess, score: Guess.Score)] = []
  /// Seconds that `run` reports while it takes long.
  var delays: [Double] = []

  init(_ chapter: Chapter, _ result: ChapterResult, events: [LearnerEvent] = []) {
    self.chapter = chapter
    self.result = result
    self.events = events
  }

  /// The lesson of the fixture chapter with everything in it.
  static func everything(events: [LearnerEvent] = []) -> ScriptedLesson {
    let (chapter, result) = Fixture.everything()
    return ScriptedLesson(chapter, result, events: events)
  }

  var diagnostics: [Diagnostic] { result.diagnostics }

  func outcome(ofStep id: String) -> StepOutcome? {
    if changed[id] != nil, case .ran(let outcome)? = changes[id]?.verdict { return outcome }
    return result.steps.first { $0.id == id }
  }

  func run(step id: String, again isAgain: Bool) -> StepOutcome? {
    runs.append(id + (isAgain ? "!" : ""))
    for seconds in delays { whileWaiting?(seconds) }
    return outcome(ofStep: id)
  }

  func changedCode(ofStep id: String) -> String? { changed[id] }

  func change(step id: String) -> WhatIfReport {
    guard let report = changes[id] else {
      return WhatIfReport(step: id, path: "~/what-if/\(id).swift", verdict: .unchanged)
    }
    if case .ran = report.verdict { changed[id] = "let scale = 6.0 / 127   // => 0.0471\n" }
    return report
  }

  func restore(step id: String) { changed[id] = nil }

  func answer(exercise: String) -> AnswerReport? { reports.isEmpty ? nil : check(exercise: exercise) }

  func check(exercise: String) -> AnswerReport {
    reports.count > 1 ? reports.removeFirst() : reports[0]
  }

  func hasNewAnswer(exercise: String) -> Bool {
    guard let left = savesAfter else { return false }
    savesAfter = left > 0 ? left - 1 : nil
    return left == 0
  }

  func answerPath(exercise: String) -> String { "~/nibble/01-grid/\(exercise).swift" }

  func note(_ event: LearnerEvent) { events.append(event) }

  var guesses: [(topic: String, guess: Guess, score: Guess.Score)] {
    earlier
      + events.compactMap { event in
        guard case .guessed(_, let typed, let actual) = event, let guess = Guess(typed),
          let value = Double(actual)
        else { return nil }
        return (chapter.frontMatter.title, guess, guess.score(against: .double(value)))
      }
  }
}
