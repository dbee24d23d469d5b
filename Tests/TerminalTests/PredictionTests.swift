import Course
import StepRecords
import Terminal
import Testing

/// Scoring a guess.
///
/// Evidence: by hand.
@Suite("Predictions")
struct PredictionTests {
  @Test(
    "a distance is said as a person would",
    arguments: [
      (0.02, 0.02, "exactly right"), (0.02, 0.023, "15% too large"), (100, 98.5, "1.5% too small"),
      (2, 8, "4 times too large"), (8, 2, "4 times too small"), (1, -1, "the other sign"),
      (0, 0.5, "off by 0.5"), (3, 0, "100% too small"), (1, 1.0005, "less than 0.1% too large"),
      (-4, -6, "50% too large"), (.nan, 1, "not the same"),
    ] as [(Double, Double, String)])
  func distances(actual: Double, guess: Double, words: String) {
    #expect(Prediction.distance(from: actual, to: guess) == words)
  }

  @Test("the value is found by its expression, or by the label it was shown with")
  func values() {
    let outcome = StepOutcome(
      id: "a", line: 1, outcome: .held,
      expectations: [
        JudgedExpectation(
          line: 1, expression: "scale", expected: "1", actual: "1", value: .integer(1), held: true)
      ], results: [.shown(label: "worst case", value: .integer(2), unit: nil)])
    #expect(Prediction(name: "scale").value(in: outcome) == .integer(1))
    #expect(Prediction(name: "worst-case").value(in: outcome) == .integer(2))
    #expect(Prediction(name: "none").value(in: outcome) == nil)
  }
}
