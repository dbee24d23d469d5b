import Models
import Tokenizers

/// Asks a model the questions of tasks.
struct ChoiceRunner {
  let model: TextModel
  /// The model that is compared with, of the same vocabulary.
  let base: Transformer?
  /// The token before each prompt, if any.
  let beginning: Int?

  /// What one question came to.
  struct Answer: Codable, Sendable {
    /// The place of the choice that the model holds most probable.
    let choice: Int
    /// The same of the model that is compared with.
    let baseChoice: Int?
    /// The examples that had room before the question.
    let shots: Int
    /// Whether the beginning of the question itself had to go.
    let isCut: Bool
    /// Tokens run through the model.
    let tokens: Int
  }

  /// Answers a question.
  func answer(_ question: ChoiceTask.Question, of task: ChoiceTask) throws -> Answer {
    let room = min(
      model.transformer.configuration.contextLength, base?.configuration.contextLength ?? .max)
    var shots = task.examples.count
    var parts = try tokens(of: question, task, shots: shots)
    // As the authors do it: fewer examples where not all of them fit.
    while parts.needed > room, shots > 0 {
      shots -= 1
      parts = try tokens(of: question, task, shots: shots)
    }
    let isCut = parts.needed > room
    if isCut {
      let kept = parts.context.count - (parts.needed - room)
      guard kept >= 2 else {
        throw ModelError.contextTooLong(tokens: parts.needed, limit: room)
      }
      parts.context =
        beginning.map { [$0] + parts.context.suffix(kept - 1) } ?? Array(parts.context.suffix(kept))
    }
    let choice = try Self.best(model.transformer, parts)
    return Answer(
      choice: choice, baseChoice: try base.map { try Self.best($0, parts) }, shots: shots,
      isCut: isCut, tokens: parts.context.count + parts.choices.reduce(0) { $0 + $1.count })
  }

  private static func best(_ model: Transformer, _ parts: Parts) throws -> Int {
    let scores = try model.score(choices: parts.choices, after: parts.context)
    return scores.indices.max { first, second in
      // The first of equals.
      let (one, other) = (scores[first].logProbability, scores[second].logProbability)
      return one != other ? one < other : first > second
    } ?? 0
  }

  private struct Parts {
    var context: [Int]
    let choices: [[Int]]

    /// The positions that the longest answer needs; its last token is never run.
    var needed: Int { context.count + (choices.map(\.count).max() ?? 1) - 1 }
  }

  /// A prompt with each answer is encoded as one text and cut where the answers part ways from the
  /// prompt: an answer by itself would have other tokens.
  private func tokens(
    of question: ChoiceTask.Question, _ task: ChoiceTask, shots: Int
  ) throws -> Parts {
    let prompt = task.prompt(of: question, examples: shots)
    let alone = try model.tokenizer.encode(prompt)
    let whole = try question.choices.map { try model.tokenizer.encode(prompt + $0) }
    let shared = whole.reduce(alone.count) { shared, ids in
      min(shared, ids.count - 1, zip(alone, ids).prefix { $0 == $1 }.count)
    }
    let before = beginning.map { [$0] } ?? []
    guard shared > 0 || beginning != nil else { throw ModelError.noTokens }
    return Parts(
      context: before + alone.prefix(shared), choices: whole.map { Array($0.dropFirst(shared)) })
  }
}

/// The results of a task.
struct TaskFigures: Encodable, Sendable {
  let name: String
  /// Questions asked so far, and how many there are.
  let questions: Int
  let questionsInTask: Int
  let correct: Int
  let accuracy: Double
  let standardError: Double
  /// Examples there are to show before a question.
  let examples: Int
  /// The fewest of them that had room before a question.
  let shots: Int
  /// Questions before which not all of them had room.
  let shortened: Int
  /// Questions that had to be shortened.
  let cut: Int
  /// The share that the model compared with answers right.
  let baseAccuracy: Double?
  /// Questions that only one of the two answers right.
  let flips: Int?

  /// Sums up answers; nil without any.
  init?(_ task: ChoiceTask, _ answers: [ChoiceRunner.Answer]) {
    guard !answers.isEmpty else { return nil }
    let questions = task.questions
    let pairs = Array(zip(answers, questions))
    let count = Double(answers.count)
    name = task.name
    examples = task.examples.count
    shortened = answers.count { $0.shots < task.examples.count }
    self.questions = answers.count
    questionsInTask = questions.count
    correct = pairs.count { $0.choice == $1.answer }
    accuracy = Double(correct) / count
    // Of a share, questions taken as independent.
    standardError = (accuracy * (1 - accuracy) / max(1, count - 1)).squareRoot()
    shots = answers.map(\.shots).min() ?? 0
    cut = answers.count { $0.isCut }
    guard answers[0].baseChoice != nil else {
      baseAccuracy = nil
      flips = nil
      return
    }
    baseAccuracy = Double(pairs.count { $0.baseChoice == $1.answer }) / count
    flips = pairs.count { ($0.choice == $1.answer) != ($0.baseChoice == $1.answer) }
  }
}
