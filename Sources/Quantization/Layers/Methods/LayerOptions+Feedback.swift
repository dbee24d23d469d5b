internal import Tensors

extension LayerOptions {
  /// The grid of the methods that pass errors on: asymmetric unless asked, symmetric with all codes.
  func feedbackScheme(
    _ input: LayerInput, for method: String
  ) throws(QuantizationError) -> QuantizationScheme {
    QuantizationScheme(
      bits: try resolvedBits(in: 2...8, for: method),
      symmetry: symmetric ?? false ? .symmetric(.full) : .asymmetric,
      granularity: .group(try resolvedGroupSize(columns: input.weight.columns)),
      range: range ?? .minMax)
  }

  /// The Hessian of a layer's inputs, damped and factored as asked.
  func factor(_ input: LayerInput, for method: String) throws(QuantizationError) -> HessianFactor {
    try HessianFactor(
      try input.statistics(doublePrecision ?? false ? .double : .single, for: method),
      damping: Damping(damping ?? 0.01, raises: raiseDamping ?? false),
      order: actOrder ?? false ? .byActivation : .natural, for: method)
  }
}

extension String {
  /// How bits per weight come about where errors are passed on.
  static let feedbackBits =
    "b + 16/g symmetric, b + (16 + b)/g asymmetric; with act-order's groups 32/out more"
}
