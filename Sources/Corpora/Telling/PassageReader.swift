/// Reads a text as a passage of a grammar: recovers each choice, and with them the probability.
public struct PassageReader: Teller {
  /// How far the text has been read, in UTF-8 bytes.
  public private(set) var position: Int
  /// The surprisal of what has been read, in bits.
  public private(set) var bits = 0.0
  /// After each choice: where in the text it was made and what it cost.
  ///
  /// The cost belongs to the first byte at which the alternatives differ or to later ones, never to
  /// earlier text, so sums over a prefix of the text that ends between two choices are exact.
  public private(set) var costs: [(position: Int, bits: Double)] = []

  private let bytes: [UInt8]

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - position: Where reading begins, in UTF-8 bytes.
  public init(_ text: String, from position: Int = 0) {
    bytes = Array(text.utf8)
    precondition(position >= 0 && position <= bytes.count, "byte \(position) of \(bytes.count)")
    self.position = position
  }

  /// Whether the whole text has been read.
  public var isAtEnd: Bool { position == bytes.count }

  /// Reads text that follows with certainty.
  ///
  /// - Parameter text: The text.
  /// - Throws: `CorpusError.departs` where the text goes on differently, `CorpusError.ends` where it
  ///   ends.
  public mutating func say(_ text: String) throws(CorpusError) {
    guard continues(with: text) else { throw departure(expecting: [text]) }
    position += text.utf8.count
  }

  /// Finds which of several alternatives the text goes on with.
  ///
  /// - Parameter alternatives: One or more, none of which begins another.
  /// - Returns: The place of the one that is there.
  /// - Throws: `CorpusError.departs` where none is, `CorpusError.ends` where the text ends.
  public mutating func choose(_ alternatives: [Alternative]) throws(CorpusError) -> Int {
    guard let place = alternatives.firstIndex(where: { continues(with: $0.text) }) else {
      throw departure(expecting: alternatives.map(\.text))
    }
    let total = totalWeight(of: alternatives)
    let cost = surprisal(of: alternatives[place].weight, in: total)
    costs.append((position, cost))
    bits += cost
    position += alternatives[place].text.utf8.count
    return place
  }

  private func continues(with text: String) -> Bool {
    bytes[position...].starts(with: text.utf8)
  }

  private func departure(expecting texts: [String]) -> CorpusError {
    let rest = bytes[position...]
    if texts.contains(where: { $0.utf8.starts(with: rest) }) { return .ends(expected: texts) }
    return .departs(
      position: position, found: String(decoding: rest.prefix(40), as: UTF8.self), expected: texts)
  }
}
