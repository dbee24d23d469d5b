import Course
import Foundation

/// How long a learner waits: for a step's values after Enter, and for a changed step after the editor.
struct LearningBenchmark {
  private static let paintGoal = 0.05
  private static let changeGoal = 1.0
  /// How long a learner's editor is open at least; what is made ready meanwhile costs them nothing.
  private static let editing = 4.0
  /// A step that takes no longer itself is instant.
  private static let instant = 0.005

  let files: [ChapterFile]
  let environment: VerifyEnvironment

  /// Figures over all chapters.
  func figures() async throws -> [Figure] {
    let verifier = ChapterVerifier(environment: environment, options: VerifyOptions())
    var waits: [Double] = []
    var changes: [Double] = []
    for file in files {
      let parsed = try ParsedChapter(file)
      let result = try await verifier.verify(parsed)
      let times = await OwnThread.run {
        Interrupts.cleaningUp({ LearningSession.endAll() }) {
          let session = LearningSession(
            chapter: parsed.chapter, result: result, verifier: verifier)
          defer { session.stop() }
          return (Self.waits(in: session), Self.changes(in: session))
        }
      }
      waits += times.0
      changes += times.1
    }
    return [
      Figure(
        name: "an instant step after Enter", unit: "s", values: waits,
        against: Self.goal(Self.paintGoal, waits.count)),
      Figure(
        name: "what if, first, middle and last steps", unit: "s", values: changes,
        against: Self.goal(Self.changeGoal, changes.count)),
    ]
  }

  /// From Enter to a judged outcome, for every step that takes no time itself.
  private static func waits(in session: LearningSession) -> [Double] {
    var waits: [Double] = []
    for (index, step) in steps(of: session).enumerated() {
      var outcome: StepOutcome?
      let seconds = Stopwatch.seconds { outcome = session.run(step: step.id) }
      // The first one starts the program.
      if index > 0, let outcome, outcome.seconds < instant { waits.append(seconds) }
    }
    return waits
  }

  /// From the editor's end to the values of a changed step.
  private static func changes(in session: LearningSession) -> [Double] {
    let steps = steps(of: session)
    return Set([0, steps.count / 2, steps.count - 1]).sorted().filter(steps.indices.contains)
      .compactMap { index in
        let step = steps[index]
        session.prepareChange(ofStep: step.id)
        Thread.sleep(forTimeInterval: editing)
        let code = "// changed\n" + step.code
        let report = session.change(step: step.id, to: code, path: step.id)
        session.restore(step: step.id)
        guard case .ran(let outcome) = report.verdict, outcome.outcome == .held else { return nil }
        return report.seconds
      }
  }

  private static func steps(of session: LearningSession) -> [Step] {
    session.chapter.steps.filter { step in
      switch step.role {
      case .plain, .claim: !step.isSlow
      default: false
      }
    }
  }

  private static func goal(_ seconds: Double, _ count: Int) -> Figure.Probe {
    Figure.Probe(
      name: "goal of \(Figures.short(seconds)) s",
      values: Array(repeating: seconds, count: count))
  }
}
