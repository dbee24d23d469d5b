internal import StepRecords

extension LearnerFolder {
  /// A guess as it was made, and how it turned out.
  public struct ScoredGuess: Hashable, Sendable {
    /// The title of its chapter.
    public let topic: String
    /// The guess.
    public let guess: Guess
    /// How it turned out.
    public let score: Guess.Score
  }

  /// Every guess the learner made in some chapters, in their order, oldest first.
  ///
  /// - Parameter chapters: Ids and titles.
  /// - Returns: The guesses with their scores.
  public func guesses(in chapters: [(id: String, title: String)]) -> [ScoredGuess] {
    chapters.flatMap { chapter in
      records(ofChapter: chapter.id).journal.entries.compactMap { entry -> ScoredGuess? in
        guard case .guessed(_, let typed, let actual) = entry.event, let guess = Guess(typed) else {
          return nil
        }
        return ScoredGuess(
          topic: chapter.title, guess: guess, score: guess.score(against: Self.value(of: actual)))
      }
    }
  }

  /// A value from its text: a number where it reads as one.
  private static func value(of text: String) -> RecordedValue {
    let number = WrittenNumber(code: text) ?? WrittenNumber(prose: text)
    return number.map { .double($0.isPercent ? $0.value / 100 : $0.value) } ?? .described(text)
  }
}
