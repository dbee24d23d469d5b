import Course
import StepRecords
import Testing

/// By hand: a chapter of four steps, gone through as a learner would.
@Suite("a program paused between its steps", .enabled(if: Fixture.canRun, Fixture.comment))
struct LearningSessionTests {
  @Test("a step runs when it is asked for, with what came before it, and once")
  func stepping() async throws {
    try await Lesson.sit { session in
      let count = try #require(session.run(step: "count"))
      #expect(count.outcome == .held)
      #expect(count.expectations.map(\.value) == [.integer(1), .float(2)])
      #expect(count.output == "counted\n")
      #expect(session.run(step: "count")?.expectations[0].value == .integer(1))
      #expect(session.run(step: "after")?.outcome == .held)
      // A step that has run is not run again by looking back at it.
      #expect(session.run(step: "count")?.expectations[0].value == .integer(1))
      #expect(session.diagnostics.isEmpty)
    }
  }

  @Test("again starts the program anew")
  func again() async throws {
    try await Lesson.sit { session in
      _ = session.run(step: "after")
      let again = try #require(session.run(step: "count", again: true))
      #expect(again.expectations.map(\.value) == [.integer(1), .float(2)])
      #expect(session.run(step: "after")?.outcome == .held)
    }
  }

  @Test("a changed step runs with its own code, and what follows with it")
  func whatIf() async throws {
    try await Lesson.sit { session in
      _ = session.run(step: "count")
      let report = session.change(
        step: "setup", to: "var limit: Float = 4\nvar runs = 10\nlimit  // => ?\n",
        path: "setup.swift")
      guard case .ran(let outcome) = report.verdict else {
        Issue.record("expected a run, got \(report.verdict)")
        return
      }
      #expect(outcome.expectations.map(\.value) == [.float(4)])
      let count = try #require(session.run(step: "count"))
      #expect(count.expectations.map(\.value) == [.integer(11), .float(8)])
      #expect(count.outcome == .didNotHold)
      #expect(session.run(step: "after")?.expectations.last?.value == .integer(22))
      #expect(session.changedCode(ofStep: "setup")?.contains("= 4") == true)

      session.restore(step: "setup")
      #expect(session.changedCode(ofStep: "setup") == nil)
      #expect(session.run(step: "count")?.outcome == .held)
      #expect(session.diagnostics.isEmpty)
    }
  }

  @Test("a step that was made ready for is compiled alone, and the rest goes on from it")
  func prepared() async throws {
    try await Lesson.sit { session in
      _ = session.run(step: "after")
      for factor in [3, 5] {
        session.prepareChange(ofStep: "count")
        let report = session.change(
          step: "count", to: "runs += \(factor)\nruns  // => ?\nlimit = 2\nprint(\"mine\")\n",
          path: "count.swift")
        guard case .ran(let outcome) = report.verdict else {
          Issue.record("expected a run, got \(report.verdict)")
          return
        }
        // What comes before has run once, whatever ran earlier.
        #expect(outcome.expectations.map(\.value) == [.integer(factor)])
        #expect(outcome.output == "mine\n")
        let after = try #require(session.run(step: "after"))
        #expect(after.expectations.map(\.value) == [.float(2), .integer(factor * 2)])
      }
      session.restore(step: "count")
      #expect(session.run(step: "after")?.outcome == .held)
    }
  }

  @Test("alone or not, what does not compile, traps or throws is told in the same way")
  func preparedFailures() async throws {
    try await Lesson.sit { session in
      session.prepareChange(ofStep: "count")
      let broken = session.change(
        step: "count", to: "runs += 1\nlet x: Int = \"no\"\n", path: "count.swift")
      guard case .doesNotCompile(let messages) = broken.verdict else {
        Issue.record("expected the compiler's words, got \(broken.verdict)")
        return
      }
      #expect(messages.map(\.line) == [2])
      #expect(session.changedCode(ofStep: "count") == nil)

      session.prepareChange(ofStep: "count")
      let trap = session.change(
        step: "count", to: "let none: [Int] = []\nnone[runs]  // => ?\n", path: "count.swift")
      guard case .ran(let outcome) = trap.verdict else {
        Issue.record("expected a run, got \(trap.verdict)")
        return
      }
      #expect(outcome.outcome == .trapped)
      #expect(session.diagnostics.contains { $0.summary.contains("Index out of range") })
      // What follows is not reached, and nobody is shown what the author's code found.
      #expect(session.run(step: "after")?.outcome == .notReached)

      session.prepareChange(ofStep: "count")
      let thrown = session.change(
        step: "count", to: "struct Mine: Error {}\nthrow Mine()\n", path: "count.swift")
      guard case .ran(let ended) = thrown.verdict else {
        Issue.record("expected a run, got \(thrown.verdict)")
        return
      }
      #expect(ended.outcome == .trapped)
      #expect(session.diagnostics.contains { $0.summary.contains("program: Mine()") })
    }
  }

