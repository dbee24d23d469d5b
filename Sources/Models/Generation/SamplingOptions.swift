/// How the next token is chosen among the probable ones.
public struct SamplingOptions: Hashable, Sendable {
  /// What logits are divided by; 0 always takes the most probable token.
  public var temperature: Double
  /// How many of the most probable tokens may be chosen; nil: all.
  public var topK: Int?
  /// The least number of tokens whose probabilities reach this sum may be chosen; 1: all.
  public var topP: Double
  /// What random numbers start from: the same seed gives the same text.
  public var seed: UInt64

  /// Describes a choice.
  ///
  /// - Parameters:
  ///   - temperature: 0 or more.
  ///   - topK: 1 or more, or nil.
  ///   - topP: Above 0, at most 1.
  ///   - seed: Any number.
  public init(temperature: Double = 0, topK: Int? = nil, topP: Double = 1, seed: UInt64 = 0) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
  }

  func requireSense() throws(ModelError) {
    guard temperature >= 0, temperature.isFinite else {
      throw .invalidRequest("the temperature is \(temperature); give 0 or more")
    }
    guard topK ?? 1 > 0 else {
      throw .invalidRequest("top-k is \(topK ?? 0); give 1 or more, or leave it out")
    }
    guard topP > 0, topP <= 1 else {
      throw .invalidRequest("top-p is \(topP); give a share above 0, at most 1")
    }
  }
}
