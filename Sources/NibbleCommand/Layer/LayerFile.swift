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

  /// The tensor of what enters the layer in the float model, where it is there.
  private static let exactName = "activations_float"

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
    let exact =
      activations != nil && tensorName != Self.exactName && source.contains(Self.exactName)
      ? try source.layerMatrix(named: Self.exactName, isAsked: false, axes: "[tokens, in]") : nil
    do {
      return try LayerInput(
        weight: weight, activations: activations, exactActivations: exact)
    } catch {
      // The engine calls them weight and activations; say which tensor that is where it is another.
      throw Failure(.badData, (tensor == nil ? path : "\(path): \(tensorName)") + ": \(error)")
    }
  }

  /// Does something with the layer; what goes wrong is said of this file and this tensor.
  func naming<Result>(_ body: () throws(QuantizationError) -> Result) throws(Failure) -> Result {
    do throws(QuantizationError) {
      return try body()
    } catch {
      throw Failure(
        error.kind == .usage ? .usage : .badData, "\(path): \(tensorName): \(error)")
    }
  }
}
