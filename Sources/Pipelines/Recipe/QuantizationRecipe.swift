internal import Quantization

/// What is to become of a model: a rule for its linear layers, exceptions by name, stages, an order.
///
/// The linear layers of the blocks are what is quantized. Embeddings, norms, biases and the head stay as they
/// are: together a small part of a large model, and the part that low precision hurts most.
public struct QuantizationRecipe: Sendable {
  /// In what order the layers of a block are quantized.
  public enum Order: String, Sendable, CaseIterable {
    /// All on the inputs that the float block gives them.
    case block
    /// Those that share an input together, each on what the layers before it, quantized already, make of it:
    /// queries, keys and values; the attention's output; gate and up; down.
    case trueSequential = "true-sequential"
  }

  /// What is done to layers whose names match.
  public struct Exception: Sendable {
    /// Which layers.
    public var pattern: NamePattern
    /// What is done to them; nil to keep them as they are.
    public var rule: LayerRule?

    /// An exception.
    ///
    /// - Parameters:
    ///   - pattern: Which layers.
    ///   - rule: What is done to them; nil to keep them.
    public init(_ pattern: NamePattern, _ rule: LayerRule?) {
      self.pattern = pattern
      self.rule = rule
    }
  }

  /// What is done to every layer that no exception names.
  public var rule: LayerRule
  /// What is done to others; the first that matches counts.
  public var exceptions: [Exception]
  /// Changes that keep what the model computes, made first, in their order.
  public var stages: [FoldStage]
  /// In what order.
  public var order: Order
  /// The seed of methods that draw numbers.
  public var seed: UInt64
  /// The file that it was read from, for messages; nil for one that was put together otherwise.
  public internal(set) var path: String?

  /// A recipe.
  ///
  /// - Parameters:
  ///   - rule: What is done to every layer.
  ///   - exceptions: What is done to some instead.
  ///   - stages: Changes that keep what the model computes, made first.
  ///   - order: In what order.
  ///   - seed: The seed of methods that draw numbers.
  public init(
    _ rule: LayerRule, exceptions: [Exception] = [], stages: [FoldStage] = [],
    order: Order = .block, seed: UInt64 = 0
  ) {
    self.rule = rule
    self.exceptions = exceptions
    self.stages = stages
    self.order = order
    self.seed = seed
  }

  /// What is done to a layer.
  ///
  /// - Parameter name: The layer's name.
  /// - Returns: The rule; nil where it is kept.
  public func rule(for name: String) -> LayerRule? {
    for exception in exceptions where exception.pattern.matches(name) { return exception.rule }
    return rule
  }

  /// Whether some layer's method or some stage looks at the layers' inputs, so that there must be calibration.
  public var needsCalibration: Bool {
    stages.contains(where: \.needsCalibration)
      || ([rule] + exceptions.compactMap(\.rule)).contains { $0.needs != .nothing }
  }

  /// Everything that decides the result, by key, in a fixed order.
  public var written: [(key: String, value: String)] {
    var written = rule.written
    if !stages.isEmpty {
      written.append(("stages", stages.map(\.line).joined(separator: ", ")))
    }
    written.append(("order", order.rawValue))
    written.append(("seed", "\(seed)"))
    for exception in exceptions {
      written.append(("layers \(exception.pattern.text)", exception.rule?.line ?? "kept"))
    }
    return written
  }
}
