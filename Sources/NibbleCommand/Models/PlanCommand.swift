import ArgumentParser
import Foundation
import Models
import Pipelines
import Tensors

/// `nibble plan`: what quantizing a model will take and give, for models that are not even here.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Work out on paper what quantizing a model takes: bits, bytes, memory, disk, time.",
    discussion: """
      Takes the name of a published model or a folder with a config.json; no weights are read, and they are taken \
      to have 16 bits. What nibble quantize would refuse is refused here in the same words. Time is that of \
      products and of rounding at the speed this machine has just shown; files are not counted. Memory counts \
      the buffers of this machine's threads.

      Published models: \(KnownModels.names.joined(separator: ", ")).

      Example: nibble plan --config llama-2-70b --method gptq --bits 4 --symmetric --format gptq
      """
  )

  @Option(help: ArgumentHelp("A published model's name, or a folder.", valueName: "name|dir"))
  var config: String

  @OptionGroup var recipe: RecipeFlags
  @OptionGroup(title: "Output") var format: FormatFlags

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Calibration windows, 0 for none (default 128 where something looks at inputs, else 0).",
      valueName: "count"))
  var samples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Tokens of a window (default 2048, or the model's positions if fewer).", valueName: "tokens"))
  var sequenceLength: Int?

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if format.isGGUF {
      throw ValidationError(
        "of a GGUF file, nibble quantize --dry-run says what each tensor becomes")
    }
    try recipe.requireMethod()
    if let samples, !(0...1 << 24 ~= samples) {
      throw ValidationError("--samples must be 0 or more, not \(samples)")
    }
    if let sequenceLength, !(1...1 << 24 ~= sequenceLength) {
      throw ValidationError("--sequence-length must be at least 1, not \(sequenceLength)")
    }
  }

  func run() throws {
    let recipe = try self.recipe.parsed()
    let format = try self.format.choice(assuming: .float16)
    let samples = self.samples ?? (recipe.needsCalibration ? 128 : 0)
    let plan: ModelPlan
    if let known = KnownModels.configuration(config) {
      plan = try ModelPlan(
        known, recipe: recipe, samples: samples,
        length: sequenceLength ?? min(2048, known.contextLength), format: format)
    } else {
      let found = try ModelPath.resolve(config)
      guard FileManager.default.fileExists(atPath: found) else {
        throw Failure(
          .noInput,
          "'\(config)' is neither a folder nor a published model known here; those are "
            + KnownModels.names.joined(separator: ", "))
      }
      let path =
        found.hasSuffix(".json")
        ? found : (found as NSString).appendingPathComponent("config.json")
      plan = try ModelPlan(
        configuration: path, recipe: recipe, samples: samples, length: sequenceLength,
        format: format)
    }
    if plan.samples > 0,
      let warning = CalibrationLint(
        widestInput: plan.layers.map(\.inputs).max() ?? 1, tokenizer: nil
      ).warning(tokens: plan.tokens)
    {
      Output.note("warning: \(warning)")
    }
    try PlanReport(plan, name: config, format: format).show(json: json)
  }
}
