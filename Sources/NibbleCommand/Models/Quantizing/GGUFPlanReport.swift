import Pipelines

/// What a GGUF file will hold, before it is written.
struct GGUFPlanReport: Encodable {
  let schema = 1
  let model: String
  let format: String
  /// The bytes of all tensors.
  let bytes: Int
  /// Over the tensors of two sizes.
  let bitsPerWeight: Double
  let tensors: [Tensor]

  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    let bytes: Int
    /// Whether another type was wanted, whose blocks do not make whole rows.
    let isFallback: Bool
  }

  init(_ conversion: GGUFConversion, name: String) {
    model = name
    format = "gguf:\(conversion.mixture.name)"
    tensors = conversion.plans.map {
      Tensor(
        name: $0.name, shape: $0.shape, type: $0.type, bytes: $0.bytes, isFallback: $0.isFallback)
    }
    bytes = tensors.reduce(0) { $0 + $1.bytes }
    let matrices = tensors.filter { $0.shape.count > 1 }
    let weights = matrices.reduce(0) { $0 + $1.shape.reduce(1, *) }
    bitsPerWeight = Double(matrices.reduce(0) { $0 + $1.bytes } * 8) / Double(max(1, weights))
  }

  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    Output.line("\(model)  as \(format)")
    var table = TextTable("tensors", "type", "count", "bytes", "")
    var kinds: [(name: String, type: String, isFallback: Bool, count: Int, bytes: Int)] = []
    for tensor in tensors {
      let name = tensor.name.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }
        .joined(separator: ".")
      if let place = kinds.firstIndex(where: { $0.name == name && $0.type == tensor.type }) {
        kinds[place].count += 1
        kinds[place].bytes += tensor.bytes
      } else {
        kinds.append((name, tensor.type, tensor.isFallback, 1, tensor.bytes))
      }
    }
    for kind in kinds {
      table.add(
        kind.name, kind.type, "\(kind.count)", Figures.bytes(kind.bytes),
        kind.isFallback ? "its rows are no whole number of the mixture's blocks" : "")
    }
    for line in table.lines { Output.line("  " + line) }
    Output.line("  bits per weight: \(Figures.short(bitsPerWeight))")
    Output.line("  all tensors: \(Figures.bytes(bytes))")
  }
}
