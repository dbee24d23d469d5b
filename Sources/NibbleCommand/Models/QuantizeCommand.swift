import ArgumentParser
import Foundation
import Models
import Pipelines
import Quantization
import Tokenizers

/// `nibble quantize`: a whole model, block by block, into a folder that other programs read.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Quantize a whole model, block by block, with the evidence beside it.",
    discussion: """
      Reads a folder with config.json and weights, and writes one like it. The linear layers of the blocks are \
      quantized; embeddings, norms and the head stay. Each block is calibrated on what the blocks before it, \
      quantized already, give it.

      Stages may come first, --fold or a recipe's stages: they change the model's numbers and keep what it \
      computes, so that the method after them loses less (smoothquant then gptq, rotation then gptq). They are \
      folded into norms and layers; meanwhile there must be room beside --out for the model in float32.

      Interrupted, by Ctrl-C or by a power cut, the same command goes on where it was and ends with the same \
      bytes. The output's folder appears when all of it is there.

      Example: nibble quantize --model my-llama --out my-llama-int4 --method gptq --bits 4 \
      --symmetric --calibration stories --format gptq

      For llama.cpp: nibble quantize --model my-llama --out my-llama.gguf --format gguf:q4_k_m
      """
  )

  @Option(
    help: ArgumentHelp(
      "A model's folder, or a name that nibble fetch knows.", valueName: "dir|name"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "The folder to make; with a GGUF format also a file, whose name ends in .gguf.",
      valueName: "dir"))
  var out: String?

  @OptionGroup var recipe: RecipeFlags
  @OptionGroup(title: "Calibration") var calibration: CalibrationFlags
  @OptionGroup(title: "Output") var format: FormatFlags

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Give every layer the width with which all together take so many bits a weight and lose least.",
      valueName: "bits"))
  var targetBits: Double?

  @Option(
    help: ArgumentHelp(
      "The widths to choose from, with commas between them (default 2,3,4,8, the widths of GPTQ's format).",
      valueName: "list"))
  var widths: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads of the methods' own loops (default: every core); the result is the same.",
      valueName: "count"))
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      What may be used of memory, such as 8GB: where that is short, a block's layers are measured one set after the \
      other, with the same result; where it is too short, the command says so and stops.
      """, valueName: "bytes"))
  var memory: MemoryLimit?

  @Option(
    help: ArgumentHelp("Write a line a layer here: .csv, or .json.", valueName: "file"))
  var log: String?

  @Option(
    help: ArgumentHelp(
      """
      Write a page with every layer's error, bits and sizes here, and the perplexity before and after on \
      windows of the calibration text that were not drawn.
      """, valueName: "file"))
  var report: String?

  @Flag(help: "Say what it would take and give, and stop.")
  var dryRun = false

  @Flag(help: "Begin anew where an earlier run was stopped.")
  var noResume = false

  @Flag(help: "Replace --out, --log and --report if they exist.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
    if let targetBits, !(1...16).contains(targetBits) {
      throw ValidationError("--target-bits must be 1 to 16, not \(targetBits)")
    }
    if targetBits == nil, widths != nil {
      throw ValidationError("--widths goes with --target-bits")
    }
    if out == nil, !dryRun { throw ValidationError("give --out, the folder to make, or --dry-run") }
    if let log, !log.hasSuffix(".csv"), !log.hasSuffix(".json") {
      throw ValidationError("--log takes a name that ends in .csv or .json, not '\(log)'")
    }
    try format.check(recipe, [("--target-bits", targetBits != nil)])
  }

  func run() throws {
    if format.isGGUF { return try writeGGUF() }
    let asked = try self.recipe.parsed()
    _ = try self.format.choice()
    let model = try ModelPath.resolve(self.model)
    let log = try self.log.map { try OutputFile($0, force: force) }
    let page = try self.report.map { try OutputFile($0, force: force) }
    try checkOutput(of: model)
    let source = try SourceModel(path: model)
    _ = try LayerPlan.layers(asked, of: source.model)  // names are wrong before anything is read
    try prepareOutput()
    let out = self.out ?? ""
    let format = try self.format.choice(for: source)
    let tokenizer = try tokenizer(of: model)
    let set = try calibration.set(
      for: source.model, tokenizer: tokenizer, path: model, seed: asked.seed)
    var job = try job(source, asked, set, format)
    var warnings = introduce(source, set, tokenizer)
    let sharing = try targetBits.map {
      try BitSharing.plan(job, bits: $0, widths: widths, memory: memory)
    }
    if dryRun { return try show(job, sharing) }
    let kept = KeptWork(
      blocks: source.model.blocks.count, stages: asked.stages.count, resumes: !noResume)
    try Interrupts.cleaningUp {
      Output.note("\n" + kept.words)
    } during: {
      let shared = try sharing.map {
        try BitSharing(job, for: Self.trimmed(out), $0, kept: kept)
      }
      if let shared {
        job = try self.job(source, shared.recipe, set, format)
        job.resumes = true  // what is there now is this run's own
      }
      for remark in job.remarks { Output.note("note: \(remark)") }
      warnings += job.remarks
      let clock = ContinuousClock()
      let start = clock.now
      let progress = QuantizationProgress(source.model, job.recipe)
      var stages: [StageRecord] = []
      let records = try job.run(to: Self.trimmed(out)) { event in
        if case .stage(let record) = event { stages.append(record) }
        kept.show(event)
        progress.show(event)
      }
      progress.end()
      kept.isWritten()
      let seconds = (clock.now - start).seconds
      let quality = try page == nil ? nil : HeldOutQuality(source.model, Self.trimmed(out), set)
      let report = QuantizationReport(
        model: model, out: Self.trimmed(out), method: job.recipe.rule.method.name,
        settings: job.recipe.written, format: format.name, stages: stages, records: records,
        warnings: warnings, seconds: seconds, quality: quality,
        qualityMissing: page == nil || quality != nil ? nil : absence(of: set, model),
        front: shared?.front)
      try show(report, page: page, log: log)
    }
    try QuantizationRun.finish(Self.trimmed(out))
  }

  /// The run with everything that was asked for.
  private func job(
    _ source: SourceModel, _ recipe: QuantizationRecipe, _ set: CalibrationSet?,
    _ format: FormatChoice
  ) throws -> QuantizationRun {
    var job = try QuantizationRun(
      source, recipe: recipe, calibration: set, format: format, version: Version.text)
    job.threads = threads
    if let memory {
      job.shardSize = min(job.shardSize, max(1 << 20, memory.bytes / 4))
      job.inTurn = try memory.asksForTurns(job)
    }
    job.resumes = !noResume
    job.replaces = force
    job.keepsWork = true
    return job
  }

  /// Why a report has no perplexity, and how to come by one.
  func absence(of set: CalibrationSet?, _ model: String) -> String {
    let reason =
      set.map {
        "all that \($0.name) has was drawn for calibration (sequences: \($0.sequences.count)), so no text is left to "
          + "measure on; give a longer text or fewer --samples"
      } ?? "there is no --calibration, whose text it would be measured on; give one"
    return reason + ", or measure on another text: nibble eval --model "
      + "\(Self.quoted(Self.trimmed(out ?? ""))) --against \(Self.quoted(model)) --text FILE"
  }

  /// Writes what was asked for besides the model, and tells how it went.
  func show(_ report: QuantizationReport, page: OutputFile?, log: OutputFile?) throws {
    if let page, let path = self.report {
      try page.write(Array(QuantizationPage(report, command: Self.commandLine).html.utf8))
      Output.note("wrote \(path)")
    }
    if let log {
      let isTable = self.log?.hasSuffix(".csv") ?? false
      let text = try isTable ? LayerLog.csv(report.layers) : JSONText.of(report.layers)
      try log.write(Array(text.utf8))
    }
    if json { try Output.json(report) } else { for line in report.lines { Output.line(line) } }
  }

  /// The model's tokenizer; nil where there is none, which token ids do not need.
  func tokenizer(of model: String) throws -> Tokenizer? {
    do {
      return try Tokenizer.ofModel(at: model)
    } catch {
      guard case .tokenizer(_, .noSuchInput) = error else { throw error }
      return nil
    }
  }

  /// Shows what is calibrated on, and what is doubtful about it.
  func introduce(
    _ source: SourceModel, _ set: CalibrationSet?, _ tokenizer: Tokenizer?
  ) -> [String] {
    guard let set else {
      Output.note("no calibration: output errors are not measured")
      return []
    }
    let shortest = set.sequences.map(\.count).min() ?? 0
    let lengths = shortest == set.longest ? "\(shortest)" : "\(shortest) to \(set.longest)"
    Output.note(
      "calibration: \(set.sequences.count) sequences of \(lengths) tokens from \(set.name)")
    if let first = set.sequences.first, let text = try? tokenizer?.decode(Array(first.prefix(60))) {
      let words = text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ")
      Output.note("  the first begins: \(words.prefix(160))")
    }
    let widest = source.model.linearLayers.compactMap { source.model.layer($0)?.inputs }.max() ?? 1
    // What is wrong with the model itself is told where it runs; a dry run runs nothing.
    let surprise = dryRun ? nil : try? set.surprise(to: source.model)
    let warnings = CalibrationLint(
      widestInput: widest, asked: calibration.samples, tokenizer: tokenizer, surprise: surprise
    ).warnings(set)
    for warning in warnings { Output.note("  warning: \(warning)") }
    return warnings
  }

  /// Refuses a place for the output; a dry run has one only where it was given.
  func checkOutput(of model: String) throws {
    if dryRun, out == nil { return }
    try QuantizationOutput.check(Self.trimmed(out ?? ""), model: model, replacing: force)
  }

  /// Makes the folder above the output; a dry run asks whether it could be made.
  func prepareOutput() throws {
    guard let out else { return }
    if dryRun {
      try QuantizationOutput.checkParent(of: Self.trimmed(out))
    } else {
      try QuantizationOutput.makeParent(of: Self.trimmed(out))
    }
  }

  /// `--dry-run`: everything that a run refuses was refused by now, but for the room on the disk.
  private func show(_ job: QuantizationRun, _ sharing: SharedBitsPlan?) throws {
    if let out {
      if let sharing {
        try sharing.checkRoom(for: Self.trimmed(out))
      } else {
        try job.checkRoom(for: Self.trimmed(out))
      }
      if QuantizationRun.isUnfinished(Self.trimmed(out)), !noResume {
        Output.note("an interrupted run is there; the same settings go on with it")
      }
    }
    if let sharing {
      return try SharedBitsReport(
        sharing, name: job.source.path, format: job.format, turns: job.inTurn
      ).show(json: json)
    }
    try PlanReport(
      ModelPlan(job), name: job.source.path, format: job.format, turns: job.inTurn
    ).show(json: json)
  }

  /// The command as it was typed, for whoever wants the same again.
  private static var commandLine: String {
    (["nibble"] + CommandLine.arguments.dropFirst()).map(quoted).joined(separator: " ")
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,".contains($0) }
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  /// A path without slashes at its end.
  static func trimmed(_ path: String) -> String {
    var path = Substring(path)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }
}
