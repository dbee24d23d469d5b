import Foundation
import Pipelines
import Quantization

/// What a run has to say at its end, as text and as JSON.
struct QuantizationReport: Encodable {
  let schema = 1
  let model: String
  let out: String
  let method: String
  let settings: [String: String]
  let format: String
  /// What was folded into the model before, in order.
  let stages: [StageRecord]
  let layers: [LayerRecord]
  /// Over the quantized layers.
  let bitsPerWeight: Double
  /// ΣE over Σ‖WX‖², over the quantized layers.
  let relativeOutputError: Double?
  /// The same of rounding to nearest.
  let relativeOutputErrorRTN: Double?
  let bytesBefore: Int
  let bytesAfter: Int
  let warnings: [String]
  /// Both models on text that was not calibrated on; nil where nobody asked, or none was left.
  let quality: HeldOutQuality?
  /// Why there is none though it was asked for, and what to do.
  let qualityMissing: String?
  /// What other budgets would have lost; nil where bits were not shared out.
  let front: [BitSharing.Point]?
  let seconds: Double
  let peakBytes: Int

  init(
    model: String, out: String, method: String, settings: [(key: String, value: String)],
    format: String, stages: [StageRecord] = [], records: [LayerRecord], warnings: [String],
    seconds: Double, quality: HeldOutQuality?, qualityMissing: String?,
    front: [BitSharing.Point]?
  ) {
    self.model = model
    self.out = out
    self.method = method
    self.settings = Dictionary(settings.map { ($0.key, $0.value) }) { $1 }
    self.format = format
    self.stages = stages
    layers = records
    let weights = records.reduce(0.0) { $0 + Double($1.outputs * $1.inputs) }
    bitsPerWeight =
      records.reduce(0.0) { $0 + $1.bitsPerWeight * Double($1.outputs * $1.inputs) } / weights
    let power = records.compactMap(\.outputPower).reduce(0, +)
    let errors = records.compactMap(\.outputError).reduce(0, +)
    let nearest = records.compactMap(\.nearestOutputError)
    relativeOutputError = power > 0 ? errors / power : nil
    relativeOutputErrorRTN =
      power > 0 && nearest.count == records.count ? nearest.reduce(0, +) / power : nil
    bytesBefore = Self.weightBytes(model)
    bytesAfter = Self.weightBytes(out)
    self.warnings = warnings
    self.quality = quality
    self.qualityMissing = qualityMissing
    self.front = front
    self.seconds = seconds
    peakBytes = PeakMemory.bytes
  }

  /// The bytes of a folder's weight files, or of the one that the path leads to.
  private static func weightBytes(_ path: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let files =
      path.hasSuffix(".gguf")
      ? [path]
      : names.filter { name in
        [".safetensors", ".bin", ".gguf"].contains { name.hasSuffix($0) }
      }.map { "\(path)/\($0)" }
    return files.reduce(0) { sum, file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      return sum + ((attributes?[.size] as? Int) ?? 0)
    }
  }

  /// The same for a person.
  var lines: [String] {
    var lines = ["\(out)  \(method), \(layers.count) layers, \(format)"]
    for stage in stages { lines.append("  " + StageLines(stage).short) }
    for note in Set(stages.flatMap(\.notes)).sorted() { lines.append("    note: \(note)") }
    var table = TextTable("", "value", "")
    table.add("bits per weight, over these layers", Figures.short(bitsPerWeight), "")
    if let error = relativeOutputError {
      table.add("output error E, of ‖WX‖²", Figures.short(error), "")
    }
    if let error = relativeOutputErrorRTN {
      table.add("the same, rounding to nearest", Figures.short(error), "")
    }
    if let quality {
      table.add("perplexity before", Figures.short(quality.perplexityBefore), "")
      table.add("perplexity after", Figures.short(quality.perplexityAfter), "")
      table.add("mean KL divergence", Figures.short(quality.klMean), "nats")
    }
    table.add("weight files before", Figures.bytes(bytesBefore), "")
    table.add("weight files after", Figures.bytes(bytesAfter), "")
    table.add("time", Figures.short(seconds), "s")
    table.add("peak memory", Figures.bytes(peakBytes), "")
    lines += table.lines.dropFirst().map { "  " + $0 }
    if let qualityMissing { lines.append("  no perplexity: \(qualityMissing)") }
    let worst = layers.filter { $0.relativeOutputError != nil }
      .sorted { ($0.relativeOutputError ?? 0) > ($1.relativeOutputError ?? 0) }.prefix(3)
    if !worst.isEmpty {
      lines.append("  most is lost in:")
      for record in worst {
        let nearest =
          record.relativeNearestError.map { ", rounding to nearest \(Figures.short($0))" } ?? ""
        lines.append(
          "    \(record.name)  \(Figures.short(record.relativeOutputError ?? 0))\(nearest)")
      }
    }
    let notes = Dictionary(
      layers.flatMap { record in record.notes.map { ($0, [record.name]) } }, uniquingKeysWith: +)
    for (note, names) in notes.sorted(by: { $0.key < $1.key }).prefix(8) {
      lines.append(
        "  note: \(names[0])\(names.count > 1 ? " and \(names.count - 1) more" : ""): \(note)")
    }
    return lines
  }
}
