import Foundation
import Models
import Pipelines
import Tensors

/// A Llama of random weights in a folder, with sizes that every format takes.
///
/// Queries have 64 outputs, keys and values 32, the feed-forward layer 96: multiples of 32 that differ.
enum TinyLlama {
  static let config = """
    {
      "architectures": ["LlamaForCausalLM"],
      "model_type": "llama", "hidden_size": 64, "intermediate_size": 96,
      "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 3,
      "vocab_size": 96, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
      "rope_theta": 10000.0, "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2,
      "hidden_act": "silu", "torch_dtype": "float32"
    }
    """

  /// Writes the model.
  ///
  /// - Parameters:
  ///   - folder: The folder to make.
  ///   - seed: Of the weights.
  ///   - extra: Members of `config.json` besides, each with a comma after it.
  ///   - hasBiases: Whether the attention's layers have biases; `extra` says so too.
  /// - Throws: What writing files throws.
  static func write(
    to folder: String, seed: UInt64 = 1, extra: String = "", hasBiases: Bool = false
  ) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let config = config.replacingOccurrences(
      of: "\"model_type\"", with: extra + "\"model_type\"")
    try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    try "{}".write(toFile: folder + "/generation_config.json", atomically: true, encoding: .utf8)
    var shapes: [(String, [Int])] = [
      ("model.embed_tokens.weight", [96, 64]), ("model.norm.weight", [64]),
      ("lm_head.weight", [96, 64]),
    ]
    for layer in 0..<3 {
      let start = "model.layers.\(layer)."
      shapes += [
        (start + "input_layernorm.weight", [64]), (start + "post_attention_layernorm.weight", [64]),
        (start + "self_attn.q_proj.weight", [64, 64]),
        (start + "self_attn.k_proj.weight", [32, 64]),
        (start + "self_attn.v_proj.weight", [32, 64]),
        (start + "self_attn.o_proj.weight", [64, 64]),
        (start + "mlp.gate_proj.weight", [96, 64]), (start + "mlp.up_proj.weight", [96, 64]),
        (start + "mlp.down_proj.weight", [64, 96]),
      ]
      if hasBiases {
        for (name, size) in [("q", 64), ("k", 32), ("v", 32), ("o", 64)] {
          shapes.append((start + "self_attn.\(name)_proj.bias", [size]))
        }
      }
    }
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for (name, shape) in shapes {
      let own = name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) }
      let isNorm = shape.count == 1
      let matrix = Matrix(
        rows: isNorm ? 1 : shape[0], columns: shape[isNorm ? 0 : 1],
        drawnFrom: .normal(mean: isNorm ? 1 : 0, deviation: 0.15), seed: own)
      try writer.add(name, shape: shape, matrix.elements)
    }
    try writer.write(to: folder + "/model.safetensors", replacing: true)
  }

  /// Sequences of random tokens.
  static func calibration(
    count: Int = 6, length: Int = 48, seed: UInt64 = 3
  ) throws -> CalibrationSet {
    var generator = SeededGenerator(seed: seed)
    return try CalibrationSet(
      name: "random",
      sequences: (0..<count).map { _ in (0..<length).map { _ in generator.below(96) } })
  }
}
