package import Course

/// How a reader's guesses turned out, put together.
package struct GuessScores: Sendable {
  /// How many there are.
  package private(set) var count = 0
  /// How far numbers were off, as base-10 logarithms of the factor, nearest first.
  private var distances: [Double] = []
  /// Intervals that held their value, and all of them.
  package private(set) var intervals = (hit: 0, all: 0)
  /// Everything that is right or wrong and nothing between: words, and numbers without a ratio.
  package private(set) var words = (right: 0, all: 0)

  /// Scores, put together.
  package init(_ scores: [Guess.Score] = []) {
    for score in scores { add(score) }
  }

  /// Takes one more.
  package mutating func add(_ score: Guess.Score) {
    count += 1
    switch score {
    case .logRatio(let ratio):
      distances.append(abs(ratio))
      distances.sort()
    case .noRatio(let isRight), .words(let isRight):
      words.all += 1
      words.right += isRight ? 1 : 0
    case .interval(let isHit):
      intervals.all += 1
      intervals.hit += isHit ? 1 : 0
    }
  }

  /// By which factor numbers were off in the middle: half of them were nearer; nil without numbers.
  ///
  /// Of an even number of guesses the two in the middle are averaged as logarithms.
  package var medianFactor: Double? {
    guard !distances.isEmpty else { return nil }
    let middle = distances.count / 2
    let distance =
      distances.count % 2 == 1
      ? distances[middle] : (distances[middle - 1] + distances[middle]) / 2
    return Powers.ofTen(distance)
  }
}
