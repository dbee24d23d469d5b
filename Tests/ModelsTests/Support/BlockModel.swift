import Foundation
import Models
import Quantization
import Tensors
import Testing

/// Llamas in GGUF files whose matrices are blocks.
enum BlockModel {
  /// What `Tests/Goldens/models/make_gguf.py` wrote: sixteen types of blocks in one file.
  static var golden: String { GoldenModel.folder("gguf-blocks") + "/model.gguf" }

  /// The tokens of the golden file and the logits another framework computed.
  static func expected() throws -> (tokens: [Int], logits: Matrix) {
    let file = try SafetensorsFile(
      path: GoldenModel.folder("gguf-blocks") + "/expected.safetensors")
    return (
      try file.integers(named: "ids").map { Int($0) }, try file.matrix(named: "logits")
    )
  }

  /// A Llama of one block with rows of 256, which every format tiles.
  static let configuration: ModelConfiguration = {
    let json = """
      {"model_type": "llama", "hidden_size": 256, "num_attention_heads": 4,
       "num_key_value_heads": 2, "num_hidden_layers": 1, "intermediate_size": 512,
       "vocab_size": 48, "max_position_embeddings": 64, "tie_word_embeddings": true}
      """
    do {
      return try ModelConfiguration(json: Array(json.utf8))
    } catch { preconditionFailure("\(error)") }
  }()

  /// Writes that Llama with random weights, and lends the file's path: its matrices in a format, or,
  /// with `decoding`, the numbers that a format's blocks stand for, as F32.
  static func withFile<Result>(
    _ format: BlockFormat?, decoding: BlockFormat? = nil, seed: UInt64 = 7,
    _ body: (String) throws -> Result
  ) throws -> Result {
    let source = RandomTensors(configuration, seed: seed)
    var writer = GGUFWriter()
    try setKeys(of: configuration, in: &writer)
    let float32 = try #require(GGUFTensorType(named: "f32"))
    for name in source.names {
      let matrix = try source.matrix(name)
      let shape = try #require(source.info(name)?.shape)
      let theirs = try GGUFModelTests.name(name)
      guard let format = format ?? decoding, shape.count == 2 else {
        try writer.add(
          theirs, shape: shape, type: float32, bytes: matrix.elements.withUnsafeBytes { Array($0) })
        continue
      }
      let blocks = try format.quantized(matrix)
      if decoding == nil {
        let type = try #require(GGUFTensorType(named: format.name))
        try writer.add(theirs, shape: shape, type: type, bytes: blocks.bytes)
      } else {
        try writer.add(theirs, format.dequantized(blocks))
      }
    }
    return try withFile(writer, body)
  }

  /// The keys a Llama of a shape has.
  static func setKeys(of shape: ModelConfiguration, in writer: inout GGUFWriter) throws {
    try writer.set("general.architecture", .string("llama"))
    for (key, value) in [
      ("embedding_length", shape.hiddenSize), ("block_count", shape.layerCount),
      ("attention.head_count", shape.headCount),
      ("attention.head_count_kv", shape.keyValueHeadCount),
      ("feed_forward_length", shape.feedForwardSize), ("context_length", shape.contextLength),
    ] { try writer.set("llama." + key, .integer(Int64(value))) }
    try writer.set("llama.attention.layer_norm_rms_epsilon", .number(1e-6))
  }

  /// Writes a file, lends its path, and takes it away.
  static func withFile<Result>(
    _ writer: GGUFWriter, _ body: (String) throws -> Result
  ) throws -> Result {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("blocks-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try writer.write(to: path)
    return try body(path)
  }
}
