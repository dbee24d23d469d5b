import ArgumentParser
import Corpora
import Foundation
import Models
import Pipelines
import Tokenizers

/// Where the texts come from that a model is quantized on.
struct CalibrationFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      What methods look at and errors are measured on: a text in UTF-8, a .json with token ids (a list, or \
      lists), stories or ledgers (texts of our own grammars), or a data set in the cache.
      """, valueName: "file|name"))
  var calibration: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many windows of the text (default 128).", valueName: "count"))
  var samples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Tokens of a window (default 2048, or the model's positions if fewer); of several lists of token ids, those \
      that are longer are cut to so many; without this option none is cut.
      """, valueName: "tokens"))
  var sequenceLength: Int?

  @Flag(
    exclusivity: .exclusive,
    help: "Put the beginning token before every window, or not (default: as the tokenizer asks).")
  var beginning: BeginningFlag?

  func validate() throws {
    for (name, value) in [("--samples", samples), ("--sequence-length", sequenceLength)] {
      // More than any calibration has, and few enough to be multiplied.
      if let value, !(1...1 << 24).contains(value) {
        throw ValidationError("\(name) must be 1 to \(1 << 24), not \(value)")
      }
    }
    if calibration == nil, samples != nil || sequenceLength != nil || beginning != nil {
      throw ValidationError("--samples, --sequence-length and --bos go with --calibration")
    }
  }

  /// Tokens of a window, for a model with so many positions.
  func length(positions: Int) -> Int { sequenceLength ?? min(2048, positions) }

  var count: Int { samples ?? 128 }

  /// The windows, or nil where there is no calibration.
  func set(for model: Transformer, tokenizer: Tokenizer?, path: String, seed: UInt64) throws
    -> CalibrationSet?
  {
    guard let calibration else { return nil }
    let length = length(positions: model.configuration.contextLength)
    guard length <= model.configuration.contextLength else {
      throw Failure(
        .usage,
        "--sequence-length \(length): the model has \(model.configuration.contextLength) positions")
    }
    let prefix = try prefix(tokenizer, model, path)
    if calibration.hasSuffix(".json") {
      var lists = try TokenFile.sequences(calibration)
      let areSeveral = lists.count > 1
      if areSeveral {
        lists = Array(lists.prefix(samples ?? lists.count))
        try cut(&lists)
      }
      try TokenFile.check(lists, of: calibration, model.configuration, areSeveral: areSeveral)
      if areSeveral {
        return try CalibrationSet(name: name(calibration), sequences: lists)
      }
      return try CalibrationSet(
        windowsOf: lists[0], name: name(calibration), count: count, length: length, prefix: prefix,
        seed: seed)
    }
    guard let tokenizer else {
      throw Failure(
        .noInput,
        "\(path): there is no tokenizer beside the model, and \(calibration) is text; give token ids in a .json"
      )
    }
    let text = try text(calibration, tokens: count * length)
    return try CalibrationSet(
      windowsOf: try tokenizer.encode(text), name: name(calibration), count: count, length: length,
      prefix: prefix, seed: seed)
  }

  /// Cuts lists that were chosen elsewhere to the length that was asked for, and says how many; refuses `--bos`, since
  /// nothing is put before them.
  private func cut(_ lists: inout [[Int]]) throws {
    if beginning == .bos {
      throw Failure(
        .usage,
        "--bos: several lists of token ids are taken as they are; put the beginning token into \(calibration ?? "")"
      )
    }
    guard let sequenceLength else { return }
    let longer = lists.count { $0.count > sequenceLength }
    guard longer > 0 else { return }
    lists = lists.map { Array($0.prefix(sequenceLength)) }
    Output.note(
      "--sequence-length \(sequenceLength): \(longer) of \(Figures.count(lists.count, "list")) in "
        + "\(calibration ?? "") are longer, and cut to their first \(sequenceLength) tokens")
  }

  private func prefix(_ tokenizer: Tokenizer?, _ model: Transformer, _ path: String) throws -> [Int]
  {
    switch beginning {
    case .noBos: return []
    case nil: return tokenizer?.template.prefix ?? []
    case .bos:
      guard let token = tokenizer?.specialIDs.begin ?? model.configuration.beginningToken else {
        throw Failure(
          .usage, "--bos: neither tokenizer nor configuration of \(path) names a beginning token")
      }
      return [token]
    }
  }

  /// A grammar's text is as long as it needs to be; validation is the split that quantization may look at.
  private func text(_ calibration: String, tokens: Int) throws -> String {
    if let supply = GrammarSupply(calibration, seed: 1) {
      var (text, index) = ("", 0)
      while text.utf8.count < 8 * tokens {  // a token of ours is about four letters
        text += supply.passage(index, .validation).text
        index += 1
      }
      return text
    }
    if FileManager.default.fileExists(atPath: calibration) {
      return try TextFile.text(of: calibration)
    }
    guard !calibration.contains("/"), !calibration.contains(".") else {
      return try TextFile.text(of: calibration)  // with the reader's words for what is missing
    }
    return try EvaluationText(dataset: calibration, for: .strided(window: 2048, stride: 2048)).text
  }

  private func name(_ calibration: String) -> String {
    calibration.lastPathName
  }
}

/// Token ids in a file of JSON.
enum TokenFile {
  /// A list of ids, or a list of lists.
  static func sequences(_ path: String) throws -> [[Int]] {
    let data = Data(try TextFile.bytes(of: path))
    let decoder = JSONDecoder()
    if let lists = try? decoder.decode([[Int]].self, from: data), !lists.isEmpty { return lists }
    if let list = try? decoder.decode([Int].self, from: data), !list.isEmpty { return [list] }
    throw Failure(
      .badData, "\(path): token ids are a list of whole numbers, or a list of such lists")
  }

  /// Refuses what a model cannot be given: ids that it does not have, empty lists, lists longer than its positions.
  ///
  /// One list alone is cut into windows, and may be as long as it likes.
  static func check(
    _ lists: [[Int]], of path: String, _ shape: ModelConfiguration, areSeveral: Bool
  ) throws {
    for (number, list) in lists.enumerated() {
      let name = areSeveral ? "list \(number + 1): " : ""
      if list.isEmpty { throw Failure(.badData, "\(path): \(name)there are no token ids in it") }
      if let place = list.firstIndex(where: { !(0..<shape.vocabularySize).contains($0) }) {
        throw Failure(
          .badData,
          "\(path): \(name)the id \(list[place]) at position \(place) is not in the model's vocabulary, 0 to "
            + "\(shape.vocabularySize - 1)")
      }
      if areSeveral, list.count > shape.contextLength {
        throw Failure(
          .badData,
          "\(path): \(name)\(list.count) token ids are more than the model's \(shape.contextLength) positions; cut it "
            + "with --sequence-length, or give all ids as one list, which is cut into windows")
      }
    }
  }
}