  @Test("a change that is prepared and never made leaves nothing behind")
  func preparedInVain() async throws {
    try await Lesson.sit { session in
      session.prepareChange(ofStep: "after")
      session.prepareChange(ofStep: "count")
      #expect(session.change(step: "count", to: nil, path: "count.swift").verdict == .unchanged)
      #expect(session.run(step: "after")?.outcome == .held)
    }
  }

  @Test("code that does not compile changes nothing, and is told at its own line")
  func brokenChange() async throws {
    try await Lesson.sit { session in
      _ = session.run(step: "count")
      let report = session.change(
        step: "count", to: "runs += 1\nlet x: Int = \"no\"\n", path: "count.swift")
      guard case .doesNotCompile(let messages) = report.verdict else {
        Issue.record("expected the compiler's words, got \(report.verdict)")
        return
      }
      #expect(messages.map(\.line) == [2])
      #expect(messages[0].text.contains("cannot convert value of type 'String'"))
      let open = session.change(step: "count", to: "runs += (1\n", path: "count.swift")
      #expect(open.verdict == .doesNotCompile([.init(line: 1, text: "'(' is never closed")]))
      #expect(session.changedCode(ofStep: "count") == nil)
      #expect(session.run(step: "after")?.outcome == .held)
    }
  }

  @Test("a change that traps is told as a trap, and can be put back")
  func trappingChange() async throws {
    try await Lesson.sit { session in
      let report = session.change(
        step: "count", to: "let none: [Int] = []\nnone[runs]  // => ?\n", path: "count.swift")
      guard case .ran(let outcome) = report.verdict else {
        Issue.record("expected a run, got \(report.verdict)")
        return
      }
      #expect(outcome.outcome == .trapped)
      #expect(session.diagnostics.contains { $0.summary.contains("Index out of range") })
      session.restore(step: "count")
      #expect(session.run(step: "after")?.outcome == .held)
      #expect(session.diagnostics.isEmpty)
    }
  }

  @Test("a change that takes a name away from a later step says which")
  func breakingChange() async throws {
    try await Lesson.sit { session in
      let report = session.change(step: "setup", to: "var limit: Float = 1\n", path: "setup.swift")
      #expect(report.broken.keys.sorted() == ["count"])
      #expect(report.broken["count"]?.contains("runs") == true)
      #expect(session.run(step: "count")?.outcome == .didNotCompile)
      #expect(session.run(step: "after")?.outcome == .notReached)
    }
  }

  @Test("changes of an earlier sitting are taken up, and given up where they no longer compile")
  func takenUp() async throws {
    try await Lesson.sit { session in
      session.takeUp(["setup": "var limit: Float = 3\nvar runs = 0\n"])
      #expect(session.run(step: "count")?.expectations[1].value == .float(6))
      session.takeUp(["setup": "let limit = nonsense\n", "gone": "1"])
      #expect(session.run(step: "count")?.outcome == .held)
      #expect(session.diagnostics.map(\.id) == ["change-lost"])
      #expect(session.changedCode(ofStep: "setup") == nil)
    }
  }

  @Test("an endless step is stopped at the limit")
  func endless() async throws {
    let parsed = Fixture.parse(Lesson.text, id: "lesson")
    var options = VerifyOptions()
    options.timeLimit = 3
    let verifier = ChapterVerifier(environment: await Fixture.environment(), options: options)
    let result = try await verifier.verify(parsed)
    let outcome = await withCheckedContinuation { continuation in
      OneThread.start {
        let session = LearningSession(
          chapter: parsed.chapter, result: result, verifier: verifier)
        let report = session.change(
          step: "count", to: "while runs >= 0 { runs = 0 }\n", path: "count.swift")
        continuation.resume(returning: report.verdict)
        session.stop()
      }
    }
    guard case .ran(let ran) = outcome else {
      Issue.record("expected a run, got \(outcome)")
      return
    }
    #expect(ran.outcome == .timedOut)
  }
}
