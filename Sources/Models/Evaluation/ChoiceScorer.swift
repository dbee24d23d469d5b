internal import CKernels
internal import Tensors

/// How probable a model holds each of several continuations of a text.
public struct ChoiceScore: Equatable, Sendable {
  /// ln of the probability of all the continuation's tokens, given the text.
  public let logProbability: Double
  /// How many tokens the continuation has.
  public let tokens: Int

  /// ln of the probability, a token: what long continuations are not punished by.
  public var logProbabilityPerToken: Double { logProbability / Double(tokens) }
}

extension Transformer {
  /// Scores the answers of a multiple-choice question.
  ///
  /// - Parameters:
  ///   - choices: The tokens of each answer, at least one token each.
  ///   - context: The tokens before the answer, at least one; run once for all answers.
  /// - Returns: A score an answer.
  /// - Throws: `ModelError`, as ``logits(_:cache:rows:observer:)``.
  public func score(
    choices: [[Int]], after context: [Int]
  ) throws(ModelError) -> [ChoiceScore] {
    guard let last = context.last else { throw .noTokens }
    let cache = KeyValueCache(for: configuration, capacity: context.count + 16)
    let before = Array(context.dropLast())
    if !before.isEmpty { _ = try logits(before, cache: cache, rows: .last) }
    var scores: [ChoiceScore] = []
    for choice in choices {
      if choice.isEmpty { throw .noTokens }
      if let wrong = choice.last, !(0..<configuration.vocabularySize).contains(wrong) {
        throw .tokenOutOfRange(
          token: wrong, position: context.count + choice.count - 1,
          vocabulary: configuration.vocabularySize)
      }
      let rows = try logits([last] + choice.dropLast(), cache: cache)
      cache.truncate(to: before.count)
      var sum = 0.0
      for (row, token) in choice.enumerated() {
        sum += rows.withUnsafeRow(row) { logits in
          Double(logits[token]) - nibble_log_sum_exp(logits.baseAddress, logits.count)
        }
      }
      scores.append(ChoiceScore(logProbability: sum, tokens: choice.count))
    }
    return scores
  }
}

/// The unbiased estimate of the probability that one of k attempts succeeds: 1 − C(n − c, k) / C(n, k).
///
/// As a product, so that no binomial overflows.
///
/// - Parameters:
///   - k: Attempts, from 1 to `samples`.
///   - samples: n, attempts that were made.
///   - correct: c, those that succeeded, from 0 to `samples`.
/// - Returns: A number from 0 to 1.
/// - Throws: `ModelError.invalidRequest` for counts that cannot be.
///
/// Source: Chen et al. 2021, arXiv:2107.03374, equation 1.
public func passAt(_ k: Int, samples: Int, correct: Int) throws(ModelError) -> Double {
  guard k >= 1, samples >= k, 0...samples ~= correct else {
    throw .invalidRequest(
      "pass@\(k) of \(samples) attempts with \(correct) successes: k is from 1 to the attempts, and "
        + "so many cannot have succeeded")
  }
  if samples - correct < k { return 1 }
  var allFail = 1.0
  for count in samples - correct + 1..<samples + 1 { allFail *= 1 - Double(k) / Double(count) }
  return 1 - allFail
}
