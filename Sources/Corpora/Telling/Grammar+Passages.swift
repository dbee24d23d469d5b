public import Tensors

extension Grammar {
  /// One passage, drawn.
  ///
  /// - Parameter generator: Where the choices are drawn from.
  /// - Returns: The text, ending with a blank line, and its surprisal.
  public func passage(drawingFrom generator: SeededGenerator) -> Passage {
    var writer = PassageWriter(drawingFrom: generator)
    tell(to: &writer)
    return Passage(text: writer.text, bits: writer.bits)
  }

  /// The passages a text consists of, each with its surprisal.
  ///
  /// What turns any text of this grammar, ours or a model's, into bits: no seed is needed.
  ///
  /// - Parameter text: Whole passages, one after the other; an empty text has none.
  /// - Returns: The passages; joined, their texts are `text`.
  /// - Throws: `CorpusError.departs` where the text is none of this grammar, `CorpusError.ends`
  ///   where it breaks off.
  public func passages(in text: String) throws(CorpusError) -> [Passage] {
    var passages: [Passage] = []
    var reader = PassageReader(text)
    let bytes = Array(text.utf8)
    var start = 0
    var paid = 0.0
    while !reader.isAtEnd {
      try tell(to: &reader)
      passages.append(
        Passage(
          text: String(decoding: bytes[start..<reader.position], as: UTF8.self),
          bits: reader.bits - paid))
      start = reader.position
      paid = reader.bits
    }
    return passages
  }

  /// Whether a text could begin a passage of this grammar, or is whole passages.
  ///
  /// - Parameter text: The text.
  /// - Returns: Whether its probability as a beginning is above zero.
  public func admits(beginning text: String) -> Bool {
    do {
      _ = try passages(in: text)
      return true
    } catch {
      if case .ends = error { return true }
      return false
    }
  }
}
