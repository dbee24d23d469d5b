import Models
import Tensors

/// A checkpoint of random weights for a Llama-like model of any shape.
struct RandomTensors: TensorSource {
  let path = "random"
  private let shapes: [String: [Int]]
  private let seed: UInt64

  init(_ configuration: ModelConfiguration, seed: UInt64) {
    let hidden = configuration.hiddenSize
    var shapes = [
      "model.embed_tokens.weight": [configuration.vocabularySize, hidden],
      "model.norm.weight": [hidden],
    ]
    for layer in 0..<configuration.layerCount {
      let start = "model.layers.\(layer)."
      shapes[start + "input_layernorm.weight"] = [hidden]
      shapes[start + "post_attention_layernorm.weight"] = [hidden]
      for (name, role) in [
        ("self_attn.q_proj", LinearLayerID.Role.query), ("self_attn.k_proj", .key),
        ("self_attn.v_proj", .value), ("self_attn.o_proj", .attentionOutput),
        ("mlp.gate_proj", .gate), ("mlp.up_proj", .up), ("mlp.down_proj", .down),
      ] {
        let shape = configuration.shape(of: role)
        shapes[start + name + ".weight"] = [shape.outputs, shape.inputs]
      }
    }
    self.shapes = shapes
    self.seed = seed
  }

  var names: [String] { shapes.keys.sorted() }
  func info(_ name: String) -> (shape: [Int], type: String)? { shapes[name].map { ($0, "F32") } }

  func matrix(_ name: String) throws(ModelError) -> Matrix {
    guard let shape = shapes[name] else { throw missing(name) }
    let own = name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) }
    let (rows, columns) = shape.count == 1 ? (1, shape[0]) : (shape[0], shape[1])
    return Matrix(
      rows: rows, columns: columns,
      drawnFrom: .normal(mean: shape.count == 1 ? 1 : 0, deviation: 0.2), seed: own)
  }
}
