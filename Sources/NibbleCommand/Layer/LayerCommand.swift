import ArgumentParser
import Foundation
import Quantization
import Tensors

/// `nibble layer`: one layer through one method, with what it costs and what it breaks.
struct LayerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layer",
    abstract: "Quantize one layer of a safetensors file and measure the error.",
    discussion: """
      Reads `weight` [out, in] (or --tensor) and, where present, `activations` [tokens, in] (or \
      --activations); with them the output error ‖WX − ŴX‖² is reported too. Methods: \
      \(LayerMethod.all.map(\.name).joined(separator: ", ")); `nibble methods` says what each is.

      Example: nibble layer layer.safetensors --method rtn --group-size 64 --json
      """
  )

  @Argument(help: "A .safetensors file.")
  var file: String

  @Option(help: ArgumentHelp("The method's name.", valueName: "name"))
  var method: String

  @Option(parsing: .unconditional, help: "Bits a code, 1 to 8 (default 4, or what the format has).")
  var bits: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weights that share a scale, 0 for the whole row (default 128, or the row if shorter).",
      valueName: "count"))
  var groupSize: Int?

  @Flag(
    exclusivity: .exclusive,
    help: "The restricted symmetric grid R/(2^(b-1)-1), or a zero point (default).")
  var symmetry: SymmetryFlag?

  @Option(help: "How a group's range is chosen (default min-max).")
  var range: RangeName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --range percentile: how much of the values stays inside (default 99.99).",
      valueName: "percent")
  )
  var percentile: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --range mse: the power of the error, 2 or 2.4 (default 2).", valueName: "power")
  )
  var norm: Double?

  @Flag(name: .customLong("double-quant"), help: "Quantize the scales as well (nf4 and fp4).")
  var doubleQuantization = false

  @Option(parsing: .unconditional, help: "The seed of anything random (default 0).")
  var seed: UInt64?

  @Option(help: ArgumentHelp("The tensor to quantize (default: weight).", valueName: "name"))
  var tensor: String?

  @Option(
    help: ArgumentHelp(
      "The tensor of inputs (default: activations, where present).", valueName: "name"))
  var activations: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads to use (default: every core).", valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Write codes, scales, zeros and dequantized here, as safetensors.", valueName: "file"))
  var out: String?

  @Flag(help: "Replace --out if it exists.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
    if let groupSize, groupSize < 0 {
      throw ValidationError("--group-size must be 0 (the whole row) or more, not \(groupSize)")
    }
    try RangeName.check(range, percentile: percentile, norm: norm)
  }

  func run() throws {
    let method = try LayerMethod(named: self.method)
    let options = layerOptions
    if let out { _ = try OutputFile(out, force: force) }
    if let threads { BLASThreads.count = threads }  // the output error is a product of matrices
    let (input, shape) = try layerInput()

    let clock = ContinuousClock()
    let start = clock.now
    let result = try method.quantize(input, options)
    let seconds = (clock.now - start).seconds

    let errors = LayerErrors(input, result)
    if let out {
      try Interrupts.uninterrupted { try write(result, shape: shape, to: out) }
    }
    let report = LayerReport(
      schema: 1, method: method.name, tensor: tensorName, shape: shape,
      bitsPerWeight: result.bitsPerWeight, weightMSE: errors.weightMSE, sqnr: errors.sqnr,
      outputError: errors.outputError, relativeOutputError: errors.relativeOutputError,
      seconds: seconds, peakBytes: PeakMemory.bytes)
    if json { try Output.json(report) } else { print(report, storage: result.storage) }
  }

  private var tensorName: String { tensor ?? "weight" }

  private var layerOptions: LayerOptions {
    LayerOptions(
      bits: bits, groupSize: groupSize, symmetric: symmetry.map { $0 == .symmetric },
      range: range?.choice(percentile: percentile, norm: norm),
      doubleQuantization: doubleQuantization ? true : nil, seed: seed, threads: threads)
  }

  private func layerInput() throws -> (LayerInput, shape: [Int]) {
    let source = try SafetensorsFile(path: file)
    let weight = try source.layerMatrix(
      named: tensorName, isAsked: tensor != nil, axes: "[out, in]")
    let inputs = activations ?? "activations"
    let isGiven = activations != nil || tensorName != inputs && source.contains(inputs)
    let activations =
      isGiven
      ? try source.layerMatrix(
        named: inputs, isAsked: self.activations != nil, axes: "[tokens, in]") : nil
    do {
      return (
        try LayerInput(weight: weight, activations: activations), [weight.rows, weight.columns]
      )
    } catch {
      throw Failure(.badData, "\(file): \(error)")
    }
  }

  private func write(_ result: LayerResult, shape: [Int], to path: String) throws {
    var writer = SafetensorsWriter(metadata: ["format": "nibble-layer", "method": method])
    if result.codes.isSigned {
      try writer.add("codes", shape: shape, result.codes.signedBytes)
    } else {
      try writer.add("codes", shape: shape, result.codes.bytes)
    }
    try writer.add("scales", result.scales)
    try writer.add("zeros", result.zeros)
    if let codebooks = result.codebooks { try writer.add("codebooks", codebooks) }
    try writer.add("dequantized", result.dequantized)
    try writer.write(to: path, replacing: force)
  }

  private func print(_ report: LayerReport, storage: StorageCost) {
    Output.line(
      "\(report.method)  \(report.tensor) [\(report.shape[0]), \(report.shape[1])] of \(file)")
    var table = TextTable("", "", "")
    table.add("bits per weight", Figures.short(report.bitsPerWeight), "")
    table.add("stored", Figures.bytes(storage.bytes), "")
    table.add("weight error (mean squared)", Figures.short(report.weightMSE), "")
    table.add("signal to noise", Figures.short(report.sqnr), "dB")
    if let error = report.outputError, let relative = report.relativeOutputError {
      table.add("output error E", Figures.short(error), "")
      table.add("output error, relative", Figures.short(relative), "")
    }
    table.add("time", Figures.short(report.seconds), "s")
    table.add("peak memory", Figures.bytes(report.peakBytes), "")
    for line in table.lines where !line.isEmpty { Output.line("  " + line) }
    if let out { Output.note("wrote \(out)") }
  }
}

/// What `--json` prints.
private struct LayerReport: Encodable {
  let schema: Int
  let method: String
  let tensor: String
  let shape: [Int]
  let bitsPerWeight: Double
  let weightMSE: Double
  let sqnr: Double
  let outputError: Double?
  let relativeOutputError: Double?
  let seconds: Double
  let peakBytes: Int
}
