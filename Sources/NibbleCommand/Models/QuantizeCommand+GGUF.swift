import Models
import Pipelines
import Synchronization
import Tokenizers

extension QuantizeCommand {
  /// `--format gguf:…`: one file, each tensor in its mixture's type.
  func writeGGUF() throws {
    let mixture = try format.mixture()
    let model = try ModelPath.resolve(self.model)
    let log = try self.log.map { try OutputFile($0, force: force) }
    let page = try self.report.map { try OutputFile($0, force: force) }
    let out = Self.trimmed(self.out ?? "")
    try checkOutput(of: model)
    let source = try SourceModel(path: model)
    try prepareOutput()
    let planned = try GGUFConversion(  // refused before a calibration is run
      source, mixture: mixture,
      willBeWeighed: calibration.calibration != nil && mixture.hasBlocks)
    let tokenizer = try tokenizer(of: model)
    let set = try calibration.set(
      for: source.model, tokenizer: tokenizer, path: model, seed: recipe.seed ?? 0)
    var warnings = set == nil ? [] : introduce(source, set, tokenizer)
    let plan = try GGUFPlan(planned, calibration: mixture.hasBlocks ? set : nil)
    if self.out != nil { try planned.checkRoom(for: out) }
    if dryRun {
      return try GGUFPlanReport(plan, format: "gguf:\(mixture.name)", name: model).show(json: json)
    }
    let start = ContinuousClock().now
    let importance = try set.flatMap { set -> ImportanceMatrix? in
      guard mixture.hasBlocks else {
        warnings.append("gguf:\(mixture.name) stores plain numbers, which no imatrix changes")
        Output.note("  warning: \(warnings[warnings.count - 1])")
        return nil
      }
      defer { Output.status("") }
      return try ImportanceMatrix(set, in: source.model) { done in
        Output.status("imatrix: \(done) of \(set.sequences.count) sequences")
      }
    }
    var conversion = try GGUFConversion(source, mixture: mixture, importance: importance)
    conversion.threads = threads
    if !conversion.hasTokenizer {
      warnings.append(
        "\(model) has no tokenizer, so the file has none: programs can give it token ids, but no text"
      )
      Output.note("warning: \(warnings[warnings.count - 1])")
    }
    if let method = source.quantizedBy {
      warnings.append(
        "\(model) holds \(method)'s codes: what they stand for is stored, and blocks quantize it once more"
      )
      Output.note("warning: \(warnings[warnings.count - 1])")
    }
    for plan in conversion.plans where plan.isFallback {
      let warning =
        "\(plan.name): rows of \(plan.shape.last ?? 0) are no whole number of the mixture's blocks; stored as "
        + plan.type
      warnings.append(warning)
    }
    if let first = warnings.first(where: { $0.contains("whole number") }) {
      let count = conversion.plans.count { $0.isFallback }
      Output.note("warning: \(first)" + (count > 1 ? ", and \(count - 1) tensors more" : ""))
    }
    conversion.resumes = !noResume
    let hasBegun = Atomic(false)
    let records = try Interrupts.cleaningUp {
      // Before that, what lies there is not this run's.
      if hasBegun.load(ordering: .sequentiallyConsistent) { GGUFConversion.giveUp(out) }
    } during: {
      try conversion.write(to: out, replacing: force) { event in
        switch event {
        case .putBack(let output): QuantizationProgress.tellPutBack(output)
        case .tensor(let name, let type, let done, let count):
          hasBegun.store(true, ordering: .sequentiallyConsistent)
          Output.status("\(done) of \(count): \(name) as \(type)")
        }
      }
    }
    Output.status("")
    let seconds = (ContinuousClock().now - start).seconds
    let quality = try page == nil ? nil : HeldOutQuality(source.model, out, set)
    let report = QuantizationReport(
      model: model, out: out, method: "gguf:\(mixture.name)",
      settings: [("method", "gguf:\(mixture.name)")]
        + (importance == nil ? [] : [("imatrix", "activations")]),
      format: "gguf:\(mixture.name)", records: records, warnings: warnings, seconds: seconds,
      quality: quality,
      qualityMissing: page == nil || quality != nil ? nil : absence(of: set, model), front: nil)
    try show(report, page: page, log: log)
  }
}
