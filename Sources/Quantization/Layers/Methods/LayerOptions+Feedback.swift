internal import Tensors

extension LayerOptions {
  /// The grid of the methods that pass errors on: asymmetric unless asked, symmetric with all codes.
  func feedbackScheme(
    columns: Int, for method: String
  ) throws(QuantizationError) -> QuantizationScheme {
    QuantizationScheme(
      bits: try resolvedBits(in: 2...8, for: method),
      symmetry: symmetric ?? false ? .symmetric(.full) : .asymmetric,
      granularity: .group(try resolvedGroupSize(columns: columns)),
      range: range ?? .minMax)
  }

  /// Refuses a grid, a damping or a block of columns that cannot be.
  func checkFeedback(rows: Int, columns: Int, for method: String) throws(QuantizationError) {
    try feedbackScheme(columns: columns, for: method).validate(rows: rows, columns: columns)
    try resolvedDamping.validate()
    if let blockSize, blockSize <= 0 {
      throw .sizeNotPositive(name: "block size", value: blockSize)
    }
  }

  /// What is added to a Hessian's diagonal.
  var resolvedDamping: Damping { Damping(damping ?? 0.01, raises: raiseDamping ?? false) }

  /// The Hessian of a layer's inputs, damped and factored as asked.
  func factor(_ input: LayerInput, for method: String) throws(QuantizationError) -> HessianFactor {
    try HessianFactor(
      try input.statistics(doublePrecision ?? false ? .double : .single, for: method),
      damping: resolvedDamping,
      order: actOrder ?? false ? .byActivation : .natural, for: method)
  }
}

extension String {
  /// How bits per weight come about where errors are passed on.
  static let feedbackBits =
    "b + 16/g symmetric, b + (16 + b)/g asymmetric; with act-order's groups 32/out more"
}
