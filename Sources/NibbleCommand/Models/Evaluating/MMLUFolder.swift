import Fetching
import Foundation

/// MMLU as its authors lay it out: `dev/SUBJECT_dev.csv` holds examples, `test/SUBJECT_test.csv` questions.
///
/// The prompt is that of the authors' own evaluation: a sentence that names the subject, examples with
/// their answers, the question with its choices as A to D, and "Answer:"; the letter with the highest
/// probability counts. Files may have a header and answers 0 to 3, or no header and answers A to D.
///
/// Source: Hendrycks et al. 2020, arXiv:2009.03300.
enum MMLUFolder {
  private static let letters = ["A", "B", "C", "D"]

  /// The tasks of all subjects that `nibble fetch mmlu` brought.
  static func tasks(shots: Int) throws -> [ChoiceTask] {
    try tasks(in: fetched(), subject: nil, shots: shots)
  }

  /// The tasks of `DIR`, `DIR:SUBJECT`, or `SUBJECT` of what was fetched.
  static func tasks(of name: String, shots: Int) throws -> [ChoiceTask] {
    if isFolder(name) { return try tasks(in: name, subject: nil, shots: shots) }
    if let colon = name.lastIndex(of: ":") {
      return try tasks(
        in: String(name[..<colon]), subject: String(name[name.index(after: colon)...]),
        shots: shots)
    }
    // A word alone may be a subject; whatever has a slash was meant as a path.
    if !name.isEmpty, !name.contains("/") {
      return try tasks(in: fetched(), subject: name, shots: shots)
    }
    return try tasks(in: name, subject: nil, shots: shots)
  }

  /// Where `nibble fetch mmlu` puts it.
  private static func fetched() throws -> String {
    let entry = try Catalogue.entry(named: "mmlu")
    let cache = CacheFolder.standard
    guard let folder = entry.folders.first, cache.holds(entry) else {
      throw Failure(
        .noInput,
        "MMLU is not in the cache yet (\(cache.folder(of: entry))); run: nibble fetch \(entry.name), "
          + "or give a folder with mmlu:DIR")
    }
    return "\(cache.folder(of: entry))/\(folder.name)"
  }

  private static func tasks(
    in folder: String, subject: String?, shots: Int
  ) throws -> [ChoiceTask] {
    guard isFolder(folder + "/test") else {
      throw Failure(
        .noInput,
        "\(folder): no folder of MMLU; expected are \(folder)/test/SUBJECT_test.csv and "
          + "\(folder)/dev/SUBJECT_dev.csv")
    }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/test")) ?? [])
      .filter { $0.hasSuffix("_test.csv") }.map { String($0.dropLast(9)) }.sorted()
    guard !names.isEmpty else {
      throw Failure(.noInput, "\(folder)/test: no questions there; expected are SUBJECT_test.csv")
    }
    if let subject, !names.contains(subject) {
      throw Failure(
        .noInput,
        "\(folder)/test: no subject '\(subject)'; there are \(names.joined(separator: ", "))")
    }
    return try (subject.map { [$0] } ?? names).map {
      try task($0, in: folder, shots: shots)
    }
  }

  private static func task(_ subject: String, in folder: String, shots: Int) throws -> ChoiceTask {
    let questions = try items(of: "\(folder)/test/\(subject)_test.csv")
    let examples = shots == 0 ? [] : try items(of: "\(folder)/dev/\(subject)_dev.csv")
    guard examples.count >= shots else {
      throw Failure(
        .badData,
        "\(folder)/dev/\(subject)_dev.csv: has \(examples.count) examples and --shots is \(shots)")
    }
    let words = subject.replacingOccurrences(of: "_", with: " ")
    return ChoiceTask(
      name: "mmlu:\(subject)",
      heading: "The following are multiple choice questions (with answers) about \(words).\n\n",
      examples: examples.prefix(shots).map { "\($0.prompt)\($0.choices[$0.answer])\n\n" },
      questions: questions)
  }

  /// The questions of a file.
  private static func items(of path: String) throws -> [ChoiceTask.Question] {
    var records = try CSVRecords(TextFile.text(of: path), path: path).records
    if records.first?.fields.first == "question", records.first?.fields.last == "answer" {
      records.removeFirst()
    }
    guard !records.isEmpty else { throw Failure(.badData, "\(path): holds no question") }
    return try records.map { record in
      guard record.fields.count == 6 else {
        throw Failure(
          .badData,
          "\(path):\(record.line): \(record.fields.count) fields; expected a question, four choices and "
            + "the answer")
      }
      let text = record.fields[5].trimmingCharacters(in: .whitespaces)
      guard let answer = letters.firstIndex(of: text) ?? ["0", "1", "2", "3"].firstIndex(of: text)
      else {
        throw Failure(
          .badData, "\(path):\(record.line): the answer is '\(text)'; expected 0 to 3, or A to D")
      }
      let choices = zip(letters, record.fields[1...4]).map { "\n\($0). \($1)" }.joined()
      return ChoiceTask.Question(
        prompt: "\(record.fields[0])\(choices)\nAnswer:", choices: letters.map { " " + $0 },
        answer: answer)
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
