import Foundation
import Pipelines

/// A plan on paper, as text and as JSON, with the time it takes at the speed this machine has just shown.
struct PlanReport: Encodable {
  let schema = 1
  let model: String
  let format: String
  let parameters: Int
  /// Calibration sequences, and the tokens of all of them.
  let samples: Int
  let tokens: Int
  let bytesBefore: Int
  let bytesAfter: Int?
  let bitsPerWeight: Double?
  let layers: [Layer]
  let operations: [Part]
  let rounding: [Rounding]
  let operationsPerSecond: Double
  let seconds: Double
  /// What goes on when most memory is taken, and what is there then.
  let peakMoment: String
  let memory: [Part]
  let peakBytes: Double
  /// Files that are mapped besides.
  let mappedBytes: Double
  let disk: [Part]
  let diskBytes: Double
  /// Whether layers are measured one set after the other, for less memory.
  let measuresInTurn: Bool
  /// What people must know who open the output.
  let remarks: [String]

  struct Layer: Encodable {
    let name: String
    let outputs: Int
    let inputs: Int
    let settings: String?
    let bitsPerWeight: Double?
    let bytes: Int

    init(_ layer: ModelPlan.Layer) {
      (name, outputs, inputs) = (layer.name, layer.outputs, layer.inputs)
      (settings, bitsPerWeight, bytes) = (layer.settings, layer.bitsPerWeight, layer.bytes)
    }
  }

  struct Part: Encodable {
    let name: String
    let amount: Double

    init(_ part: ModelPlan.Part) { (name, amount) = (part.name, part.amount) }
  }

  /// What is done weight by weight, and what a weight takes here.
  struct Rounding: Encodable {
    let settings: String
    let weights: Double
    let secondsPerWeight: Double
  }

  init(_ plan: ModelPlan, name: String, format: FormatChoice, turns: Bool = false) {
    let rates = MachineRates(for: plan.rounding)
    model = name
    self.format = format.name
    parameters = plan.parameters
    (samples, tokens) = (plan.samples, plan.tokens)
    bytesBefore = plan.bytesBefore
    bytesAfter = plan.bytesAfter
    bitsPerWeight = plan.bitsPerWeight
    layers = plan.layers.map(Layer.init)
    operations = plan.work.map(Part.init)
    rounding = zip(plan.rounding, rates.secondsPerWeight).map {
      Rounding(settings: $0.settings, weights: $0.weights, secondsPerWeight: $1)
    }
    operationsPerSecond = rates.operationsPerSecond
    seconds = rates.seconds(operations: plan.operations, rounding: plan.rounding)
    peakMoment = plan.peakMoment
    memory = plan.memory.map(Part.init)
    peakBytes = plan.peakBytes
    mappedBytes = plan.mappedBytes
    disk = plan.disk.map(Part.init)
    diskBytes = plan.diskBytes
    measuresInTurn = turns
    remarks = plan.remarks
  }

  func show(json: Bool) throws {
    for remark in remarks { Output.note("note: \(remark)") }
    if json { return try Output.json(self) }
    Output.line("\(model), \(PlanWords.count(Double(parameters))) parameters, as \(format)")
    Output.line(
      samples == 0
        ? "  without calibration: output errors are not measured"
        : "  calibrated on \(Figures.count(samples, "sequence")), \(tokens) tokens in all")
    Output.line()
    showLayers()
    Output.line()
    let after = bytesAfter.map { PlanWords.bytes(Double($0)) } ?? "unknown"
    let bits = bitsPerWeight.map {
      ", \(Figures.short($0)) bits per weight in the quantized layers"
    }
    Output.line(
      "  size: \(PlanWords.bytes(Double(bytesBefore))) now, \(after) written\(bits ?? "")")
    PlanWords.showMemory(
      peakBytes, ", \(peakMoment)", memory, mapped: mappedBytes, inTurn: measuresInTurn)
    PlanWords.show(
      "disk: \(PlanWords.bytes(diskBytes)) while it runs, \(after) afterwards",
      disk.map { ($0.name, PlanWords.bytes($0.amount)) })
    let products: [PlanWords.TimePart] = operations.map {
      ($0.name, $0.amount / operationsPerSecond, String(format: "%.3g operations", $0.amount))
    }
    PlanWords.showTime(
      products + rounding.map(PlanWords.part), rounds: !rounding.isEmpty,
      operationsPerSecond: operationsPerSecond)
  }

