import Foundation
import Models
import Tensors

/// A model of a published one's shape with random weights, the same each time.
struct RandomModel: TensorSource {
  let path = "random weights"
  /// What `config.json` says.
  let configuration: String
  private let matrices: [String: (shape: [Int], matrix: Matrix)]

  private init(configuration: String, shapes: [Shape]) {
    self.configuration = configuration
    matrices = Dictionary(
      uniqueKeysWithValues: shapes.enumerated().map { index, tensor in
        let matrix = Matrix(
          rows: tensor.sizes.count == 1 ? 1 : tensor.sizes[0],
          columns: tensor.sizes[tensor.sizes.count - 1],
          drawnFrom: .normal(mean: tensor.isGain ? 1 : 0, deviation: 0.02), seed: UInt64(index))
        return (tensor.name, (tensor.sizes, matrix))
      })
  }

  var names: [String] { matrices.keys.sorted() }
  func info(_ name: String) -> (shape: [Int], type: String)? {
    matrices[name].map { ($0.shape, "F32") }
  }
  func matrix(_ name: String) throws(ModelError) -> Matrix {
    guard let found = matrices[name] else { throw missing(name) }
    return found.matrix
  }

  /// The model in memory, in single precision.
  func model() throws -> Transformer {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-bench-\(UUID().uuidString).json")
    try Data(configuration.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try Transformer(ModelConfiguration(path: file.path), from: self)
  }

  /// Writes the model's folder in half precision.
  func write(to folder: String) throws {
    var writer = SafetensorsWriter()
    for (name, tensor) in matrices {
      try writer.add(name, shape: tensor.shape, tensor.matrix.elements, as: .float16)
    }
    try writer.write(to: folder + "/model.safetensors")
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder + "/config.json"))
  }

  /// A tensor's name and sizes, and whether it multiplies what a norm has made, so that it is near 1.
  private struct Shape {
    let name: String
    let sizes: [Int]
    var isGain = false
  }

  /// The shape of facebook/opt-125m: 768 wide, 50,272 tokens.
  ///
  /// - Parameter blocks: The number of blocks; the published model has 12.
  /// - Returns: The model.
  static func opt(blocks: Int = 12) -> RandomModel {
    let start = "model.decoder."
    var shapes = [
      Shape(name: start + "embed_tokens.weight", sizes: [50_272, 768]),
      Shape(name: start + "embed_positions.weight", sizes: [2050, 768]),
    ]
    func add(_ name: String, _ sizes: [Int], isGain: Bool = false) {
      shapes.append(Shape(name: start + name + ".weight", sizes: sizes, isGain: isGain))
      shapes.append(Shape(name: start + name + ".bias", sizes: [sizes[0]]))
    }
    add("final_layer_norm", [768], isGain: true)
    for layer in 0..<blocks {
      for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        add("layers.\(layer).self_attn.\(part)", [768, 768])
      }
      add("layers.\(layer).fc1", [3072, 768])
      add("layers.\(layer).fc2", [768, 3072])
      add("layers.\(layer).self_attn_layer_norm", [768], isGain: true)
      add("layers.\(layer).final_layer_norm", [768], isGain: true)
    }
    return RandomModel(
      configuration: """
        {"model_type": "opt", "hidden_size": 768, "num_attention_heads": 12,
         "num_hidden_layers": \(blocks), "ffn_dim": 3072, "vocab_size": 50272,
         "max_position_embeddings": 2048}
        """, shapes: shapes)
  }

  /// A Llama as wide and as deep as OPT-125M, with Llama 2's 32,000 tokens and a head of its own: 134 million
  /// parameters.
  ///
  /// - Returns: The model.
  static func llama() -> RandomModel {
    var shapes = [
      Shape(name: "model.embed_tokens.weight", sizes: [32_000, 768]),
      Shape(name: "model.norm.weight", sizes: [768], isGain: true),
      Shape(name: "lm_head.weight", sizes: [32_000, 768]),
    ]
    for layer in 0..<12 {
      let start = "model.layers.\(layer)."
      for part in ["q_proj", "k_proj", "v_proj", "o_proj"] {
        shapes.append(Shape(name: start + "self_attn.\(part).weight", sizes: [768, 768]))
      }
      shapes += [
        Shape(name: start + "mlp.gate_proj.weight", sizes: [2048, 768]),
        Shape(name: start + "mlp.up_proj.weight", sizes: [2048, 768]),
        Shape(name: start + "mlp.down_proj.weight", sizes: [768, 2048]),
        Shape(name: start + "input_layernorm.weight", sizes: [768], isGain: true),
        Shape(name: start + "post_attention_layernorm.weight", sizes: [768], isGain: true),
      ]
    }
    return RandomModel(
      configuration: """
        {"model_type": "llama", "hidden_size": 768, "num_attention_heads": 12,
         "num_hidden_layers": 12, "intermediate_size": 2048, "vocab_size": 32000,
         "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "bos_token_id": 1, "eos_token_id": 2}
        """, shapes: shapes)
  }
}
