/// Reads a byte-level vocabulary: a JSON object from token to id.
enum VocabularyReader {
  /// The tokens of an object that comes next in a JSON document, in the order of their ids.
  ///
  /// - Returns: Texts and ids as the file has them; ids may have gaps that other tokens fill.
  static func read(
    _ reader: inout JSONReader
  ) throws(TokenizerError) -> [(text: [UInt8], id: Int)] {
    var entries: [(text: [UInt8], id: Int)] = []
    try reader.readObject { (reader) throws(TokenizerError) in
      let text = reader.text
      entries.append((text, try reader.readID()))
    }
    entries.sort { $0.id < $1.id }
    return entries
  }

  /// A vocabulary of entries and of tokens added to it.
  ///
  /// - Parameters:
  ///   - entries: In the order of ids.
  ///   - added: Tokens with ids, some of which may be among the entries.
  ///   - path: For messages.
  /// - Returns: A vocabulary of all.
  /// - Throws: `TokenizerError`: two tokens with one id, one token with two, an id without a token.
  static func vocabulary(
    _ entries: [(text: [UInt8], id: Int)], added: [AddedToken] = [], path: String
  ) throws(TokenizerError) -> Vocabulary {
    var all = entries
    for token in added {
      if let place = place(of: token.id, in: entries) {
        guard entries[place].text == token.text else {
          throw .duplicateID(
            path: path, id: token.id, first: shown(entries[place].text), second: shown(token.text))
        }
      } else {
        all.append((token.text, token.id))
      }
    }
    if all.count > entries.count { all.sort { $0.id < $1.id } }
    for (index, entry) in all.enumerated() where entry.id != index {
      if index > 0, all[index - 1].id == entry.id {
        if all[index - 1].text == entry.text {
          throw .duplicateToken(
            path: path, token: shown(entry.text), first: entry.id, second: entry.id)
        }
        throw .duplicateID(
          path: path, id: entry.id, first: shown(all[index - 1].text), second: shown(entry.text))
      }
      throw .missingID(path: path, id: index, count: all.count)
    }
    var vocabulary = try Vocabulary(
      all.lazy.map { (text: $0.text[...], kind: TokenKind.normal) }, count: all.count, path: path)
    for token in added where token.isSpecial { vocabulary.setKind(.control, of: token.id) }
    for token in added where !token.isSpecial { vocabulary.setKind(.userDefined, of: token.id) }
    return vocabulary
  }

  /// Where an id is among entries in the order of ids.
  static func place(of id: Int, in entries: [(text: [UInt8], id: Int)]) -> Int? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].id == id ? low : nil
  }
}
