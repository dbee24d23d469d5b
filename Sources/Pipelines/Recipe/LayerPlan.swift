public import Models
internal import Tensors

/// What is to be done to one linear layer of a model.
public struct LayerPlan: Sendable {
  /// Which layer.
  public let id: LinearLayerID
  /// Its name, without `.weight`.
  public let name: String
  /// The number of outputs.
  public let outputs: Int
  /// The number of inputs.
  public let inputs: Int
  /// What is done to it; nil where it is kept.
  public let rule: LayerRule?

  /// The number of weights.
  public var weights: Int { outputs * inputs }

  /// What a recipe does to each linear layer of a model, in the order of the forward pass.
  ///
  /// - Parameters:
  ///   - recipe: The recipe.
  ///   - model: The model.
  /// - Returns: One plan a layer.
  /// - Throws: `PipelineError.matchesNothing` for a pattern that names no layer, `.nothingToQuantize`.
  public static func layers(
    _ recipe: QuantizationRecipe, of model: Transformer
  ) throws(PipelineError) -> [LayerPlan] {
    var plans: [LayerPlan] = []
    for id in model.linearLayers {
      let shape = model.configuration.shape(of: id.role)
      let name = String(model.tensorName(of: id).dropLast(".weight".count))
      plans.append(
        LayerPlan(
          id: id, name: name, outputs: shape.outputs, inputs: shape.inputs,
          rule: recipe.rule(for: name)))
    }
    try check(recipe, names: plans.map(\.name))
    return plans
  }

  /// A pattern with a slip of the pen would otherwise change nothing, silently; one that is too wide, everything.
  static func check(_ recipe: QuantizationRecipe, names: [String]) throws(PipelineError) {
    for exception in recipe.exceptions where !names.contains(where: exception.pattern.matches) {
      throw .matchesNothing(
        place: recipe.path, pattern: exception.pattern.text,
        nearest: nearestNames(to: exception.pattern.text, among: names), names: names)
    }
    guard names.contains(where: { recipe.rule(for: $0) != nil }) else {
      throw .nothingToQuantize(place: recipe.path)
    }
  }
}
