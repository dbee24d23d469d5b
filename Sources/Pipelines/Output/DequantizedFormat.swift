internal import Quantization
internal import Tensors

/// The weights as plain numbers: any method, any reader, nothing saved.
///
/// For measuring a method before a format can hold it, and for programs that know no other.
struct DequantizedFormat: OutputFormat {
  /// `.float32`, in which nothing is rounded, or `.bfloat16` or `.float16`.
  let type: TensorType
  /// Whether the checkpoint has (inputs, outputs), and queries, keys and values side by side: GPT-2.
  let isTransposed: Bool

  let name = "dequantized"

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let weight = result.dequantized
    let tensor = StoredTensor(
      plan.name + ".weight", shape: [weight.rows, weight.columns], weight.elements, as: type)
    var tensors = [tensor]
    if result.biasCorrection != nil, let bias {
      tensors.append(StoredTensor(plan.name + ".bias", shape: [bias.count], bias, as: .float32))
    }
    return StoredLayer(
      plan: plan, tensors: tensors, weight: try rounded(weight, plan), bias: bias,
      bitsPerWeight: result.bitsPerWeight)
  }

  /// The weight as its stored numbers are read back.
  private func rounded(_ weight: Matrix, _ plan: LayerPlan) throws(PipelineError) -> Matrix {
    guard type != .float32 else { return weight }
    let bits = HalfPrecision.narrow(weight.elements, as: type)
    let back = Matrix(rows: weight.rows, columns: weight.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      bits.withUnsafeBytes { HalfPrecision.widen($0, as: type, into: target) }
    }
    let place = back.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    if let place {
      throw .cannotStore(
        layer: plan.name, format: "\(name) in \(type.rawValue)",
        reason:
          "\(weight.elements[place]), its weight [\(place / weight.columns), \(place % weight.columns)], is "
          + "beyond the type's range",
        remedy: "use --dtype bfloat16 or float32, whose range is wider")
    }
    return back
  }

  func joined(_ layers: [StoredLayer]) throws(PipelineError) -> [StoredTensor] {
    guard isTransposed else { return layers.flatMap(\.tensors) }
    var (joined, names): ([StoredTensor], [String]) = ([], [])
    let all = layers.flatMap(\.tensors)
    for tensor in all where !names.contains(tensor.name) {
      names.append(tensor.name)
      let parts = all.filter { $0.name == tensor.name }
      joined.append(tensor.shape.count == 2 ? Self.turned(parts) : Self.strung(parts))
    }
    return joined
  }

  /// Weights one below the other, then turned: (outputs, inputs) becomes (inputs, all outputs).
  private static func turned(_ parts: [StoredTensor]) -> StoredTensor {
    let (inputs, outputs) = (parts[0].shape[1], parts.reduce(0) { $0 + $1.shape[0] })
    let size = parts[0].type.bits / 8
    let source = parts.flatMap(\.bytes)
    var bytes = [UInt8](repeating: 0, count: source.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let (from, to) = ((output * inputs + input) * size, (input * outputs + output) * size)
        for byte in 0..<size { bytes[to + byte] = source[from + byte] }
      }
    }
    return StoredTensor(parts[0].name, shape: [inputs, outputs], type: parts[0].type, bytes: bytes)
  }

  private static func strung(_ parts: [StoredTensor]) -> StoredTensor {
    StoredTensor(
      parts[0].name, shape: [parts.reduce(0) { $0 + $1.shape[0] }], type: parts[0].type,
      bytes: parts.flatMap(\.bytes))
  }

  func configuration(
    _ records: [LayerRecord], kept: [String], _ recipe: QuantizationRecipe
  ) -> [(key: String, json: JSONText)] {
    let name: String =
      switch type {
      case .bfloat16: "bfloat16"
      case .float16: "float16"
      default: "float32"
      }
    return [("torch_dtype", .text(name))]
  }
}
