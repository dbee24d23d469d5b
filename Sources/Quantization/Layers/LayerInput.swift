public import Tensors

/// One linear layer to quantize: its weight and, where there are any, inputs it has seen.
///
/// All that a method sees of the world: matrices, not models.
public struct LayerInput: Sendable {
  /// W, shape [out, in].
  public let weight: Matrix
  /// Xᵀ, shape [tokens, in].
  public let activations: Matrix?
  /// Sums over inputs seen earlier, where the inputs themselves were not kept.
  public let statistics: InputStatistics?
  /// X̃ᵀ, what enters the layer in the float model, where ``activations`` come from a model whose earlier
  /// layers are quantized already; the same shape.
  public let exactActivations: Matrix?

  /// A layer, checked: not empty, finite throughout, shapes that fit.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - activations: Shape [tokens, in], where the caller has some.
  ///   - exactActivations: The same tokens in the float model, where those were kept as well.
  /// - Throws: `QuantizationError.empty`, `.notFinite` or
  ///   `.tooLarge` naming the element, `.activationsDoNotMatch`, `.countMismatch` for exact
  ///   activations of other tokens, `.inputsNeeded` for exact activations alone.
  public init(
    weight: Matrix, activations: Matrix? = nil, exactActivations: Matrix? = nil
  ) throws(QuantizationError) {
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    try weight.requireRoom(named: "weight")
    if let activations {
      guard activations.columns == weight.columns else {
        throw .activationsDoNotMatch(
          activationColumns: activations.columns, weightColumns: weight.columns)
      }
      guard activations.count > 0 else {
        throw .empty(name: "activations", rows: activations.rows, columns: activations.columns)
      }
      try activations.requireFinite(named: "activations")
    }
    if let exactActivations {
      guard let activations else { throw .inputsNeeded(method: "a float model's input") }
      guard exactActivations.columns == weight.columns else {
        throw .activationsDoNotMatch(
          activationColumns: exactActivations.columns, weightColumns: weight.columns)
      }
      guard exactActivations.rows == activations.rows else {
        throw .countMismatch(
          what: "tokens in the float model", found: exactActivations.rows,
          expected: activations.rows)
      }
      try exactActivations.requireFinite(named: "activations_float")
    }
    self.weight = weight
    self.activations = activations
    self.exactActivations = exactActivations
    statistics = nil
  }

  /// A layer with sums over its inputs, checked in the same way.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - statistics: Sums over at least one token.
  /// - Throws: `QuantizationError.empty`, `.notFinite` or `.tooLarge` naming the element,
  ///   `.activationsDoNotMatch`.
  public init(weight: Matrix, statistics: InputStatistics) throws(QuantizationError) {
    let checked = try LayerInput(weight: weight)
    guard statistics.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: statistics.columns, weightColumns: weight.columns)
    }
    guard statistics.tokens > 0 else {
      throw .empty(name: "activations", rows: 0, columns: statistics.columns)
    }
    self.weight = checked.weight
    activations = nil
    exactActivations = nil
    self.statistics = statistics
  }

  /// The sums given, or those of the activations.
  ///
  /// - Parameters:
  ///   - precision: In what a Hessian is summed from the activations, or must have been.
  ///   - method: Who asks, for the message.
  /// - Returns: Sums over at least one token.
  /// - Throws: `QuantizationError.inputsNeeded` where there are neither, `.sumsAreSingle` where sums
  ///   given are not as precise as asked.
  public func statistics(
    _ precision: InputStatistics.Precision = .single, for method: String
  ) throws(QuantizationError) -> InputStatistics {
    if let statistics {
      if precision == .double, statistics.precision == .single {
        throw .sumsAreSingle(method: method)
      }
      return statistics
    }
    let activations = try activations(for: method)
    var sums = InputStatistics(columns: weight.columns, precision: precision)
    try sums.add(activations)
    return sums
  }

  /// E[x], one an input channel.
  ///
  /// - Parameter method: Who asks, for the message.
  /// - Returns: Means over at least one token, summed in double precision.
  /// - Throws: `QuantizationError.inputsNeeded` where there are neither sums nor activations.
  public func inputMeans(for method: String) throws(QuantizationError) -> [Float] {
    if let statistics { return statistics.means }
    return try activations(for: method).columnMeans
  }

  /// The activations, for a method that needs them token by token.
  ///
  /// - Parameter method: Who asks, for the message.
  /// - Returns: Xᵀ, shape [tokens, in].
  /// - Throws: `QuantizationError.inputsNeeded` where there are none.
  public func activations(for method: String) throws(QuantizationError) -> Matrix {
    guard let activations else { throw .inputsNeeded(method: method) }
    return activations
  }
}
