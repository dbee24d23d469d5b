import Corpora
import Foundation
import Models
import Pipelines

/// Questions of a grammar in MMLU's files, asked twice: by letters, as MMLU does, and by the answers' own words.
struct BuildQuestions {
  /// How one model did in one way.
  struct Score: Encodable {
    let model: String
    /// `letters`, as MMLU is asked, or `words`.
    let way: String
    let right: ShareInterval
    /// Questions that only one of this and the float model answers right; nil for the float model.
    let flips: Int?
  }

  private let questions: [MultipleChoiceQuestion]
  /// Examples before a question of MMLU's format; as many as a small model has room for.
  private static let shots = 1

  /// Questions of a grammar; nil for a text of another origin.
  init?(_ dataset: String, count: Int) {
    guard let supply = GrammarSupply(dataset, seed: 1) else { return nil }
    let found = supply.questions(count + Self.shots).filter { $0.choices.count == 4 }
    guard found.count > Self.shots else { return nil }
    questions = found
  }

  /// Writes `mmlu/dev` and `mmlu/test` as MMLU's authors lay them out.
  func write(to folder: BuildFolder, subject: String) throws {
    try folder.write(
      Self.table(questions.prefix(Self.shots)), to: "mmlu/dev/\(subject)_dev.csv")
    try folder.write(
      Self.table(questions.dropFirst(Self.shots)), to: "mmlu/test/\(subject)_test.csv")
  }

  private static func table(_ questions: some Sequence<MultipleChoiceQuestion>) -> String {
    questions.map { question in
      let fields =
        [question.context] + question.choices.map { $0.trimmingCharacters(in: .whitespaces) }
        + ["ABCD".map(String.init)[question.answer]]
      return fields.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }
        .joined(separator: ",")
    }.joined(separator: "\n") + "\n"
  }

  /// Asks models, the first of them the float one.
  ///
  /// - Parameters:
  ///   - models: Each with its name.
  ///   - opened: The tokenizer and the path of all.
  ///   - folder: Where ``write(to:subject:)`` wrote.
  /// - Returns: Each model in each way.
  /// - Throws: What asking throws.
  func scores(
    of models: [(name: String, model: Transformer)], _ opened: TextModel, in folder: BuildFolder
  ) throws -> [Score] {
    let lettered = try MMLUFolder.tasks(of: folder.work + "/mmlu", shots: Self.shots)
    let spoken = ChoiceTask(
      name: "words", heading: "", examples: [],
      questions: questions.dropFirst(Self.shots).map {
        .init(prompt: $0.context, choices: $0.choices, answer: $0.answer)
      })
    var scores: [Score] = []
    for (way, tasks) in [("letters", lettered), ("words", [spoken])] {
      var first: [Bool]?
      for (name, model) in models {
        let asker = ChoiceAsker(model: model, opened: opened)
        var right: [Bool] = []
        for task in tasks {
          for question in task.questions {
            right.append(try asker.choice(question, of: task) == question.answer)
          }
        }
        let flips = first.map { zip($0, right).count { $0 != $1 } }
        first = first ?? right
        scores.append(
          Score(
            model: name, way: way,
            right: ShareInterval(right.count { $0 }, of: right.count), flips: flips))
      }
    }
    return scores
  }
}

/// Asks one model with a tokenizer it shares with others.
private struct ChoiceAsker {
  let model: Transformer
  let opened: TextModel

  /// The choice that the model holds most probable.
  func choice(_ question: ChoiceTask.Question, of task: ChoiceTask) throws -> Int {
    // The runner compares two models in one pass: the second is the one that is asked here.
    let runner = ChoiceRunner(model: opened, base: model, beginning: opened.beginningToken)
    let answer = try runner.answer(question, of: task)
    return answer.baseChoice ?? answer.choice
  }
}
