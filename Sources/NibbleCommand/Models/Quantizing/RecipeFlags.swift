import ArgumentParser
import Pipelines
import Quantization

/// What is to be done to the layers of a model: a method with its options, or a file that says more.
struct RecipeFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The method's name; `nibble methods` lists them.", valueName: "name"))
  var method: String?

  @Option(
    help: ArgumentHelp(
      "A recipe instead: method, options, and exceptions by layers' names.", valueName: "file"))
  var recipe: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Keep the layers whose names match, such as '*.0.*'; may be given again.",
      valueName: "pattern"))
  var keep: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Fold a change into the model first that keeps what it computes: rotation (residual stream and values), \
      smoothquant or awq, the two with --alpha where the method has none. May be given again; they follow each \
      other. Nothing is left to do at run time.
      """, valueName: "stage"))
  var fold: [String] = []

  @Flag(
    help:
      "Quantize a block's layers in turn, each on what those before it, quantized already, make.")
  var trueSequential = false

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

  func validate() throws {
    if method != nil, recipe != nil { throw Self.neitherOrBoth }
    if recipe != nil, trueSequential || !keep.isEmpty || !fold.isEmpty || seed != nil {
      throw ValidationError(
        "--true-sequential, --keep, --fold and --seed go with --method; a recipe has keys for them")
    }
    if recipe != nil, !options.given.isEmpty || search.imatrix != nil {
      throw ValidationError("a method's options go with --method; a recipe has keys for them")
    }
    if let imatrix = search.imatrix, imatrix != "activations" {
      throw ValidationError(
        "for a whole model --imatrix takes the word activations: each layer's inputs have a matrix of their own"
      )
    }
  }

  /// What was asked of the method.
  private var options: LayerOptions {
    var options = LayerOptions()
    common.apply(to: &options)
    feedback.apply(to: &options)
    inputs.apply(to: &options)
    search.apply(to: &options)
    return options
  }

  private static let neitherOrBoth = ValidationError("give --method or --recipe, one of the two")

  /// Whether nothing was asked for.
  var isEmpty: Bool {
    method == nil && recipe == nil && keep.isEmpty && fold.isEmpty && !trueSequential
      && options.given.isEmpty
  }

  /// Refuses to go on without a method.
  func requireMethod() throws {
    if method == nil, recipe == nil { throw Self.neitherOrBoth }
  }

  /// The recipe that the options or the file make.
  func parsed() throws -> QuantizationRecipe {
    try requireMethod()
    if let recipe { return try RecipeFile.recipe(recipe) }
    let method = try LayerMethod(named: self.method ?? "")
    var options = options
    let stages = try stages(method, &options)
    let rule = LayerRule(method, options, weighsByInputs: search.imatrix != nil)
    let unused = options.given.filter { !method.options.contains($0) }
    guard unused.isEmpty, search.imatrix == nil || method.options.contains(.importance) else {
      throw QuantizationError.optionsNotUsed(
        method: method.name, options: unused.isEmpty ? ["imatrix"] : unused.map(\.rawValue),
        uses: LayerOption.allCases.filter { method.options.contains($0) }.map(\.rawValue))
    }
    try rule.check()
    return QuantizationRecipe(
      rule, exceptions: keep.map { .init(NamePattern($0), nil) }, stages: stages,
      order: trueSequential ? .trueSequential : .block, seed: seed ?? 0)
  }

  /// The stages of --fold; an alpha and duo-scaling that the method does not know are theirs.
  private func stages(
    _ method: LayerMethod, _ options: inout LayerOptions
  ) throws -> [FoldStage] {
    let takers = fold.filter { ["smoothquant", "awq"].contains($0) }
    let alpha = options.alpha
    if alpha != nil, !takers.isEmpty {
      guard takers.count == 1, !method.options.contains(.alpha) else {
        throw Failure(
          .usage,
          "--alpha could be \((takers + (method.options.contains(.alpha) ? [method.name] : [])).joined(separator: "'s or "))'s; "
            + "say which in a recipe: 'stages: [{fold: \(takers[0]), alpha: 0.5}]'")
      }
      options.alpha = nil
    }
    let duoScaling = options.duoScaling
    let foldsDuo = takers.contains("awq") && !method.options.contains(.duoScaling)
    if foldsDuo { options.duoScaling = nil }
    return try fold.map { name in
      try FoldStage(
        named: name,
        alpha: takers.contains(name) ? alpha.flatMap { options.alpha == nil ? $0 : nil } : nil,
        duoScaling: name == "awq" && foldsDuo ? duoScaling ?? false : false)
    }
  }
}
