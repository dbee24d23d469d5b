/// A text that a model wrote, and how it came to its end.
public struct Generation: Equatable, Sendable {
  /// Why a text ended.
  public enum Ending: String, Sendable {
    /// A stop token came; it is not part of the text.
    case stopToken
    /// As many tokens as were asked for.
    case length
    /// The model has no more positions.
    case contextFull
    /// The receiver of the tokens said to stop.
    case cancelled
  }

  /// The tokens after the prompt.
  public var tokens: [Int] = []
  /// Why the text ended.
  public var ending: Ending = .length
  /// How often the model was run.
  public var passes = 0
  /// Tokens that were chosen from logits that are all alike: the model had nothing to say.
  public var flatPasses = 0
  /// Tokens a draft proposed, in speculative decoding.
  public var proposed = 0
  /// Proposed tokens that the model accepted.
  public var accepted = 0
}

/// Takes tokens one by one and notices the end.
struct TextEnd {
  let limit: Int
  let stopTokens: Set<Int>
  let onToken: (Int) -> Bool

  /// Adds a token; returns false when the text has ended with it or before it.
  func take(_ token: Int, _ generation: inout Generation) -> Bool {
    if stopTokens.contains(token) {
      generation.ending = .stopToken
      return false
    }
    generation.tokens.append(token)
    if !onToken(token) {
      generation.ending = .cancelled
      return false
    }
    generation.ending = .length
    return generation.tokens.count < limit
  }
}
