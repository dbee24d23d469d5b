import Foundation
import Models
import Tensors
import Testing

/// stories260K in llama2.c's first format, under the names of Hugging Face's Llama.
struct StoriesModel: TensorSource {
  static let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"].map { $0 + "/tiny-lm/" }

  /// What its author printed, and what a NumPy pass in double precision found.
  struct Expected: Decodable {
    let text: String
    let tokens: [Int]
    let meanLoss: Double

    enum CodingKeys: String, CodingKey {
      case text
      case tokens = "token_ids"
      case meanLoss = "mean_nll_nats"
    }
  }

  let path: String
  private let tensors: [String: (shape: [Int], matrix: Matrix)]

  init(folder: String) throws {
    path = folder + "stories260K.bin"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let header = bytes.withUnsafeBytes { raw in
      (0..<7).map { Int(raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    }
    let (dim, hidden, layers, heads, keyHeads, vocabulary) = (
      header[0], header[1], header[2], header[3], header[4], header[5]
    )
    let keyWidth = dim / heads * keyHeads
    let floats = bytes.dropFirst(28).withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    var place = 0
    var found: [String: (shape: [Int], matrix: Matrix)] = [:]
    func take(_ name: String, _ shape: [Int]) throws {
      let rows = shape.count == 1 ? 1 : shape[0]
      let columns = shape[shape.count - 1]
      let next = place + rows * columns
      found[name] = (
        shape, try Matrix(rows: rows, columns: columns, elements: Array(floats[place..<next]))
      )
      place = next
    }
    func takeLayers(_ name: String, _ shape: [Int]) throws {
      for layer in 0..<layers { try take("model.layers.\(layer).\(name).weight", shape) }
    }
    try take("model.embed_tokens.weight", [vocabulary, dim])
    try takeLayers("input_layernorm", [dim])
    try takeLayers("self_attn.q_proj", [dim, dim])
    try takeLayers("self_attn.k_proj", [keyWidth, dim])
    try takeLayers("self_attn.v_proj", [keyWidth, dim])
    try takeLayers("self_attn.o_proj", [dim, dim])
    try takeLayers("post_attention_layernorm", [dim])
    try takeLayers("mlp.gate_proj", [hidden, dim])
    try takeLayers("mlp.down_proj", [dim, hidden])
    try takeLayers("mlp.up_proj", [hidden, dim])
    try take("model.norm.weight", [dim])
    tensors = found
  }

  var names: [String] { tensors.keys.sorted() }
  func info(_ name: String) -> (shape: [Int], type: String)? {
    tensors[name].map { ($0.shape, "F32") }
  }
  func matrix(_ name: String) throws(ModelError) -> Matrix {
    guard let tensor = tensors[name] else { throw missing(name) }
    return tensor.matrix
  }

  /// The model; its rotary pairs are neighbours.
  static func load(_ folder: String) throws -> Transformer {
    var configuration = try ModelConfiguration(
      json: Array(
        #"""
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 172, "vocab_size": 512,
         "num_hidden_layers": 5, "num_attention_heads": 8, "num_key_value_heads": 4,
         "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
        """#.utf8))
    configuration.positions = .rotary(RotaryEmbedding(layout: .interleaved))
    return try Transformer(configuration, from: StoriesModel(folder: folder))
  }

  static func expected(_ folder: String) throws -> Expected {
    try JSONDecoder().decode(
      Expected.self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "stories260K.expected.json")))
  }

  /// The pieces of `tok512.bin`, by token.
  static func pieces(_ folder: String) throws -> [String] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "tok512.bin")))
    var pieces: [String] = []
    var place = 4
    while place + 8 <= bytes.count {
      let length = Int(bytes[place + 4]) | Int(bytes[place + 5]) << 8
      pieces.append(String(decoding: bytes[place + 8..<place + 8 + length], as: UTF8.self))
      place += 8 + length
    }
    return pieces
  }
}
