/// A width for every layer, what they take together and what they lose.
public struct BitAllocation: Hashable, Sendable {
  /// Which of its profile's choices each layer has.
  public let choices: [Int]
  /// The width of each layer.
  public let bits: [Int]
  /// What all layers occupy, in bytes.
  public let bytes: Int
  /// The sum of the layers' losses, added up in the layers' order.
  public let loss: Double
  /// The bytes shared out among all weights, in bits.
  public let bitsPerWeight: Double

  /// What choices amount to.
  init(_ choices: [Int], of profiles: [SensitivityProfile]) {
    let chosen = zip(profiles, choices).map { $0.choices[$1] }
    self.choices = choices
    bits = chosen.map(\.bits)
    bytes = chosen.reduce(0) { $0 + $1.bytes }
    loss = chosen.reduce(0) { $0 + $1.loss }
    let weights = profiles.reduce(0) { $0 + $1.weights }
    bitsPerWeight = weights > 0 ? Double(bytes * 8) / Double(weights) : 0
  }
}
