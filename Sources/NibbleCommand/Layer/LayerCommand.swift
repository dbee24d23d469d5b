import ArgumentParser
import Foundation
import Pipelines
import Quantization
import Tensors

/// `nibble layer`: one layer through one method, with what it costs and what it breaks.
struct LayerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layer",
    abstract: "Quantize one layer of a safetensors file and measure the error.",
    discussion: """
      Reads `weight` [out, in] (or --tensor) and, where present, `activations` [tokens, in] (or \
      --activations); with them the output error ‖WX − ŴX‖² is reported too. gptaq also reads `activations_float`, \
      the same tokens in the float model. Methods: \
      \(LayerMethod.all.map(\.name).joined(separator: ", ")); `nibble methods` says what each is.

      Example: nibble layer layer.safetensors --method rtn --group-size 64 --json
      """
  )

  @Argument(help: "A .safetensors file.")
  var file: String

  @Option(help: ArgumentHelp("The method's name.", valueName: "name"))
  var method: String

  @OptionGroup(title: "What nearly every method knows")
  var common: CommonLayerFlags

  @OptionGroup(title: "Methods that pass errors on (gptq and its kin)")
  var feedback: FeedbackFlags

  @OptionGroup(title: "Methods that look at the inputs")
  var inputs: InputFlags

  @OptionGroup(title: "Searches, tables and rotations")
  var search: SearchFlags

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
    help: ArgumentHelp(
      """
      Threads of the engine's own loops (default: every core); OPENBLAS_NUM_THREADS is for products of \
      matrices.
      """,
      valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      """
      Write codes, scales, zeros, dequantized and whatever else rebuilds it from the codes here, as \
      safetensors.
      """, valueName: "file"))
  var out: String?

  @Flag(help: "Replace --out if it exists.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
  }

  func run() throws {
    let method = try LayerMethod(named: self.method)
    var options = layerOptions()
    if let out {
      _ = try OutputFile(out, force: force)
      if Self.isSameFile(out, file) {
        throw Failure(.cannotWrite, "\(out): this is the layer itself; give --out another name")
      }
    }
    let layer = LayerFile(path: file, tensor: tensor, activations: activations)
    let input = try layer.input()
    let shape = [input.weight.rows, input.weight.columns]
    options.importance = try search.imatrix.map {
      try ImportanceFile.values($0, tensor: tensor, input: input, file: file)
    }

    let line = ProgressLine(method.name)
    options.progress = { line.show($0) }
    let clock = ContinuousClock()
    let start = clock.now
    let result = try layer.naming { () throws(QuantizationError) in
      defer { line.end() }
      return try method.quantize(input, options)
    }
    let seconds = (clock.now - start).seconds

    let errors = LayerErrors(input, result)
    if let out {
      try Interrupts.uninterrupted { try write(result, to: out) }
    }
    let report = LayerReport(
      schema: 1, method: method.name, tensor: layer.tensorName, shape: shape,
      bitsPerWeight: result.bitsPerWeight, weightMSE: errors.weightMSE, sqnr: errors.sqnr,
      outputError: errors.outputError, relativeOutputError: errors.relativeOutputError,
      weightOutputError: errors.weightOutputError, loss: result.loss, damping: result.damping,
      notes: result.notes.isEmpty ? nil : result.notes,
      seconds: seconds, peakBytes: PeakMemory.bytes)
    if json { try Output.json(report) } else { print(report, storage: result.storage) }
  }

  /// Whether two paths lead to one file.
  private static func isSameFile(_ one: String, _ other: String) -> Bool {
    let paths = [one, other].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return paths[0] == paths[1]
  }

  private func layerOptions() -> LayerOptions {
    var options = LayerOptions(seed: seed, threads: threads)
    common.apply(to: &options)
    feedback.apply(to: &options)
    inputs.apply(to: &options)
    search.apply(to: &options)
    return options
  }

  /// Writes everything ``LayerResult/parts`` lists, under those names, and its words as metadata.
  private func write(_ result: LayerResult, to path: String) throws {
    var writer = SafetensorsWriter(
      metadata: result.notation.merging(["format": "nibble-layer", "method": method]) { $1 })
    for part in result.parts {
      switch part.values {
      case .floats(let values): try writer.add(part.name, shape: part.shape, values)
      case .bytes(let values): try writer.add(part.name, shape: part.shape, values)
      case .signedBytes(let values): try writer.add(part.name, shape: part.shape, values)
      case .words(let values): try writer.add(part.name, shape: part.shape, values)
      case .integers(let values): try writer.add(part.name, shape: part.shape, values)
      }
    }
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
    if let error = report.weightOutputError {
      table.add("output error, weights alone", Figures.short(error), "")
    }
    if let loss = report.loss { table.add("the method's own loss", Figures.short(loss), "") }
    if let damping = report.damping { table.add("damping", Figures.short(damping), "") }
    table.add("time", Figures.short(report.seconds), "s")
    table.add("peak memory", Figures.bytes(report.peakBytes), "")
    for line in table.lines where !line.isEmpty { Output.line("  " + line) }
    for note in report.notes ?? [] { Output.line("  note: " + note) }
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
  let weightOutputError: Double?
  let loss: Double?
  let damping: Double?
  let notes: [String]?
  let seconds: Double
  let peakBytes: Int
}
