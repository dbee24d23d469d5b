import Foundation
import Models
import Tensors

/// A model of OPT-125M's shape with random weights, the same each time.
struct RandomOPT: TensorSource {
  let path = "random weights"
  /// The number of blocks; the published model has 12.
  let blocks: Int
  private let matrices: [String: (shape: [Int], matrix: Matrix)]

  init(blocks: Int = 12) {
    self.blocks = blocks
    matrices = Self.matrices(blocks: blocks)
  }

  var configuration: String {
    """
    {"model_type": "opt", "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": \(blocks),
     "ffn_dim": 3072, "vocab_size": 50272, "max_position_embeddings": 2048}
    """
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

  private static func shapes(blocks: Int) -> [(name: String, shape: [Int])] {
    let start = "model.decoder."
    var shapes: [(name: String, shape: [Int])] = [
      (start + "embed_tokens.weight", [50_272, 768]),
      (start + "embed_positions.weight", [2050, 768]),
    ]
    func add(_ name: String, _ shape: [Int]) {
      shapes.append((start + name + ".weight", shape))
      shapes.append((start + name + ".bias", [shape[0]]))
    }
    add("final_layer_norm", [768])
    for layer in 0..<blocks {
      for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        add("layers.\(layer).self_attn.\(part)", [768, 768])
      }
      add("layers.\(layer).fc1", [3072, 768])
      add("layers.\(layer).fc2", [768, 3072])
      add("layers.\(layer).self_attn_layer_norm", [768])
      add("layers.\(layer).final_layer_norm", [768])
    }
    return shapes
  }

  private static func matrices(blocks: Int) -> [String: (shape: [Int], matrix: Matrix)] {
    var found: [String: (shape: [Int], matrix: Matrix)] = [:]
    for (index, tensor) in shapes(blocks: blocks).enumerated() {
      let shape = tensor.shape
      let (rows, columns) = shape.count == 1 ? (1, shape[0]) : (shape[0], shape[1])
      found[tensor.name] = (
        shape,
        Matrix(
          rows: rows, columns: columns, drawnFrom: .normal(deviation: 0.02), seed: UInt64(index))
      )
    }
    return found
  }
}
