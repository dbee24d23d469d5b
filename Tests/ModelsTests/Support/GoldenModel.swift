import Foundation
import Models
import Tensors
import Testing

/// A tiny model of `Tests/Goldens/models`, with the logits another framework computed.
struct GoldenModel {
  let model: Transformer
  let tokens: [Int]
  let logits: Matrix

  /// The models that `make.py` wrote.
  static let names = [
    "opt", "opt-post-norm", "llama", "llama-3-scaling", "llama-linear-scaling", "mistral", "qwen2",
    "gpt2",
  ]

  init(_ name: String) throws {
    let folder = Self.folder(name)
    model = try Transformer(path: folder)
    let expected = try SafetensorsFile(path: folder + "/expected.safetensors")
    tokens = try expected.integers(named: "ids").map { Int($0) }
    logits = try expected.matrix(named: "logits")
    try #require(tokens.count == 24 && logits.rows == 24)
  }

  static func folder(_ name: String, from file: String = #filePath) -> String {
    var folder = URL(fileURLWithPath: file)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Goldens/models/\(name)").path
  }

  static func tensors(_ name: String) throws -> Checkpoint {
    try Checkpoint(path: folder(name))
  }

  static func configuration(_ name: String) throws -> ModelConfiguration {
    try ModelConfiguration(path: folder(name) + "/config.json")
  }
}
