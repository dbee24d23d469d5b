internal import Tensors

/// A checkpoint whose blocks are decoded as a model is built from it.
struct DecodedTensors: TensorSource {
  let checkpoint: Checkpoint

  var path: String { checkpoint.path }
  var names: [String] { checkpoint.names }
  func info(_ name: String) -> (shape: [Int], type: String)? { checkpoint.info(name) }
  func matrix(_ name: String) throws(ModelError) -> Matrix { try checkpoint.matrix(name) }
  func inPlace(_ name: String) -> StoredWeight? { checkpoint.inPlace(name) }
}
