import Models
import Tensors

/// A checkpoint in memory, made from another by leaving tensors out or changing them.
struct ChangedTensors: TensorSource {
  let path = "changed"
  private var tensors: [String: (shape: [Int], matrix: Matrix)] = [:]

  init(_ checkpoint: Checkpoint) throws {
    for entry in checkpoint.tensors {
      tensors[entry.name] = (entry.shape, try checkpoint.matrix(named: entry.name))
    }
  }

  var names: [String] { tensors.keys.sorted() }

  mutating func remove(_ name: String) { tensors[name] = nil }

  mutating func set(_ name: String, _ shape: [Int], _ elements: [Float]) throws {
    let columns = shape.dropFirst().reduce(1, *)
    tensors[name] = (
      shape,
      try Matrix(
        rows: shape.count < 2 ? 1 : shape[0], columns: shape.count < 2 ? shape[0] : columns,
        elements: elements)
    )
  }

  func elements(_ name: String) -> [Float] { tensors[name]?.matrix.elements ?? [] }

  func info(_ name: String) -> (shape: [Int], type: String)? {
    tensors[name].map { ($0.shape, "F32") }
  }

  func matrix(_ name: String) throws(ModelError) -> Matrix {
    guard let tensor = tensors[name] else { throw missing(name) }
    return tensor.matrix
  }
}
