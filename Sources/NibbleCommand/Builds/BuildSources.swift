import Corpora
import Fetching
import Foundation
import Models
import Pipelines
import Tokenizers

/// A model of a build: the course's own by name, or any other.
struct BuildModel {
  /// What it was called.
  let name: String
  let path: String
  let source: SourceModel
  let tokenizer: Tokenizer

  /// The course's own models.
  static let embedded = ["llama", "opt"]

  /// Opens a model.
  ///
  /// - Parameter name: `llama`, `opt`, a path, or a name that `nibble fetch` knows.
  /// - Throws: `Failure` where nothing is there, and what reading throws.
  init(_ name: String) throws {
    self.name = name.lastPathName.isEmpty ? name : name.lastPathName
    path = try Self.path(of: name)
    source = try SourceModel(path: path)
    tokenizer = try Tokenizer.ofModel(at: path)
  }

  var model: Transformer { source.model }

  /// Tokens of a window: as asked, or as many as the model has positions, up to 2048.
  func length(_ asked: Int?) -> Int { asked ?? min(2048, model.configuration.contextLength) }

  private static func path(of name: String) throws -> String {
    guard embedded.contains(name), !FileManager.default.fileExists(atPath: name) else {
      return try ModelPath.resolve(name)
    }
    let places = ["Datasets", Installation.share.map { $0 + "/Datasets" }].compactMap { $0 }
    let found = places.map { "\($0)/models/\(name)" }.first {
      FileManager.default.fileExists(atPath: $0)
    }
    guard let found else {
      throw Failure(
        .noInput,
        "the course's model \(name) is neither in Datasets/models here nor beside an installed nibble; run this in "
          + "the course's folder, or give a model's folder with --model")
    }
    return found
  }
}

/// The text of a build.
enum BuildText {
  /// Tokens enough for a study.
  ///
  /// - Parameters:
  ///   - dataset: `stories`, `ledgers`, a data set in the cache, or a file.
  ///   - model: Whose tokenizer reads it.
  ///   - samples: Calibration windows of a run.
  ///   - length: Tokens of a window.
  ///   - testWindows: Windows that models are judged by.
  /// - Returns: A text in two parts.
  /// - Throws: `Failure` where there is no such text.
  static func text(
    _ dataset: String, for model: BuildModel, samples: Int, length: Int, testWindows: Int
  ) throws -> StudyText {
    let prefix = model.tokenizer.template.prefix
    let name = dataset.lastPathName
    if let supply = GrammarSupply(dataset, seed: 1) {
      // Three times what a run draws, so that seeds draw different windows.
      return StudyText(
        name: name,
        calibration: try told(supply, .validation, tokens: 3 * samples * length, model.tokenizer),
        test: try told(supply, .test, tokens: (testWindows + 1) * length, model.tokenizer),
        prefix: prefix)
    }
    let isName = !dataset.contains("/") && !dataset.contains(".")
    guard isName, !FileManager.default.fileExists(atPath: dataset) else {
      return StudyText(
        name: name, halving: try model.tokenizer.encode(try TextFile.text(of: dataset)),
        prefix: prefix)
    }
    let test = try EvaluationText(dataset: dataset, for: .gptq(window: length)).text
    let spelled = (try? Catalogue.entry(named: dataset))?.name ?? dataset
    let training = "\(CacheFolder.standard.datasets)/\(spelled)/wiki.train.raw"
    guard FileManager.default.fileExists(atPath: training) else {
      return StudyText(name: name, halving: try model.tokenizer.encode(test), prefix: prefix)
    }
    // Ten letters a token are more than enough.
    let part = try TextFile.text(of: training).prefix(30 * samples * length)
    return StudyText(
      name: name, calibration: try model.tokenizer.encode(EvaluationText.joined(String(part))),
      test: try model.tokenizer.encode(test), prefix: prefix)
  }

  /// Passages of a split until there are so many tokens.
  private static func told(
    _ supply: GrammarSupply, _ split: CorpusSplit, tokens: Int, _ tokenizer: Tokenizer
  ) throws -> [Int] {
    var ids: [Int] = []
    var place = 0
    while ids.count < tokens {
      let count = max(8, (tokens - ids.count) / 150)
      let text = (place..<place + count).map { supply.passage($0, split).text }.joined()
      ids += try tokenizer.encode(text)
      place += count
    }
    return ids
  }
}
