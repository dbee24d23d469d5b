import Course
import Testing

/// By hand: exercises and blocks that must fail, good ones and bad ones.
@Suite("exercises are proven to teach", .enabled(if: Fixture.canRun, Fixture.comment))
struct ExercisesTests {
  @Test("stubs fail, solutions pass, wrong answers fail where they say")
  func good() async throws {
    let result = try await Fixture.verify("exercises")
    #expect(result.held)
    #expect(result.steps.allSatisfy { $0.outcome == .held })
    #expect(result.outcome("clip.wrong-2") == "held")
    #expect(result.outcome("half.stub") == "held")
  }

  @Test("what teaches nothing is told")
  func bad() async throws {
    let result = try await Fixture.verify("exercises-bad")
    #expect(result.outcome("done.stub") == "did-not-hold")
    #expect(result.outcome("done.solution") == "held")
    #expect(result.outcome("done.wrong-1") == "did-not-hold")
    #expect(result.outcome("late.stub") == "held")
    #expect(result.outcome("late.wrong-1") == "did-not-hold")
    #expect(result.outcome("late.wrong-2") == "did-not-compile")
    #expect(result.outcome("typed.stub") == "did-not-compile")
    #expect(result.outcome("typed.check") == "did-not-hold")
    #expect(result.outcome("typed.solution") == "did-not-hold")
    #expect(
      result.errors == [
        "9 stub-passes", "21 wrong-passes", "40 wrong-fails-elsewhere", "47 did-not-compile",
        "53 did-not-compile", "57 did-not-hold", "60 solution-fails",
      ])
  }

  @Test("an answer that cannot be a scope is compiled alone")
  func alone() async throws {
    let result = try await Fixture.verify("not-a-scope")
    #expect(result.outcome("make.stub") == "held")
    #expect(result.outcome("make.check") == "held")
  }

  @Test("blocks that must not compile, or must trap, do")
  func mustFail() async throws {
    let result = try await Fixture.verify("must-fail")
    #expect(result.held)
    #expect(result.steps.allSatisfy { $0.outcome == .held })
    #expect(
      result.steps[1].expectations[0].actual.contains("overflows when stored into 'UInt8'"))
  }

  @Test("blocks that should fail and do not, or do otherwise, are told")
  func mustFailBad() async throws {
    let result = try await Fixture.verify("must-fail-bad")
    #expect(result.outcome("values") == "held")
    #expect(result.outcome("after") == "held")
    #expect(
      result.errors == [
        "13 compiles", "18 rejected-otherwise", "21 does-not-trap", "26 traps-elsewhere",
        "31 traps-otherwise",
      ])
  }

  @Test("after a failed step nothing is reached, variants included; before it all stands")
  func afterFailure() async throws {
    let result = try await Fixture.verify("after-failure")
    #expect(
      result.steps.map(\.outcome) == [
        .held, .held, .held, .held, .didNotHold, .notReached, .notReached, .notReached,
      ])
    #expect(result.errors == ["26 did-not-hold"])
  }

  @Test("slow steps wait to be asked for, and so does what uses their names")
  func slow() async throws {
    let quick = try await Fixture.verify("slow")
    #expect(quick.held)
    #expect(
      quick.steps.map(\.outcome) == [.held, .skipped, .notReached, .notReached, .held])
    let all = try await Fixture.verify("slow") { $0.runsSlowSteps = true }
    #expect(all.held)
    #expect(all.steps.allSatisfy { $0.outcome == .held })
  }

  @Test("an answer that never ends is stopped, and its neighbours are judged")
  func endless() async throws {
    let result = try await Fixture.verify("exercises-endless") { $0.timeLimit = 3 }
    #expect(result.outcome("spin.stub") == "timed-out")
    #expect(result.outcome("spin.wrong-1") == "held")
    #expect(result.errors == ["9 timed-out"])
  }

  @Test("variants before a step that never ends are judged all the same")
  func endlessAfter() async throws {
    let result = try await Fixture.verify("exercises-before-loop") { $0.timeLimit = 10 }
    #expect(
      result.steps.map(\.outcome) == [.held, .held, .held, .held, .timedOut, .notReached])
  }

  @Test("a thread that a step left running costs the variants nothing but time")
  func threads() async throws {
    let result = try await Fixture.verify("exercises-threads")
    #expect(result.diagnostics.map(\.summary) == [])
    #expect(result.steps.allSatisfy { $0.outcome == .held })
  }
}
