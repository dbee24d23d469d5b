extension Vocabulary {
  /// Gives byte tokens their byte, and others their text with spaces for the marks.
  ///
  /// - Parameters:
  ///   - bytes: Whether byte tokens stand for bytes, or for their own text.
  ///   - unknown: What the unknown token stands for; nil for its text.
  mutating func setMarkedContents(bytes: Bool = true, unknown: [UInt8]? = nil) {
    let kinds = kinds
    let spaces = Normalization.replace(SentencePieceNormalizer.mark, with: [UInt8(ascii: " ")])
    setContents { id, text, contents in
      if bytes, kinds[id] == .byte, let byte = byte(ofToken: text) {
        contents.append(byte)
      } else if kinds[id] == .unknown, let unknown {
        contents += unknown
      } else {
        contents += spaces.applied(to: Array(text))
      }
    }
  }
}

/// Whether no token has the mark after something else, so that no merge ever joins the end of a word
/// to the mark of the next, and words can be encoded one by one.
func marksBeginTokens(_ vocabulary: Vocabulary, mark: [UInt8]) -> Bool {
  for id in 0..<vocabulary.count
  where vocabulary.kinds[id] != .control && vocabulary.kinds[id] != .userDefined {
    let text = vocabulary.texts[id]
    var index = 0
    while text.count - index >= mark.count, text[index...].starts(with: mark) {
      index += mark.count
    }
    while index < text.count {
      if text[index] == mark[0], text[index...].starts(with: mark) { return false }
      index += 1
    }
  }
  return true
}