  private func showLayers() {
    var table = TextTable("layers", "shape", "count", "bits a weight", "settings")
    var kinds: [(key: [String], count: Int)] = []
    for layer in layers {
      let key = [
        Self.kind(layer.name), "\(layer.outputs) × \(layer.inputs)",
        layer.bitsPerWeight.map(Figures.short)
          ?? (layer.settings == nil
            ? Figures.short(8 * Double(layer.bytes) / Double(layer.outputs * layer.inputs)) : "?"),
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
    if layers.contains(where: { $0.bitsPerWeight == nil && $0.settings != nil }) {
      Output.line("  ?: what the method stores depends on the weights")
    }
  }

  /// A layer's name with its block's number taken out.
  static func kind(_ name: String) -> String {
    name.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }
}

/// How plans speak of bytes, of time and of large numbers.
enum PlanWords {
  /// A heading and its parts below it, in two columns.
  static func show(_ heading: String, _ parts: [(name: String, amount: String)]) {
    Output.line("  " + heading)
    let width = parts.map { $0.name.count }.max() ?? 0
    for part in parts {
      let padding = String(repeating: " ", count: width - part.name.count)
      Output.line("    \(part.name)\(padding)  \(part.amount)")
    }
  }

  /// The peak of memory, what it consists of, and the files that are mapped besides.
  static func showMemory(
    _ peak: Double, _ moment: String, _ parts: [PlanReport.Part], mapped: Double, inTurn: Bool
  ) {
    show(
      "memory: \(bytes(peak)) at most\(moment)", parts.map { ($0.name, bytes($0.amount)) })
    Output.line(
      "    and up to \(bytes(mapped)) of mapped files, which the system takes back when it must")
    if inTurn {
      Output.line("    (layers measured one set after the other, as --memory asks)")
    }
  }

  /// A part of the time: what it is, its seconds, and what it consists of.
  typealias TimePart = (name: String, seconds: Double, amount: String)

  /// What is done weight by weight as a part of the time.
  static func part(_ rounding: PlanReport.Rounding) -> TimePart {
    (
      "\(rounding.settings), weight by weight", rounding.weights * rounding.secondsPerWeight,
      "\(count(rounding.weights)) weights"
    )
  }

  /// The time, its parts, and what it rests on; `rounds` says whether a part goes weight by weight.
  static func showTime(_ parts: [TimePart], rounds: Bool, operationsPerSecond: Double) {
    let all = parts.reduce(0) { $0 + $1.seconds }
    show(
      "time: about \(time(all)) on this machine",
      parts.map { ($0.name, "\(time($0.seconds)), \($0.amount)") })
    Output.line(
      String(
        format:
          "    at the rates that this machine (%d cores) has shown just now: %.0f GFLOP/s in products",
        ProcessInfo.processInfo.activeProcessorCount, operationsPerSecond / 1e9)
        + (rounds ? ", and small layers quantized in the same way" : ""))
    Output.line("    reading and writing files is not counted")
  }

  /// Bytes with a binary prefix.
  static func bytes(_ count: Double) -> String {
    count < 1e15 ? Figures.bytes(Int(count)) : String(format: "%.3g bytes", count)
  }

  /// `175 billion`, `85 million`, `1200`.
  static func count(_ number: Double) -> String {
    switch number {
    case ..<1e6: "\(Int(number))"
    case ..<1e9: String(format: "%.4g million", number / 1e6)
    default: String(format: "%.4g billion", number / 1e9)
    }
  }

  /// A span of time in one unit.
  static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.1: String(format: "%.0f ms", seconds * 1000)
    case ..<100: String(format: "%.1f s", seconds)
    case ..<6000: String(format: "%.0f min", seconds / 60)
    case ..<360_000: String(format: "%.1f h", seconds / 3600)
    default: String(format: "%.1f days", seconds / 86_400)
    }
  }
}
