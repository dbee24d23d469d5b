import Course
import StepRecords
import Testing

/// By hand: what a reader types, and how far off it is.
@Suite("guesses are read and scored")
struct GuessTests {
  @Test(
    "a number, an interval, words",
    arguments: [
      ("0.02", .number(0.02)), (" 2e-2 ", .number(0.02)), ("2%", .number(0.02)),
      (".02", .number(0.02)), ("-.5", .number(-0.5)), ("1,024", .number(1024)),
      ("−3", .number(-3)), ("0.01..0.03", .interval(0.01, 0.03)),
      ("0.03 … 0.01", .interval(0.01, 0.03)), ("1 to 2", .interval(1, 2)),
      ("1...2", .interval(1, 2)), ("holds when normal", .words), ("1..x", .words),
    ] as [(String, Guess.Kind)])
  func reading(typed: String, kind: Guess.Kind) throws {
    #expect(try #require(Guess(typed)).kind == kind)
  }

  @Test("nothing typed is no guess")
  func nothing() {
    #expect(Guess("") == nil)
    #expect(Guess(" \t ") == nil)
  }

  @Test("a number is scored by how many times it is off")
  func ratios() throws {
    let half = try #require(Guess("0.5")).score(against: .double(1))
    guard case .logRatio(let ratio) = half else {
      Issue.record("expected a ratio, got \(half)")
      return
    }
    #expect(abs(ratio + 0.30103) < 1e-5)  // log10 of a half
    #expect(try #require(Guess("102")).score(against: .integer(102)) == .logRatio(0))
    #expect(try #require(Guess("0")).score(against: .integer(0)) == .noRatio(isRight: true))
    #expect(try #require(Guess("0.1")).score(against: .float(0)) == .noRatio(isRight: false))
    #expect(try #require(Guess("-1")).score(against: .double(1)) == .noRatio(isRight: false))
  }

  @Test("an interval is scored by whether it holds the value, ends included")
  func intervals() throws {
    let guess = try #require(Guess("1..2"))
    #expect(guess.score(against: .double(1)) == .interval(isHit: true))
    #expect(guess.score(against: .double(2.001)) == .interval(isHit: false))
  }

  @Test("words are compared with the value's own")
  func words() throws {
    #expect(try #require(Guess("TRUE")).score(against: .boolean(true)) == .words(isRight: true))
    #expect(try #require(Guess("maybe")).score(against: .double(1)) == .words(isRight: false))
  }
}
