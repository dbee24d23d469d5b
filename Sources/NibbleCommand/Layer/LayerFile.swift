import Quantization
import Tensors

/// A layer in a safetensors file: its weight and, where there are any, inputs it has seen.
struct LayerFile {
  /// The file.
  let path: String
  /// The tensor of the weight that was asked for; nil for `weight`.
  let tensor: String?
  /// The tensor of inputs that was asked for; nil for `activations`, where present.
  let activations: String?

  /// The name of the weight's tensor.
  var tensorName: String { tensor ?? "weight" }

  /// Reads and checks the layer.
  func input() throws -> LayerInput {
    let source = try SafetensorsFile(path: path)
    let weight = try source.layerMatrix(
      named: tensorName, isAsked: tensor != nil, axes: "[out, in]")
    let inputs = activations ?? "activations"
    let isGiven = activations != nil || tensorName != inputs && source.contains(inputs)
    let activations =
      isGiven
      ? try source.layerMatrix(
        named: inputs, isAsked: self.activations != nil, axes: "[tokens, in]") : nil
    do {
      return try LayerInput(weight: weight, activations: activations)
    } catch {
      throw Failure(.badData, "\(path): \(error)")
    }
  }
}
