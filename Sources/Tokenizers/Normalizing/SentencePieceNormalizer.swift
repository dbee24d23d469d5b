/// What a SentencePiece model does to a text before it looks for pieces.
///
/// Source: SentencePiece, `normalizer.cc`, in its order: leading spaces, the dummy prefix, then piece
/// by piece through the map of characters.
struct SentencePieceNormalizer: Sendable, Equatable {
  /// The mark that stands for a space: U+2581.
  static let mark: [UInt8] = [0xe2, 0x96, 0x81]

  var addsDummyPrefix = true
  var removesExtraWhitespace = false
  var escapesWhitespace = true
  /// The precompiled map of characters; nil for the identity.
  var characterMap: CharacterMap?
  /// Pieces that pass through as they are: the user-defined ones.
  var protected: AddedTokenMatcher?

  func normalized(_ text: [UInt8]) -> [UInt8] {
    if characterMap == nil, protected == nil, !removesExtraWhitespace {
      return escaped(text)
    }
    let space = escapesWhitespace ? Self.mark : [UInt8(ascii: " ")]
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 2 + 3)
    var index = 0
    if removesExtraWhitespace {
      while index < text.count {
        let (piece, length) = nextPiece(of: text, at: index)
        guard piece.elementsEqual(CollectionOfOne(UInt8(ascii: " "))) else { break }
        index += length
      }
    }
    guard index < text.count else { return [] }
    if addsDummyPrefix { result += space }

    var afterSpace = removesExtraWhitespace
    while index < text.count {
      var (piece, length) = nextPiece(of: text, at: index)
      while afterSpace, piece.first == UInt8(ascii: " ") { piece = piece.dropFirst() }
      if !piece.isEmpty {
        for byte in piece {
          if byte == UInt8(ascii: " ") { result += space } else { result.append(byte) }
        }
        afterSpace = removesExtraWhitespace && piece.last == UInt8(ascii: " ")
      }
      index += length
    }
    guard removesExtraWhitespace else { return result }
    while result.count >= space.count, result.suffix(space.count).elementsEqual(space) {
      result.removeLast(space.count)
    }
    return result
  }

  /// What is left of it where no character changes and no space goes: the dummy prefix and the marks.
  private func escaped(_ text: [UInt8]) -> [UInt8] {
    guard !text.isEmpty else { return [] }
    guard escapesWhitespace else { return addsDummyPrefix ? [UInt8(ascii: " ")] + text : text }
    let spaces = text.count { $0 == UInt8(ascii: " ") } + (addsDummyPrefix ? 1 : 0)
    let mark = Self.mark
    return [UInt8](unsafeUninitializedCapacity: text.count + spaces * 2 + 3) { target, count in
      func appendMark() {
        for byte in mark {
          target[count] = byte
          count += 1
        }
      }
      if addsDummyPrefix { appendMark() }
      for byte in text {
        if byte == UInt8(ascii: " ") {
          appendMark()
        } else {
          target[count] = byte
          count += 1
        }
      }
    }
  }

  /// What the text at a place becomes, and how many of its bytes that takes.
  private func nextPiece(of text: [UInt8], at index: Int) -> (ArraySlice<UInt8>, Int) {
    if let protected, let length = protected.longestMatch(in: text, at: index) {
      return (text[index..<index + length], length)
    }
    if let characterMap, let (replacement, length) = characterMap.replacement(in: text, at: index) {
      return (replacement, length)
    }
    let first = text[index]
    let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    let end = min(index + length, text.count)
    return (text[index..<end], end - index)
  }
}
