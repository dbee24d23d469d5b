internal import Grids
public import Tensors

/// What coded keys and values do to one head's attention: scores, weights, output.
///
/// An error of the keys passes through the softmax, which can swallow it or let it choose another
/// token; an error of the values is averaged with the weights. Neither shows in the mean squared error of
/// the cache itself, so this measures where it counts.
public struct AttentionError: Hashable, Sendable {
  /// The mean squared error of the scores q·k / √d that the softmax sees.
  public let scoreMSE: Double
  /// The mean over queries of KL(p ‖ p̂), in nats: the exact weights p against those of coded keys.
  public let klDivergence: Double
  /// The mean over queries of ½ Σ |p − p̂|: what share of the attention went to other tokens, 0 to 1.
  public let totalVariation: Double
  /// The mean over queries of ‖Σ p v − Σ p̂ v̂‖².
  public let outputError: Double
  /// The output error over the mean of ‖Σ p v‖²; 0 when both are zero, infinity when only the latter.
  public let relativeOutputError: Double

  /// Measures one head.
  ///
  /// - Parameters:
  ///   - queries: Shape [queries, channels].
  ///   - keys: Exact keys, shape [tokens, channels], at least one token.
  ///   - values: Exact values, shape [tokens, channels of a value].
  ///   - codedKeys: What the cache gives for the keys, the same shape.
  ///   - codedValues: What the cache gives for the values, the same shape.
  ///   - isCausal: Whether the queries are those of the last tokens and each sees only tokens up to its
  ///     own; otherwise every query sees every token.
  /// - Throws: `QuantizationError.countMismatch` for shapes that do not fit, `.empty` without a query or
  ///   token, `.notFinite`.
  public init(
    queries: Matrix, keys: Matrix, values: Matrix, codedKeys: Matrix, codedValues: Matrix,
    isCausal: Bool = false
  ) throws(QuantizationError) {
    try Self.check(queries, keys, values, codedKeys, codedValues, isCausal)
    for (name, matrix) in [
      ("queries", queries), ("keys", keys), ("values", values), ("coded keys", codedKeys),
      ("coded values", codedValues),
    ] { try matrix.requireFinite(named: name) }
    let scores = Self.scores(queries, keys)
    let codedScores = Self.scores(queries, codedKeys)
    var sums = Sums()
    for query in 0..<queries.rows {
      let seen = isCausal ? keys.rows - queries.rows + query + 1 : keys.rows
      sums.add(
        Self.row(scores, query, seen), Self.row(codedScores, query, seen), values, codedValues)
    }
    let count = Double(queries.rows)
    scoreMSE = sums.squaredScores / Double(sums.scoreCount)
    klDivergence = max(0, sums.divergence / count)  // rounding can leave −10⁻¹⁷
    totalVariation = sums.variation / count
    outputError = sums.squaredOutput / count
    relativeOutputError =
      sums.signal > 0 ? sums.squaredOutput / sums.signal : (sums.squaredOutput > 0 ? .infinity : 0)
  }

  private static func check(
    _ queries: Matrix, _ keys: Matrix, _ values: Matrix, _ codedKeys: Matrix,
    _ codedValues: Matrix, _ isCausal: Bool
  ) throws(QuantizationError) {
    guard queries.count > 0 else {
      throw .empty(name: "queries", rows: queries.rows, columns: queries.columns)
    }
    guard keys.count > 0 else { throw .empty(name: "keys", rows: keys.rows, columns: keys.columns) }
    for (what, found, expected) in [
      ("channels of the keys", keys.columns, queries.columns),
      ("tokens with values", values.rows, keys.rows),
      ("coded tokens", codedKeys.rows, keys.rows),
      ("channels of the coded keys", codedKeys.columns, keys.columns),
      ("coded values", codedValues.rows, values.rows),
      ("channels of the coded values", codedValues.columns, values.columns),
    ] where found != expected {
      throw .countMismatch(what: what, found: found, expected: expected)
    }
    guard !isCausal || queries.rows <= keys.rows else {
      throw .countMismatch(what: "tokens", found: keys.rows, expected: queries.rows)
    }
  }

  /// q·k / √d, shape [queries, tokens].
  private static func scores(_ queries: Matrix, _ keys: Matrix) -> DoubleMatrix {
    var scores = DoubleMatrix(queries).multiplyingTransposed(DoubleMatrix(keys))
    scores.scale(by: 1 / Double(queries.columns).squareRoot())
    return scores
  }

  private static func row(_ scores: DoubleMatrix, _ query: Int, _ seen: Int) -> [Double] {
    (0..<seen).map { scores[query, $0] }
  }
}

extension AttentionError {
  /// Sums over queries.
  private struct Sums {
    var scoreCount = 0
    var squaredScores = 0.0
    var divergence = 0.0
    var variation = 0.0
    var squaredOutput = 0.0
    var signal = 0.0

    /// Adds a query by its scores over the tokens it sees.
    mutating func add(
      _ scores: [Double], _ codedScores: [Double], _ values: Matrix, _ codedValues: Matrix
    ) {
      let logs = logSoftmax(scores)
      let codedLogs = logSoftmax(codedScores)
      var output = [Double](repeating: 0, count: values.columns)
      var change = output
      scoreCount += scores.count
      for token in scores.indices {
        let difference = scores[token] - codedScores[token]
        squaredScores += difference * difference
        let weight = exponential(logs[token])
        let coded = exponential(codedLogs[token])
        divergence += weight * (logs[token] - codedLogs[token])
        variation += (weight - coded).magnitude / 2
        for channel in output.indices {
          let exact = weight * Double(values[token, channel])
          output[channel] += exact
          change[channel] += exact - coded * Double(codedValues[token, channel])
        }
      }
      signal += output.reduce(0) { $0 + $1 * $1 }
      squaredOutput += change.reduce(0) { $0 + $1 * $1 }
    }
  }
}

/// The logarithms of a softmax's weights, safe for scores of any size.
private func logSoftmax(_ scores: [Double]) -> [Double] {
  let most = scores.max() ?? 0
  let total = scores.reduce(0) { $0 + exponential($1 - most) }
  let shift = most + logarithm(total)
  return scores.map { $0 - shift }
}
