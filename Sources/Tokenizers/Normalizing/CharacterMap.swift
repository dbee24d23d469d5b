/// A precompiled map of characters as SentencePiece models carry it, such as `nmt_nfkc`.
///
/// Four bytes say how long a trie is; the trie, a double array of 32-bit units, follows, then the
/// replacements, each ended by a zero byte. Every step is checked: a unit that leads outside ends
/// the search.
///
/// Source: SentencePiece, `normalizer.cc`; Darts-clone, for the units.
struct CharacterMap: Sendable, Equatable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads a map.
  ///
  /// - Throws: `TokenizerError.malformed`.
  init(_ bytes: ArraySlice<UInt8>, path: String) throws(TokenizerError) {
    guard bytes.count > 4 else {
      throw .malformed(
        path: path, offset: bytes.startIndex, reason: "the map of characters is cut off")
    }
    let trieBytes = Int(Self.word(bytes, at: bytes.startIndex))
    let start = bytes.startIndex + 4
    guard trieBytes % 4 == 0, trieBytes > 0, trieBytes <= bytes.count - 4 else {
      throw .malformed(
        path: path, offset: bytes.startIndex,
        reason: "the map of characters has a trie of \(trieBytes) bytes in \(bytes.count)")
    }
    units = stride(from: start, to: start + trieBytes, by: 4).map { Self.word(bytes, at: $0) }
    replacements = Array(bytes[(start + trieBytes)...])
    guard UTF8Step.firstInvalid(in: replacements) == nil else {
      throw .malformed(
        path: path, offset: start + trieBytes,
        reason: "the map of characters has replacements that are not UTF-8")
    }
  }

  /// What the longest key at a place becomes, and how long the key is; nil where none begins there.
  func replacement(in text: [UInt8], at index: Int) -> (ArraySlice<UInt8>, Int)? {
    var found: (place: Int, length: Int)?
    var node = Int(offset(units[0]))
    for length in 0..<text.count - index {
      let byte = text[index + length]
      guard byte != 0 else { break }  // the array marks leaves with the label 0
      node ^= Int(byte)
      guard node < units.count, label(units[node]) == UInt32(byte) else { break }
      let unit = units[node]
      node ^= Int(offset(unit))
      guard node < units.count else { break }
      if unit >> 8 & 1 == 1 {
        found = (Int(units[node] & 0x7fff_ffff), length + 1)
      }
    }
    guard let found, found.place < replacements.count else { return nil }
    let rest = replacements[found.place...]
    return (rest.prefix { $0 != 0 }, found.length)
  }

  private func label(_ unit: UInt32) -> UInt32 { unit & 0x8000_00ff }

  private func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & 1 << 9) >> 6) }

  private static func word(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32($1 * 8) }
  }
}
