import Foundation
import Pipelines

/// `--target-bits` with `--dry-run`: what is known before the profile is measured, as text and as JSON.
struct SharedBitsReport: Encodable {
  let schema = 1
  let model: String
  let format: String
  let parameters: Int
  let samples: Int
  let tokens: Int
  let targetBits: Double
  let bytesBefore: Int
  /// The output's tensors when all of the budget is spent.
  let bytesAtMost: Int?
  let widths: [Width]
  let profile: Stage
  /// The run after it, at the width that is nearest to the target.
  let run: Stage
  let operationsPerSecond: Double
  let seconds: Double
  let peakMoment: String
  let memory: [PlanReport.Part]
  let peakBytes: Double
  let mappedBytes: Double
  let disk: [PlanReport.Part]
  let diskBytes: Double
  let measuresInTurn: Bool
  /// What cannot be known yet.
  let unknown: String
  let remarks: [String]

  /// Every layer at one width.
  struct Width: Encodable {
    let bits: Int
    let bitsPerWeight: Double?
    let bytesAfter: Int?
    let layers: [PlanReport.Layer]
  }

  /// The work of the profile, or of the run.
  struct Stage: Encodable {
    let operations: [PlanReport.Part]
    let rounding: [PlanReport.Rounding]
    let seconds: Double
  }

  init(_ plan: SharedBitsPlan, name: String, format: FormatChoice, turns: Bool) {
    let (widest, nearest) = (plan.widths[plan.widths.count - 1].plan, plan.nearest.plan)
    let all = plan.widths.flatMap(\.plan.rounding)
    let rates = MachineRates(for: all)
    model = name
    self.format = format.name
    parameters = widest.parameters
    (samples, tokens) = (widest.samples, widest.tokens)
    targetBits = plan.target
    bytesBefore = widest.bytesBefore
    bytesAtMost = plan.bytesAtMost
    widths = plan.widths.map {
      Width(
        bits: $0.bits, bitsPerWeight: $0.plan.bitsPerWeight, bytesAfter: $0.plan.bytesAfter,
        layers: $0.plan.layers.map(PlanReport.Layer.init))
    }
    let rounding = zip(all, rates.secondsPerWeight).map {
      PlanReport.Rounding(settings: $0.settings, weights: $0.weights, secondsPerWeight: $1)
    }
    profile = Stage(
      operations: plan.profileWork.map(PlanReport.Part.init), rounding: rounding,
      seconds: rates.seconds(operations: plan.profileOperations, rounding: all))
    let first = plan.widths.prefix { $0.bits != plan.nearest.bits }
      .reduce(0) { $0 + $1.plan.rounding.count }
    let own = Array(rounding[first..<first + nearest.rounding.count])
    run = Stage(
      operations: nearest.work.map(PlanReport.Part.init), rounding: own,
      seconds: nearest.operations / rates.operationsPerSecond
        + own.reduce(0) { $0 + $1.weights * $1.secondsPerWeight })
    operationsPerSecond = rates.operationsPerSecond
    seconds = profile.seconds + run.seconds
    peakMoment = plan.peakMoment
    memory = plan.memory.map(PlanReport.Part.init)
    peakBytes = plan.peakBytes
    mappedBytes = widest.mappedBytes
    disk = nearest.disk.map(PlanReport.Part.init)
    diskBytes = nearest.diskBytes
    measuresInTurn = turns
    unknown =
      "which layer gets which width is decided by what each loses at each, which the run measures first; "
      + "the width of a layer, the losses and the remarks that depend on them are not known before"
    remarks = Array(Set(nearest.remarks)).sorted()
  }

  func show(json: Bool) throws {
    for remark in remarks { Output.note("note: \(remark)") }
    if json { return try Output.json(self) }
    Output.line("\(model), \(PlanWords.count(Double(parameters))) parameters, as \(format)")
    Output.line("  calibrated on \(Figures.count(samples, "sequence")), \(tokens) tokens in all")
    Output.line()
    showLayers()
    Output.line()
    Output.line(
      "  bits: at most \(Figures.short(targetBits)) a weight in the quantized layers, as --target-bits asks"
    )
    let after = bytesAtMost.map { PlanWords.bytes(Double($0)) } ?? "unknown"
    PlanWords.show(
      "size: \(PlanWords.bytes(Double(bytesBefore))) now, at most \(after) written",
      widths.map { width in
        let bits = width.bitsPerWeight.map { "\(Figures.short($0)) bits per weight" } ?? "?"
        return (
          "all at \(width.bits)",
          bits + ", " + (width.bytesAfter.map { PlanWords.bytes(Double($0)) } ?? "?")
        )
      })
    Output.line("  not known yet: \(unknown)")
    PlanWords.showMemory(
      peakBytes, ", \(peakMoment)", memory, mapped: mappedBytes, inTurn: measuresInTurn)
    PlanWords.show(
      "disk: about \(PlanWords.bytes(diskBytes)) while it runs",
      disk.map { ($0.name, PlanWords.bytes($0.amount)) })
    PlanWords.showTime(
      parts(of: profile, "profile") + parts(of: run, "run"), rounds: true,
      operationsPerSecond: operationsPerSecond)
  }

  /// The two parts of a stage's time.
  private func parts(of stage: Stage, _ name: String) -> [PlanWords.TimePart] {
    let operations = stage.operations.reduce(0) { $0 + $1.amount }
    let products = operations / operationsPerSecond
    let weights = stage.rounding.reduce(0) { $0 + $1.weights }
    return [
      ("\(name): products", products, String(format: "%.3g operations", operations)),
      (
        "\(name): weight by weight", stage.seconds - products,
        "\(PlanWords.count(weights)) weights"
      ),
    ]
  }

  private func showLayers() {
    var table = TextTable(
      ["layers", "shape", "count"] + widths.map { "at \($0.bits)" } + ["settings"])
    var kinds: [(key: [String], count: Int)] = []
    for (place, layer) in (widths.first?.layers ?? []).enumerated() {
      let bits = widths.map { width -> String in
        let own = width.layers[place]
        return own.settings == nil ? "kept" : own.bitsPerWeight.map(Figures.short) ?? "?"
      }
      let key =
        [PlanReport.kind(layer.name), "\(layer.outputs) × \(layer.inputs)"] + bits
        + [layer.settings.map(Self.withoutBits) ?? "kept"]
      if let known = kinds.firstIndex(where: { $0.key == key }) {
        kinds[known].count += 1
      } else {
        kinds.append((key, 1))
      }
    }
    for kind in kinds { table.add(Array(kind.key[..<2]) + ["\(kind.count)"] + kind.key[2...]) }
    for line in table.lines { Output.line("  " + line) }
  }

  /// `gptq bits 4 group-size 32` without its bits, which are open.
  private static func withoutBits(_ settings: String) -> String {
    var words = settings.split(separator: " ").map(String.init)
    if let place = words.firstIndex(of: "bits"), place + 1 < words.count {
      words.removeSubrange(place...place + 1)
    }
    return words.joined(separator: " ")
  }
}
