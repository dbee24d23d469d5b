/// Turns a word into ids: symbols first, then merges.
struct BytePairModel: Sendable {
  /// What a word is made of before anything merges.
  enum Symbols: Sendable {
    /// One symbol for each byte: its id, or -1.
    case bytes([Int32])
    /// One symbol for each character.
    case characters(CharacterSymbols)
  }

  let pairs: PairTable
  let symbols: Symbols
  /// Words that are tokens as they stand, and their ids: looked at before any merge.
  var wholeWords: WholeWords?
  /// The id of what has none.
  var unknownID: Int?
  /// Whether neighbours without an id become one unknown token.
  var fusesUnknown = false
  /// The ids of the 256 bytes, for characters without an id.
  var byteFallback: [Int32]?
  /// Tokens that are taken apart again (``TokenKind/unused``); empty in almost every vocabulary.
  var unusedIDs: Set<Int32> = []
}

/// Words that are tokens as they stand.
struct WholeWords: Sendable {
  let words: ByteStringTable
  let ids: [Int32]
}

/// The symbols of characters.
struct CharacterSymbols: Sendable {
  private var ascii = [Int32](repeating: Int32.min, count: 128)
  private var others: [UInt32: Int32] = [:]

  /// Gives a character a symbol.
  mutating func set(_ scalar: UInt32, _ symbol: Int32) {
    if scalar < 128 { ascii[Int(scalar)] = symbol } else { others[scalar] = symbol }
  }

  /// A character's symbol: an id, or ``loneSymbol(_:)``.
  @inline(__always)
  func symbol(_ scalar: UInt32) -> Int32 {
    let symbol = scalar < 128 ? ascii[Int(scalar)] : others[scalar] ?? Int32.min
    return symbol == Int32.min ? loneSymbol(scalar) : symbol
  }

  /// Gives every token of one character its id.
  init(_ vocabulary: Vocabulary, where isIncluded: (Int) -> Bool) {
    for id in 0..<vocabulary.count where isIncluded(id) {
      let text = vocabulary.texts[id]
      guard let base = text.baseAddress, !text.isEmpty else { continue }
      let (value, length) = scalar(at: 0, in: base)
      if length == text.count { set(value, Int32(id)) }
    }
  }
}
