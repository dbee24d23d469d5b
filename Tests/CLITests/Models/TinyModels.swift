import Foundation
import TestSupport
import Testing

/// The tiny random models of `Tests/Goldens/models`, with a tokenizer that can be done by hand.
///
/// Their 96 tokens are the 94 printable characters of ASCII from "!" on, the space and the line feed: a
/// character is a token, and its id is its code less 33, 94 or 95.
struct TinyModels {
  private let folder: TemporaryFolder

  init(in folder: TemporaryFolder) {
    self.folder = folder
  }

  /// A folder with configuration, weights and, if wanted, the tokenizer.
  ///
  /// `configured` holds values of `config.json` that are to be others.
  func model(
    _ name: String, withTokenizer: Bool = true, configured values: [String: Any] = [:]
  ) throws -> String {
    let path = try folder.folder(name + (withTokenizer ? "" : "-alone"))
    for file in ["config.json", "model.safetensors"] {
      let target = path + "/" + file
      if !FileManager.default.fileExists(atPath: target) {
        try FileManager.default.copyItem(
          at: TestFiles.golden("models/\(name)/\(file)"), to: URL(fileURLWithPath: target))
      }
    }
    if !values.isEmpty {
      let file = URL(fileURLWithPath: path + "/config.json")
      let old = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
      let new = try #require(old).merging(values) { $1 }
      try JSONSerialization.data(withJSONObject: new).write(to: file)
    }
    if withTokenizer {
      try Self.tokenizer.write(
        toFile: path + "/tokenizer.json", atomically: true, encoding: .utf8)
    }
    return path
  }

  /// Ids and logits that transformers computed.
  struct Expected {
    let ids: [Int]
    let logits: [[Float]]
  }

  static func expected(_ name: String) throws -> Expected {
    let stored = try StoredTensors(
      path: TestFiles.golden("models/\(name)/expected.safetensors").path)
    let ids = try #require(stored.tensors["ids"])
    let logits = try #require(stored.tensors["logits"])
    return Expected(
      ids: stride(from: 0, to: ids.bytes.count, by: 8).map { Int(ids.bytes[$0]) },
      logits: rows(logits))
  }

  /// A tensor's rows.
  static func rows(_ tensor: StoredTensors.Tensor) -> [[Float]] {
    let (floats, width) = (tensor.floats, tensor.shape[1])
    return (0..<tensor.shape[0]).map { Array(floats[$0 * width..<($0 + 1) * width]) }
  }

  /// The text of ids.
  static func text(_ ids: [Int]) -> String {
    String(decoding: ids.map { $0 < 94 ? UInt8($0 + 33) : $0 == 94 ? 32 : 10 }, as: UTF8.self)
  }

  /// The ids of a text of ASCII.
  static func ids(_ text: String) -> [Int] {
    text.utf8.map { $0 == 32 ? 94 : $0 == 10 ? 95 : Int($0) - 33 }
  }

  /// ln of the probabilities of a row of logits.
  static func logProbabilities(_ logits: [Float]) -> [Double] {
    let highest = Double(logits.max() ?? 0)
    let sum = logits.reduce(0) { $0 + exp(Double($1) - highest) }
    return logits.map { Double($0) - highest - log(sum) }
  }

  private static let tokenizer: String = {
    // In GPT-2's alphabet a space is written Ġ and a line feed Ċ.
    let pieces = (33...126).map { String(UnicodeScalar(UInt8($0))) } + ["Ġ", "Ċ"]
    let vocabulary = pieces.enumerated().map { id, piece in
      let isEscaped = piece == "\"" || piece == "\\"
      return "\"\(isEscaped ? "\\" : "")\(piece)\": \(id)"
    }
    return """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
       "normalizer": null,
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
       "post_processor": null,
       "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
       "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": {\(vocabulary.joined(separator: ", "))}, "merges": []}}
      """
  }()
}

/// Real data that others made, where this machine has it.
enum RealData {
  static let folder = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"]
  static let reason: Comment = "NIBBLE_TEST_DATA is not set"
}
