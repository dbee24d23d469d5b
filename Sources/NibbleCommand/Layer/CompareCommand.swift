import ArgumentParser
import Foundation
import Quantization
import Tensors
import Terminal

/// `nibble compare`: one layer, all methods, with what each costs and what it breaks.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Quantize one layer with every method and compare them.",
    discussion: """
      Reads `weight` [out, in] and, where present, `activations` [tokens, in], as `nibble layer` does. \
      A ● marks the Pareto front: no other method has both fewer bits per weight and a smaller error. \
      Memory is what a method needs over the layer itself.

      Example: nibble compare layer.safetensors --bits 2,3,4,8 --html comparison.html
      """
  )

  @Argument(help: "A .safetensors file.")
  var file: String

  @Option(
    help: ArgumentHelp(
      "Methods, with commas between them (default: all that are not slow).", valueName: "list"))
  var methods: String?

  @Option(
    help: ArgumentHelp(
      "Bits a code, with commas between them, for the methods that have a choice (default: each "
        + "method's own).", valueName: "list"))
  var bits: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weights that share a scale, for the methods that have a choice (default: each method's own).",
      valueName: "count"))
  var groupSize: Int?

  @Option(help: ArgumentHelp("The tensor to quantize (default: weight).", valueName: "name"))
  var tensor: String?

  @Option(
    help: ArgumentHelp(
      "The tensor of inputs (default: activations, where present).", valueName: "name"))
  var activations: String?

  @Option(parsing: .unconditional, help: "The seed of anything random (default 0).")
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Threads of the engine's own loops (default: every core); OPENBLAS_NUM_THREADS is for products of \
      matrices.
      """,
      valueName: "count"))
  var threads: Int?

  @Option(help: ArgumentHelp("Write a page with table and chart here.", valueName: "file"))
  var html: String?

  @Flag(help: "Replace --html if it exists.")
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
    _ = try widths()
    if methods?.split(separator: ",").isEmpty == true {
      throw ValidationError("--methods names no method")
    }
  }

  func run() throws {
    let named = try methods?.split(separator: ",").map {
      try LayerMethod(named: $0.trimmingCharacters(in: .whitespaces))
    }
    let page = try html.map { try OutputFile($0, force: force) }
    let comparison = try ComparisonRunner(
      layer: LayerFile(path: file, tensor: tensor, activations: activations),
      methods: named.map(Self.distinct), bits: try widths(),
      options: LayerOptions(groupSize: groupSize, seed: seed, threads: threads)
    ).run()
    try page?.write(Array(ComparisonPage(comparison).html.utf8))
    if json {
      try Output.json(Report(comparison))
    } else {
      let settings = TerminalSettings.detect(
        descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
      for line in ComparisonText(comparison, settings: settings).lines { Output.line(line) }
    }
    if let html { Output.note("wrote \(html)") }
  }

  /// The methods, each once.
  private static func distinct(_ methods: [LayerMethod]) -> [LayerMethod] {
    var seen: Set<String> = []
    return methods.filter { seen.insert($0.name).inserted }
  }

  /// The widths of `--bits`, rising, each once.
  private func widths() throws -> [Int]? {
    guard let bits else { return nil }
    let widths = try bits.split(separator: ",").map { text in
      guard let width = Int(text.trimmingCharacters(in: .whitespaces)), (1...8).contains(width)
      else {
        throw ValidationError(
          "--bits takes widths of 1 to 8 with commas between them, not '\(text)'")
      }
      return width
    }
    guard !widths.isEmpty else { throw ValidationError("--bits names no width") }
    return Set(widths).sorted()
  }
}

/// What `--json` prints.
private struct Report: Encodable {
  let schema = 1
  let tensor: String
  let shape: [Int]
  let tokens: Int?
  let results: [Comparison.Entry]
  let leftOut: [Comparison.LeftOut]

  init(_ comparison: Comparison) {
    tensor = comparison.tensor
    shape = comparison.shape
    tokens = comparison.tokens
    results = comparison.entries
    leftOut = comparison.leftOut
  }
}
