internal import CKernels
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// Measures a model on a text, alone or against the model it was made from in the same pass.
public struct Evaluator: Sendable {
  /// The model that is measured.
  public let model: Transformer
  /// The model it is compared with, if any.
  public let base: Transformer?

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - model: The model that is measured.
  ///   - base: A model of the same vocabulary to compare with, or nil.
  /// - Throws: `ModelError.vocabulariesDiffer`.
  public init(_ model: Transformer, against base: Transformer? = nil) throws(ModelError) {
    if let base, base.head.outputs != model.head.outputs {
      throw .vocabulariesDiffer(model.head.outputs, base.head.outputs)
    }
    self.model = model
    self.base = base
  }

  /// Measures windows of a text.
  ///
  /// - Parameters:
  ///   - windows: What ``EvaluationProtocol/windows(of:beginning:)`` cut.
  ///   - sums: What was measured of them before; those windows are not run again.
  ///   - onWindow: Is given the sums after each window, and says whether to go on.
  /// - Returns: The sums; fewer windows than given if `onWindow` stopped it.
  /// - Throws: `ModelError`; a window longer than the model's context is too long.
  public func evaluate(
    _ windows: [EvaluationWindow], from sums: EvaluationSums = EvaluationSums(),
    onWindow: (EvaluationSums) -> Bool = { _ in true }
  ) throws(ModelError) -> EvaluationSums {
    var sums = sums
    for window in windows.dropFirst(sums.windows) {
      try add(window, to: &sums)
      if !onWindow(sums) { break }
    }
    return sums
  }

  /// A window's rows, some at a time, so that its logits never lie in memory all at once.
  private func add(
    _ window: EvaluationWindow, to sums: inout EvaluationSums
  ) throws(ModelError) {
    let rowsAtOnce = 128
    let vocabulary = model.head.outputs
    // The logits of row t are those of token t + 1.
    let rows = window.scored.lowerBound - 1..<window.scored.upperBound - 1
    let vectors = try model.finalVectors(window.tokens)
    let baseVectors = try base?.finalVectors(window.tokens)
    let (buffer, baseBuffer) = (FloatBuffer(), FloatBuffer())
    let scores = ScoreRows()
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
      let range = start..<min(rows.upperBound, start + rowsAtOnce)
      let logits = buffer.reserve(range.count * vocabulary)
      model.head.apply(to: vectors, rows: range, into: logits)
      var baseLogits: UnsafeMutablePointer<Float>?
      if let base, let baseVectors {
        baseLogits = baseBuffer.reserve(range.count * vocabulary)
        base.head.apply(to: baseVectors, rows: range, into: baseBuffer.start)
      }
      scores.measure(
        range, tokens: window.tokens, vocabulary: vocabulary, logits: logits,
        baseLogits: baseLogits)
      for score in scores.rows { sums.add(score) }
    }
    guard sums.loss.isFinite else { throw model.notFinite("a logit") }
    guard sums.baseLoss.isFinite else {
      throw (base ?? model).notFinite("a logit of the model compared with")
    }
    sums.windows += 1
  }
}

extension EvaluationSums {
  mutating func add(_ score: TokenScore) {
    tokens += 1
    loss += score.loss
    squaredLoss += score.loss * score.loss
    guard let comparison = score.comparison else { return }
    let difference = score.loss - comparison.baseLoss
    baseLoss += comparison.baseLoss
    squaredLossDifference += difference * difference
    divergences.append(Float(comparison.divergence))
    probabilityChanges.append(Float(exp(-score.loss) - exp(-comparison.baseLoss)))
    agreements += comparison.top == score.top ? 1 : 0
    flips += (comparison.top == score.token) != (score.top == score.token) ? 1 : 0
  }
}

/// What one token's logits say.
struct TokenScore {
  let token: Int
  /// −ln p of the token.
  let loss: Double
  /// The most probable token.
  let top: Int
  let comparison: Comparison?

  struct Comparison {
    let baseLoss: Double
    let divergence: Double
    let top: Int
  }
}

/// Scores rows of logits on all threads.
final class ScoreRows {
  private(set) var rows: [TokenScore] = []

  func measure(
    _ range: Range<Int>, tokens: [Int], vocabulary: Int, logits: UnsafePointer<Float>,
    baseLogits: UnsafePointer<Float>?
  ) {
    rows = [TokenScore](unsafeUninitializedCapacity: range.count) { buffer, count in
      nonisolated(unsafe) let target = buffer
      Parallel.split(range.count, parts: Parallel.parts(for: range.count * vocabulary)) { part in
        for row in part {
          target.initializeElement(
            at: row,
            to: Self.score(
              tokens[range.lowerBound + row + 1], vocabulary, logits + row * vocabulary,
              baseLogits.map { $0 + row * vocabulary }))
        }
      }
      count = range.count
    }
  }

  private static func score(
    _ token: Int, _ vocabulary: Int, _ logits: UnsafePointer<Float>,
    _ baseLogits: UnsafePointer<Float>?
  ) -> TokenScore {
    let logSum = nibble_log_sum_exp(logits, vocabulary)
    return TokenScore(
      token: token, loss: logSum - Double(logits[token]), top: nibble_largest(logits, vocabulary),
      comparison: baseLogits.map { base in
        let baseSum = nibble_log_sum_exp(base, vocabulary)
        return TokenScore.Comparison(
          baseLoss: baseSum - Double(base[token]),
          // Rounding can leave a hair below zero where both agree.
          divergence: max(0, nibble_divergence(base, baseSum, logits, logSum, vocabulary)),
          top: nibble_largest(base, vocabulary))
      })
  }
}

extension LinearLayer {
  /// The outputs for some rows of a matrix.
  func apply(to matrix: Matrix, rows: Range<Int>, into output: UnsafeMutablePointer<Float>) {
    matrix.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      Projection.apply(
        [self], to: start + rows.lowerBound * inputs, rows: rows.count, into: [output])
    }
  }
}
