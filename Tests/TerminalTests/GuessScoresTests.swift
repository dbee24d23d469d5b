import Course
import StepRecords
import Terminal
import Testing

/// Guesses put together, and the words for them.
///
/// Evidence: by hand.
@Suite("Scores of guesses")
struct GuessScoresTests {
  @Test("the median is of factors, however they lie around the value")
  func median() {
    // Off by 2, by a half (which is as far), and by 10: the middle one is a factor of 2.
    let scores = GuessScores([.logRatio(0.30103), .logRatio(-0.30103), .logRatio(1)])
    #expect(scores.count == 3)
    #expect(abs((scores.medianFactor ?? 0) - 2) < 1e-5)  // 0.30103 is log₁₀ 2 to five digits
    // Of 10 and 1000 the middle, as logarithms, is 100.
    let even = GuessScores([.logRatio(1), .logRatio(-3)])
    #expect(abs((even.medianFactor ?? 0) - 100) < 1e-9)
    #expect(GuessScores().medianFactor == nil)
  }

  @Test("intervals and words are counted apart from numbers")
  func counts() {
    let scores = GuessScores([
      .interval(isHit: true), .interval(isHit: false), .interval(isHit: true),
      .words(isRight: true), .noRatio(isRight: false), .logRatio(0),
    ])
    #expect(scores.count == 6)
    #expect(scores.intervals == (2, 3))
    #expect(scores.words == (1, 2))
    #expect(
      ScoreWords.summary(scores)
        == "6 guesses: your numbers were right, 2 of 3 intervals held the value, "
        + "1 of 2 other guesses were right.")
    #expect(ScoreWords.summary(GuessScores()) == nil)
    #expect(
      ScoreWords.summary(GuessScores([.logRatio(0.5)]))
        == "One guess: your numbers were off by a factor of 3.16.")
  }

  @Test(
    "a guess is answered in one sentence",
    arguments: [
      ("0.02", .float(0.025), "You said 0.02; it is 0.025: 20% too small."),
      ("50%", .double(0.5), "You said 50%; it is 0.5: exactly right."),
      ("0.02..0.03", .double(0.025), "You said 0.02..0.03, and 0.025 lies in it."),
      ("0.02 to 0.03", .double(0.04), "You said 0.02 to 0.03; it is 0.04, above that."),
      ("5..6", .integer(3), "You said 5..6; it is 3, below that."),
      ("many", .integer(3), "You said many, which is no number; x is 3."),
      ("TRUE", .boolean(true), "You said TRUE, and so it is."),
      ("false", .boolean(true), "You said false; it is true."),
    ] as [(String, RecordedValue, String)])
  func sentences(typed: String, value: RecordedValue, words: String) throws {
    let guess = try #require(Guess(typed))
    #expect(ScoreWords.sentence(guess, name: "x", value: value) == words)
  }
}
