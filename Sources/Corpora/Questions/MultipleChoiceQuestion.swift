public import Tensors

/// A passage that breaks off before an answer, and answers of which one follows from it.
public struct MultipleChoiceQuestion: Sendable, Equatable, Codable {
  /// What is asked for: `where`, `who`, `how many`, `why`, `balance`.
  public let topic: String
  /// The text up to the answer.
  public let context: String
  /// The ways it might go on, each beginning with a space, no two alike.
  public let choices: [String]
  /// The place of the right one among them.
  public let answer: Int

  /// Makes a question.
  ///
  /// - Parameters:
  ///   - topic: What is asked for.
  ///   - context: The text up to the answer.
  ///   - choices: The ways it might go on.
  ///   - answer: The place of the right one.
  public init(topic: String, context: String, choices: [String], answer: Int) {
    precondition(choices.indices.contains(answer), "answer \(answer) of \(choices.count)")
    self.topic = topic
    self.context = context
    self.choices = choices
    self.answer = answer
  }
}

/// A grammar that can ask about its own passages.
public protocol QuestioningGrammar: Grammar {
  /// A question with four choices, drawn.
  ///
  /// - Parameter generator: Where the passage, the question and the order come from.
  /// - Returns: The question; by the grammar, the right choice has a probability and no other has.
  func question(drawingFrom generator: SeededGenerator) -> MultipleChoiceQuestion
}

extension Corpus where G: QuestioningGrammar {
  /// Questions about passages that no split contains: they have seeds of their own.
  ///
  /// - Parameter count: How many.
  /// - Returns: The questions.
  public func questions(count: Int) -> [MultipleChoiceQuestion] {
    (0..<count).map { index in
      grammar.question(
        drawingFrom: SeededGenerator(
          seed: 3 << 62 | UInt64(seed) << 30 | UInt64(truncatingIfNeeded: index)))
    }
  }
}

/// Four choices in a random order: the right one and the first three wrong ones that differ.
func multipleChoice(
  topic: String, context: String, answer: String, wrong: [String],
  using generator: inout SeededGenerator
) -> MultipleChoiceQuestion {
  var choices = [answer]
  for text in wrong where choices.count < 4 && !choices.contains(text) { choices.append(text) }
  generator.shuffle(&choices)
  return MultipleChoiceQuestion(
    topic: topic, context: context, choices: choices,
    answer: choices.firstIndex(of: answer) ?? 0)
}
