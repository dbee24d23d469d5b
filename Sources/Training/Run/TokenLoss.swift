internal import Grids

/// A cross-entropy over some tokens.
public struct TokenLoss: Sendable, Equatable {
  /// The sum over all scored tokens, in nats.
  public let sum: Double
  /// How many were scored.
  public let count: Int

  /// Makes a loss.
  ///
  /// - Parameters:
  ///   - sum: The sum over all scored tokens, in nats.
  ///   - count: How many were scored.
  public init(sum: Double, count: Int) {
    self.sum = sum
    self.count = count
  }

  /// Nats per token; 0 where none was scored.
  public var mean: Double { count == 0 ? 0 : sum / Double(count) }
  /// The exponential of the mean.
  public var perplexity: Double { exponential(mean) }
}
