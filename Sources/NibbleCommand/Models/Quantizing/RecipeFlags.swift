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
    if recipe != nil, trueSequential || !keep.isEmpty || seed != nil {
      throw ValidationError(
        "--true-sequential, --keep and --seed go with --method; a recipe has keys for them")
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
    method == nil && recipe == nil && keep.isEmpty && !trueSequential && options.given.isEmpty
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
    let rule = LayerRule(method, options, weighsByInputs: search.imatrix != nil)
    let unused = options.given.filter { !method.options.contains($0) }
    guard unused.isEmpty, search.imatrix == nil || method.options.contains(.importance) else {
      throw QuantizationError.optionsNotUsed(
        method: method.name, options: unused.isEmpty ? ["imatrix"] : unused.map(\.rawValue),
        uses: LayerOption.allCases.filter { method.options.contains($0) }.map(\.rawValue))
    }
    return QuantizationRecipe(
      rule, exceptions: keep.map { .init(NamePattern($0), nil) },
      order: trueSequential ? .trueSequential : .block, seed: seed ?? 0)
  }
}
