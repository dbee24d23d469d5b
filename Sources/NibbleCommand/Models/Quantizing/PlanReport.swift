import Foundation
import Pipelines
import Tensors

/// A plan on paper, as text and as JSON, with the time it takes at the speed this machine has just shown.
struct PlanReport: Encodable {
  let schema = 1
  let model: String
  let format: String
  let parameters: Int
  let bytesBefore: Int
  let bytesAfter: Int?
  let bitsPerWeight: Double?
  let layers: [Layer]
  let operations: [Part]
  let memory: [Part]
  let operationsPerSecond: Double
  let seconds: Double
  let peakBytes: Double

  struct Layer: Encodable {
    let name: String
    let outputs: Int
    let inputs: Int
    let settings: String?
    let bitsPerWeight: Double?
  }

  struct Part: Encodable {
    let name: String
    let amount: Double
  }

  init(_ plan: ModelPlan, name: String, format: FormatChoice) {
    model = name
    self.format = format.name
    parameters = plan.parameters
    bytesBefore = plan.bytesBefore
    bytesAfter = plan.bytesAfter
    bitsPerWeight = plan.bitsPerWeight
    layers = plan.layers.map {
      Layer(
        name: $0.name, outputs: $0.outputs, inputs: $0.inputs, settings: $0.settings,
        bitsPerWeight: $0.bitsPerWeight)
    }
    operations = plan.work.map { Part(name: $0.name, amount: $0.amount) }
    memory = plan.memory.map { Part(name: $0.name, amount: $0.amount) }
    operationsPerSecond = Self.probe()
    seconds = plan.operations / operationsPerSecond
    peakBytes = plan.peakBytes
  }

  /// Operations a second in a product of two matrices, the best of a few.
  private static func probe() -> Double {
    let size = 1024
    let matrix = Matrix(
      rows: size, columns: size, drawnFrom: .normal(mean: 0, deviation: 1), seed: 1)
    let clock = ContinuousClock()
    let best = (0..<5).map { _ in
      let start = clock.now
      _ = matrix.multiplied(by: matrix)
      return (clock.now - start).seconds
    }.min()
    return 2 * Double(size * size * size) / max(best ?? 1, 1e-9)
  }

  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    Output.line("\(model)  \(parameters) parameters, format \(format)")
    var table = TextTable("layers", "shape", "count", "bits a weight", "settings")
    var kinds: [(key: [String], count: Int)] = []
    for layer in layers {
      let key = [
        Self.kind(layer.name), "\(layer.outputs) × \(layer.inputs)",
        layer.bitsPerWeight.map(Figures.short) ?? (layer.settings == nil ? "16" : "?"),
        layer.settings ?? "kept",
      ]
      if let place = kinds.firstIndex(where: { $0.key == key }) {
        kinds[place].count += 1
      } else {
        kinds.append((key, 1))
      }
    }
    for kind in kinds {
      table.add(kind.key[0], kind.key[1], "\(kind.count)", kind.key[2], kind.key[3])
    }
    for line in table.lines { Output.line("  " + line) }
    if let bits = bitsPerWeight {
      Output.line("  bits per weight, over the quantized layers: \(Figures.short(bits))")
    }
    Output.line(
      "  weights: \(Self.size(Double(bytesBefore))) at 16 bits"
        + (bytesAfter.map { ", \(Self.size(Double($0))) quantized" } ?? ""))
    Output.line("  memory while it runs: \(Self.size(peakBytes))")
    for part in memory { Output.line("    \(part.name): \(Self.size(part.amount))") }
    Output.line(
      String(
        format: "  time: about %@ at the %.0f GFLOP/s of a product here, now", Self.time(seconds),
        operationsPerSecond / 1e9))
    let all = operations.reduce(0) { $0 + $1.amount }
    for part in operations where all > 0 {
      Output.line(
        String(
          format: "    %@: %.3g operations, %.0f%%", part.name, part.amount, 100 * part.amount / all
        ))
    }
  }

  /// A layer's name with its block's number taken out.
  private static func kind(_ name: String) -> String {
    name.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }

  private static func size(_ bytes: Double) -> String {
    bytes < 1e15 ? Figures.bytes(Int(bytes)) : String(format: "%.3g bytes", bytes)
  }

  private static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<100: String(format: "%.1f s", seconds)
    case ..<6000: String(format: "%.0f min", seconds / 60)
    case ..<360_000: String(format: "%.1f h", seconds / 3600)
    default: String(format: "%.1f days", seconds / 86_400)
    }
  }
}
