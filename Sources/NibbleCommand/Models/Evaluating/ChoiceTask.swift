import Corpora
import Foundation

/// Questions of one subject, each with answers of which a model should hold one most probable.
struct ChoiceTask: Sendable {
  /// One question.
  struct Question: Sendable {
    /// What the model reads before the answer, the examples left out.
    let prompt: String
    /// The answers as they follow the prompt.
    let choices: [String]
    /// The place of the right one.
    let answer: Int
  }

  /// The task's name in results: `mmlu:astronomy`, `questions:where`.
  let name: String
  /// What stands before everything.
  let heading: String
  /// Answered examples, each a whole text; fewer are shown where a model has too few positions.
  let examples: [String]
  let questions: [Question]

  /// What the model reads with so many examples.
  func prompt(of question: Question, examples count: Int) -> String {
    heading + examples.prefix(count).joined() + question.prompt
  }

  /// The tasks of a list as `--tasks` takes it.
  ///
  /// - Parameters:
  ///   - list: `mmlu`, `mmlu:SUBJECT`, `mmlu:DIR`, `mmlu:DIR:SUBJECT` and `questions:FILE.jsonl`, with
  ///     commas between them.
  ///   - shots: How many examples precede a question of MMLU.
  ///   - limit: Questions of each task; nil for all.
  /// - Returns: At least one task.
  /// - Throws: `Failure`.
  static func named(_ list: String, shots: Int, limit: Int?) throws -> [ChoiceTask] {
    let names = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    let tasks = try names.flatMap { name -> [ChoiceTask] in
      if name == "mmlu" { return try MMLUFolder.tasks(shots: shots) }
      if name.hasPrefix("mmlu:") {
        return try MMLUFolder.tasks(of: String(name.dropFirst(5)), shots: shots)
      }
      if name.hasPrefix("questions:") { return try questions(in: String(name.dropFirst(10))) }
      throw Failure(
        .usage,
        "--tasks: there is no task '\(name)'; give mmlu, mmlu:SUBJECT, mmlu:DIR, mmlu:DIR:SUBJECT or "
          + "questions:FILE.jsonl"
      )
    }
    guard !tasks.isEmpty else { throw Failure(.usage, "--tasks names no task") }
    return tasks.map { task in
      ChoiceTask(
        name: task.name, heading: task.heading, examples: task.examples,
        questions: limit.map { Array(task.questions.prefix($0)) } ?? task.questions)
    }
  }

  /// A file of questions as `Datasets` has them: one JSON object a line, a task a topic.
  private static func questions(in path: String) throws -> [ChoiceTask] {
    let decoder = JSONDecoder()
    var topics: [String: [Question]] = [:]
    for (number, line) in try TextFile.text(of: path).split(
      separator: "\n", omittingEmptySubsequences: false
    ).enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let found = try? decoder.decode(MultipleChoiceQuestion.self, from: Data(line.utf8)),
        found.choices.indices.contains(found.answer), found.choices.allSatisfy({ !$0.isEmpty })
      else {
        throw Failure(
          .badData,
          "\(path):\(number + 1): not a question; expected {\"topic\": …, \"context\": …, \"choices\": "
            + "[…], \"answer\": the place of the right choice, from 0}")
      }
      topics[found.topic, default: []].append(
        Question(prompt: found.context, choices: found.choices, answer: found.answer))
    }
    guard !topics.isEmpty else { throw Failure(.badData, "\(path): holds no question") }
    return topics.sorted { $0.key < $1.key }.map {
      ChoiceTask(name: "questions:\($0.key)", heading: "", examples: [], questions: $0.value)
    }
  }
}
