/// A text that a grammar told, and how surprising it is.
public struct Passage: Sendable, Equatable {
  /// The text, ending with a blank line.
  public let text: String
  /// Minus the binary logarithm of its probability: the least a perfect reader must pay for it.
  ///
  /// Over a corpus, the sum divided by the number of tokens is the floor of the cross-entropy in
  /// bits per token, and two to that power the floor of the perplexity. It holds for every
  /// tokenizer that loses nothing, because tokens then have the probability of their text at most.
  public let bits: Double

  /// Makes a passage.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - bits: Its surprisal in bits.
  public init(text: String, bits: Double) {
    self.text = text
    self.bits = bits
  }
}
