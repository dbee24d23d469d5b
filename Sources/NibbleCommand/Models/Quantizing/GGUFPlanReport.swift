import Pipelines

/// What a GGUF file will hold and take, before it is written.
struct GGUFPlanReport: Encodable {
  let schema = 1
  let model: String
  let format: String
  /// The bytes of all tensors.
  let bytes: Int
  /// Over the tensors of two sizes.
  let bitsPerWeight: Double
  let tensors: [Tensor]
  /// Calibration sequences of the imatrix, and the tokens of all of them.
  let samples: Int
  let tokens: Int
  let operations: [PlanReport.Part]
  let rounding: [PlanReport.Rounding]
  let operationsPerSecond: Double
  let seconds: Double
  let memory: [PlanReport.Part]
  let peakBytes: Double
  let mappedBytes: Double
  let disk: [PlanReport.Part]
  let diskBytes: Double

  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    let bytes: Int
    /// Whether another type was wanted, whose blocks do not make whole rows.
    let isFallback: Bool
  }

  init(_ plan: GGUFPlan, format: String, name: String) {
    model = name
    self.format = format
    tensors = plan.tensors.map {
      Tensor(
        name: $0.name, shape: $0.shape, type: $0.type, bytes: $0.bytes, isFallback: $0.isFallback)
    }
    bytes = tensors.reduce(0) { $0 + $1.bytes }
    let matrices = tensors.filter { $0.shape.count > 1 }
    let weights = matrices.reduce(0) { $0 + $1.shape.reduce(1, *) }
    bitsPerWeight = Double(matrices.reduce(0) { $0 + $1.bytes } * 8) / Double(max(1, weights))
    (samples, tokens) = (plan.samples, plan.tokens)
    let rates = MachineRates(for: plan.rounding)
    operations = plan.work.map(PlanReport.Part.init)
    rounding = zip(plan.rounding, rates.secondsPerWeight).map {
      PlanReport.Rounding(settings: $0.settings, weights: $0.weights, secondsPerWeight: $1)
    }
    operationsPerSecond = rates.operationsPerSecond
    seconds = rates.seconds(operations: plan.operations, rounding: plan.rounding)
    memory = plan.memory.map(PlanReport.Part.init)
    peakBytes = plan.peakBytes
    mappedBytes = plan.mappedBytes
    disk = plan.disk.map(PlanReport.Part.init)
    diskBytes = plan.diskBytes
  }

  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    Output.line("\(model), as \(format)")
    Output.line(
      samples == 0
        ? "  without an imatrix"
        : "  with an imatrix of \(Figures.count(samples, "sequence")), \(tokens) tokens in all")
    Output.line()
    showTensors()
    Output.line()
    Output.line(
      "  size: \(Figures.bytes(bytes)) in all tensors, \(Figures.short(bitsPerWeight)) bits per weight"
    )
    PlanWords.showMemory(peakBytes, "", memory, mapped: mappedBytes, inTurn: false)
    PlanWords.show("disk: \(PlanWords.bytes(diskBytes))", [])
    let products: [PlanWords.TimePart] = operations.map {
      ($0.name, $0.amount / operationsPerSecond, "\(PlanWords.count($0.amount)) operations")
    }
    PlanWords.showTime(
      products + rounding.map(PlanWords.part), rounds: !rounding.isEmpty,
      operationsPerSecond: operationsPerSecond)
  }

  private func showTensors() {
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
  }
}
