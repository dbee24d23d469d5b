import Course
import Digests
import Foundation
import Models

/// What an evaluation has found so far; kept in the cache, so that a stopped one goes on.
struct EvaluationState: Codable, Sendable {
  var sums = EvaluationSums()
  /// The perplexity after each window.
  var perplexities: [Double] = []
  /// The answers to each task's questions, in order.
  var answers: [String: [ChoiceRunner.Answer]] = [:]

  /// Whether anything has been measured.
  var isEmpty: Bool { sums.windows == 0 && answers.values.allSatisfy(\.isEmpty) }
}

/// Where a state is kept: in the cache, under the hash of all it depends on.
///
/// It is whole or not there; one that does not read is as good as none, and where the cache cannot be
/// written an evaluation cannot be resumed, and nothing else is lost.
struct EvaluationStateFile: Sendable {
  let path: String

  /// The file for an evaluation.
  ///
  /// - Parameters:
  ///   - models: The paths of the models; files that changed since make another key.
  ///   - reading: The ids of the text, and so the tokenizer, and the protocol.
  ///   - tasks: The tasks with their questions.
  ///   - beginning: The token before text and prompts.
  init(models: [String], reading: EvaluationJob.Reading?, tasks: [ChoiceTask], beginning: Int?) {
    var hash = SHA256()
    func add(_ text: String) { hash.update(Array("\(text)\u{0}".utf8)) }
    add("evaluation 1, nibble \(Version.text), beginning \(beginning ?? -1)")
    for model in models { add(Self.stamp(of: model)) }
    if let reading {
      add(reading.usedProtocol.name)
      reading.ids.withUnsafeBytes { hash.update($0) }
    }
    for task in tasks {
      add(task.name + task.heading + task.examples.joined())
      for question in task.questions {
        add(question.prompt + question.choices.joined(separator: "\n"))
      }
    }
    let folder = ResultStore.standard(environment: ProcessInfo.processInfo.environment).folder
    path = "\(folder)/evaluations/\(hash.finalized()).json"
  }

  /// The state that was kept; nil where there is none.
  func read() -> EvaluationState? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return FileManager.default.contents(atPath: path)
      .flatMap { try? decoder.decode(EvaluationState.self, from: $0) }
  }

  /// Keeps a state; false where that cannot be done.
  @discardableResult
  func write(_ state: EvaluationState) -> Bool {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let data = try? encoder.encode(state) else { return false }
    do {
      try OutputFolder.make(OutputFolder.parent(of: path))
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      return false
    }
    return true
  }

  /// Forgets the state.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// What tells a model from what it was before: its files' names, sizes and times of change.
  private static func stamp(of path: String) -> String {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: path, isDirectory: &isFolder) else { return path }
    let names =
      isFolder.boolValue ? ((try? files.contentsOfDirectory(atPath: path)) ?? []).sorted() : []
    let whole = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    let stamps = (names.isEmpty ? [whole] : names.map { "\(whole)/\($0)" }).map { file in
      let attributes = try? files.attributesOfItem(atPath: file)
      let size = attributes?[.size] as? Int ?? 0
      let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(file) \(size) \(time)"
    }
    return stamps.joined(separator: "\n")
  }
}
