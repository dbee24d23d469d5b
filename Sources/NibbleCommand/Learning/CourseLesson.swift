import Course
import Foundation
import Glibc
import Terminal

/// A lesson over a real chapter: its paused program, the learner's folder and the learner's editor.
final class CourseLesson: Lesson {
  private let session: LearningSession
  private let records: ChapterRecords
  private let exercises: [String: Exercise]
  private let folder: LearnerFolder
  private let course: [(id: String, title: String)]
  private var seen: [LearnerEvent]
  /// The stamp of each answer when it was last checked.
  private var checked: [String: String] = [:]
  private var hasComplained = false

  /// A lesson that goes on where the learner left it.
  ///
  /// - Parameters:
  ///   - session: The chapter's sitting.
  ///   - folder: The learner's folder for the course.
  ///   - course: Ids and titles of all its chapters, for the scores.
  init(session: LearningSession, folder: LearnerFolder, course: [(id: String, title: String)]) {
    self.session = session
    self.folder = folder
    self.course = course
    records = folder.records(ofChapter: session.chapter.id)
    exercises = Dictionary(
      Exercise.all(in: session.chapter).map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    seen = records.journal.entries.map(\.event)
    session.takeUp(records.changes(in: session.chapter, after: seen))
  }

  // MARK: Steps

  func outcome(ofStep id: String) -> StepOutcome? { session.outcome(ofStep: id) }

  var diagnostics: [Diagnostic] { session.diagnostics }

  func run(step id: String, again isAgain: Bool) -> StepOutcome? {
    session.run(step: id, again: isAgain)
  }

  var whileWaiting: ((_ seconds: Double) -> Void)? {
    get { session.whileWaiting }
    set { session.whileWaiting = newValue }
  }

  func changedCode(ofStep id: String) -> String? { session.changedCode(ofStep: id) }

  func change(step id: String) -> WhatIfReport {
    let file = records.change(ofStep: id)
    func failed(_ reason: String) -> WhatIfReport {
      WhatIfReport(step: id, path: file.path, verdict: .notTried(reason: reason))
    }
    guard let step = session.chapter.steps.first(where: { $0.id == id }) else {
      return failed("this chapter has no step \(id)")
    }
    do {
      let editor = try Editor(environment: ProcessInfo.processInfo.environment)
      try file.begin(from: LearnerText.change(of: step, in: session.chapter))
      session.prepareChange(ofStep: id)
      try editor.edit(file.path)
    } catch {
      return failed(TerminalReport.words(for: error).1)
    }
    guard let text = file.text else {
      return failed("\(file.path) is not there any more, or is not text")
    }
    return session.change(
      step: id, to: file.isChanged ? text : nil, path: home(file.path))
  }

  func restore(step id: String) { session.restore(step: id) }

  // MARK: Exercises

  func answer(exercise name: String) -> AnswerReport? {
    guard let exercise = exercises[name] else { return nil }
    let file = records.answer(to: name)
    do {
      try file.begin(from: LearnerText.answer(to: exercise, of: session.chapter))
      try Editor(environment: ProcessInfo.processInfo.environment).edit(file.path)
    } catch {
      return AnswerReport(
        exercise: name, path: home(file.path),
        verdict: .notTried(reason: TerminalReport.words(for: error).1))
    }
    guard file.isChanged else {
      checked[name] = file.stamp
      return nil
    }
    return check(exercise: name)
  }

  func check(exercise name: String) -> AnswerReport {
    let file = records.answer(to: name)
    checked[name] = file.stamp
    guard let exercise = exercises[name] else {
      return AnswerReport(
        exercise: name, path: "", verdict: .notTried(reason: "there is no exercise \(name)"))
    }
    guard let text = file.text else {
      return AnswerReport(
        exercise: name, path: home(file.path),
        verdict: .notTried(
          reason: file.exists
            ? "\(home(file.path)) is not text in UTF-8; save it as such"
            : "there is no answer yet: e opens the file"))
    }
    return session.check(exercise, code: text, path: home(file.path))
  }

  func hasNewAnswer(exercise name: String) -> Bool {
    let file = records.answer(to: name)
    guard let stamp = file.stamp else { return false }
    guard let known = checked[name] else {
      // What was there before this sitting was checked before it.
      checked[name] = stamp
      return false
    }
    guard stamp != known else { return false }
    guard file.isChanged else {
      // Saved as it was: a stub is no answer.
      checked[name] = stamp
      return false
    }
    return true
  }

  func answerPath(exercise name: String) -> String {
    let file = records.answer(to: name)
    if !file.exists, let exercise = exercises[name] {
      // A learner may open it in a window of their own, so it is there to be opened.
      _ = try? file.begin(from: LearnerText.answer(to: exercise, of: session.chapter))
    }
    return home(file.path)
  }

  // MARK: What was done

  func note(_ event: LearnerEvent) {
    seen.append(event)
    do {
      try records.journal.add(event)
    } catch {
      guard !hasComplained else { return }
      hasComplained = true
      Output.note("\nnibble: what you do cannot be remembered: \(error)")
    }
  }

  var events: [LearnerEvent] { seen }

  var guesses: [(topic: String, guess: Guess, score: Guess.Score)] {
    folder.guesses(in: course).map { ($0.topic, $0.guess, $0.score) }
  }

  /// A path as people write it: `~` for the home folder.
  private func home(_ path: String) -> String {
    let home = NSHomeDirectory()
    return home != "/" && path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
  }
}

extension ChapterRecords {
  /// The learner's own code of the steps that they changed and did not put back.
  func changes(in chapter: Chapter, after events: [LearnerEvent]) -> [String: String] {
    var steps: Set<String> = []
    for event in events {
      switch event {
      case .changed(let step): steps.insert(step)
      case .restored(let step): steps.remove(step)
      default: break
      }
    }
    let known = chapter.steps.filter { steps.contains($0.id) }
    return Dictionary(
      known.compactMap { step in
        let file = change(ofStep: step.id)
        // A step without a name of its own may be another one by now, and this a change of that.
        let isOfThis = step.isNamed || file.began(from: LearnerText.change(of: step, in: chapter))
        return isOfThis && file.isChanged ? file.text.map { (step.id, $0) } : nil
      }, uniquingKeysWith: { first, _ in first })
  }
}
