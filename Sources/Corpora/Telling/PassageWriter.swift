internal import Grids
public import Tensors

/// Writes a passage by drawing every choice.
public struct PassageWriter: Teller {
  /// What has been told so far.
  public private(set) var text = ""
  /// The surprisal of the choices made so far, in bits.
  public private(set) var bits = 0.0

  private var generator: SeededGenerator

  /// Makes a writer.
  ///
  /// - Parameter generator: Where the choices are drawn from.
  public init(drawingFrom generator: SeededGenerator) {
    self.generator = generator
  }

  /// Appends text that follows with certainty.
  ///
  /// - Parameter text: The text.
  public mutating func say(_ text: String) {
    self.text += text
  }

  /// Draws one of several alternatives, each with its share of the weights, and appends it.
  ///
  /// - Parameter alternatives: One or more.
  /// - Returns: The place of the drawn one.
  public mutating func choose(_ alternatives: [Alternative]) -> Int {
    let total = totalWeight(of: alternatives)
    var rest = generator.below(total)
    var place = 0
    while rest >= alternatives[place].weight {
      rest -= alternatives[place].weight
      place += 1
    }
    text += alternatives[place].text
    bits += surprisal(of: alternatives[place].weight, in: total)
    return place
  }
}

/// The sum of the weights, all of which must be positive.
func totalWeight(of alternatives: [Alternative]) -> Int {
  precondition(!alternatives.isEmpty, "a choice among no alternatives")
  return alternatives.reduce(0) { sum, alternative in
    precondition(alternative.weight > 0, "a weight of \(alternative.weight)")
    return sum + alternative.weight
  }
}

/// The bits that a choice costs: the binary logarithm of one over its share.
func surprisal(of weight: Int, in total: Int) -> Double {
  weight == total ? 0 : logarithm(Double(total) / Double(weight)) / logarithm(2)
}
