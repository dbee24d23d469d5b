internal import Tensors

/// What ``QuIP`` and ``QuIPSharp`` can both be told.
protocol IncoherenceMethod {
  var damping: Damping { get set }
  var passes: Int { get set }
  var seed: UInt64 { get set }
  var threads: Int? { get set }
  var progress: (@Sendable (Double) -> Void)? { get set }
}

extension QuIP: IncoherenceMethod {}
extension QuIPSharp: IncoherenceMethod {}

extension IncoherenceMethod {
  /// The method with what a layer's options say, and its own defaults where they say nothing.
  func configured(by options: LayerOptions) -> Self {
    var method = self
    method.damping = options.resolvedDamping
    method.passes = options.passes ?? method.passes
    method.seed = options.seed ?? 0
    method.threads = options.threads
    method.progress = options.progress
    return method
  }
}

extension LayerOptions {
  /// Refuses a damping or a number of passes that cannot be.
  func checkIncoherence() throws(QuantizationError) {
    try resolvedDamping.validate()
    if let passes, passes < 0 {
      throw .parameter(name: "passes", value: Double(passes), expected: "0 or more")
    }
  }

  /// Sums over a layer's inputs in the precision that was asked for.
  func turnedStatistics(
    of input: LayerInput, for method: String
  ) throws(QuantizationError) -> InputStatistics {
    try input.statistics(doublePrecision ?? false ? .double : .single, for: method)
  }
}

extension LayerResult {
  /// The form every method can give: one scale for the layer, listed for every row and stored once.
  init(_ result: QuIPResult, codes: Codes, zero: Float, stored: [StorageCost.Item]) {
    let (rows, columns) = (result.dequantized.rows, result.dequantized.columns)
    self.init(
      codes: codes, scales: Matrix(rows: rows, columns: 1, repeating: result.scale),
      zeros: Matrix(rows: rows, columns: 1, repeating: zero), dequantized: result.dequantized,
      storage: StorageCost(weights: rows * columns, items: stored))
    loss = result.loss
    damping = result.damping
    restoring = result.incoherent.restoring
    notes = result.notes + ["codes and scales are those of the weight turned on both sides"]
  }
}
