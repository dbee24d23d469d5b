import Course
import StepRecords
import Testing

/// By hand: each fixture is a few lines whose fate can be read off them.
@Suite("chapters are compiled, run and judged", .enabled(if: Fixture.canRun, Fixture.comment))
struct RunningChaptersTests {
  @Test("a chapter whose every number is right holds")
  func passes() async throws {
    let result = try await Fixture.verify("passes")
    #expect(result.held)
    #expect(result.diagnostics.isEmpty)
    #expect(result.steps.map(\.outcome) == [.held, .held, .held])
    #expect(result.steps[0].expectations[0].value == .float(6.0 / 255))
    #expect(result.steps[0].expectations[1].actual == "[14, -71, 127]")
    #expect(result.steps[1].output == "two\nlines\n")
    #expect(
      result.steps[1].results == [
        .shown(label: "ten steps", value: .float(Float(6.0 / 255) * 10), unit: "volts")
      ])
    let verdict = RecordedValue.verdict([
      VerdictCondition(name: "small", holds: true), VerdictCondition(name: "large", holds: false),
    ])
    #expect(result.steps[2].expectations[0].value == verdict)
  }

  @Test("wrong numbers are told by line, and later steps are not reached but kept")
  func fails() async throws {
    let parsed = try Fixture.read("fails")
    let result = try await Fixture.verify(parsed)
    #expect(!result.held)
    #expect(result.outcome("first") == "did-not-hold")
    #expect(result.outcome("second") == "not-reached")
    #expect(result.errors.prefix(2) == ["12 did-not-hold", "14 did-not-hold"])
    #expect(result.summary("did-not-hold") == "scale * 2 is 0.5, expected 0.6")
    #expect(
      result.diagnostics.filter { $0.id == "after-failure" }.map(\.line) == [21, 23, 25])
    let failures = ChapterSummary(chapter: parsed.chapter, result: result).failures
    #expect(failures[0].contains("fails.md:12: scale * 2 is 0.5, expected 0.6\n    12 | scale * 2"))
  }

  @Test("a bracket left open is found without asking the compiler")
  func openBracket() async throws {
    let result = try await Fixture.verify("does-not-compile")
    #expect(result.outcome("broken") == "did-not-compile")
    #expect(result.outcome("fine") == "not-reached")
    #expect(result.errors == ["10 did-not-compile"])
  }

  @Test("a type error stops the chapter there, and the steps before it still hold")
  func typeError() async throws {
    let result = try await Fixture.verify("does-not-type-check")
    #expect(result.steps.map(\.outcome) == [.held, .didNotCompile, .notReached])
    #expect(result.errors == ["15 did-not-compile", "16 did-not-compile"])
    #expect(result.summary("did-not-compile").contains("cannot convert value of type 'Int'"))
  }

  @Test(
    "a trap is told at its line in the runtime's words",
    arguments: [
      ("index", 16, "Index out of range"), ("overflow", 16, "arithmetic overflow"),
      ("unwrap", 16, "Unexpectedly found nil"), ("recursion", 15, "stack overflow"),
      ("precondition", 16, "group size 3 is not 48"), ("function", 17, "Index out of range"),
    ])
  func traps(kind: String, line: Int, words: String) async throws {
    let result = try await Fixture.verify("trap-\(kind)")
    #expect(result.steps.map(\.outcome) == [.held, .trapped, .notReached])
    #expect(result.errors == ["\(line) trapped"])
    #expect(result.summary("trapped").contains(words))
    if kind == "index" { #expect(result.steps[1].output == "printed\n") }
  }

  @Test("an endless loop is stopped at the time limit, on its line")
  func endlessLoop() async throws {
    let result = try await Fixture.verify("endless-loop") { $0.timeLimit = 3 }
    #expect(result.steps.map(\.outcome) == [.held, .timedOut, .notReached])
    #expect(result.errors == ["15 timed-out"])
  }

  @Test("memory is limited, whether it is filled or only asked for")
  func memory() async throws {
    let hog = try await Fixture.verify("memory-hog") { $0.memoryLimit = 256 }
    #expect(hog.outcome("hog") == "out-of-memory")
    #expect(hog.errors == ["11 out-of-memory"])
    let request = try await Fixture.verify("memory-request") { $0.memoryLimit = 256 }
    #expect(request.outcome("hog") == "out-of-memory")
    #expect(request.errors == ["11 out-of-memory"])
  }

  @Test("a step that prints a gigabyte is stopped, and the start of it is kept")
  func gigabyte() async throws {
    let result = try await Fixture.verify("gigabyte")
    #expect(result.outcome("printer") == "did-not-hold")
    #expect(result.errors == ["11 too-much-output"])
    #expect(result.steps[0].output.hasPrefix("xxxx"))
    #expect(result.steps[0].output.utf8.count < 70_000)
  }

  @Test("a step that ends the program did not hold")
  func exits() async throws {
    let result = try await Fixture.verify("exits")
    #expect(result.steps.map(\.outcome) == [.didNotHold, .notReached])
    #expect(result.errors == ["12 ended-the-program"])
    #expect(result.steps[0].output == "leaving\n")
  }

  @Test("an error nobody catches is told in its own words")
  func uncaught() async throws {
    let result = try await Fixture.verify("uncaught")
    #expect(result.errors == ["13 uncaught-error"])
    #expect(result.summary("uncaught-error").contains("group size 48"))
  }

  @Test("printed output is compared line by line, and … stands for any lines")
  func output() async throws {
    let result = try await Fixture.verify("output")
    #expect(result.outcome("lines") == "held")
    #expect(result.outcome("otherwise") == "did-not-hold")
    #expect(result.errors == ["24 wrong-output"])
  }

  @Test("charts and tables cross as data, NaN included")
  func charts() async throws {
    let result = try await Fixture.verify("charts")
    #expect(result.held)
    guard case .chart(let chart) = result.steps[0].results[0],
      case .table(let table) = result.steps[0].results[1]
    else {
      Issue.record("a chart and a table were left")
      return
    }
    #expect(chart.alternative == "It falls.")
    #expect(chart.vertical == .logarithmic("error", unit: "dB"))
    guard case .line(let label, let x, let y) = chart.marks[0] else {
      Issue.record("the first mark is a line")
      return
    }
    #expect(label == "rtn" && x == [2, 3, 4] && y[0] == 0.5 && y[1].isNaN && y[2] == 0.125)
    #expect(chart.marks[3] == .histogram(label: "counts", edges: [1, 2, 3], counts: [1, 3]))
    #expect(table.columns == ["name", "error"])
    #expect(table.rows[1] == [.string("gptq"), .double(0.25)])
  }

  @Test("an empty chapter, and one without steps, need no compiler")
  func empty() async throws {
    let empty = try await Fixture.verify("empty")
    #expect(empty.steps.isEmpty && !empty.held)
    let prose = try await Fixture.verify(Fixture.parse("Nothing runs here.\n"))
    #expect(prose.held && prose.steps.isEmpty)
  }
}

extension RunningChaptersTests {
  @Test("whatever shape a statement has, it runs as written and on its line")
  func shapes() async throws {
    let result = try await Fixture.verify("shapes")
    #expect(result.diagnostics.map { "\($0.line) \($0.id) \($0.summary)" } == [])
    #expect(result.held)
  }
}
