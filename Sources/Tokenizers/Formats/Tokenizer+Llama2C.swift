extension Tokenizer {
  /// Reads the tokenizer file of llama2.c, such as `tok512.bin`.
  ///
  /// An int32 says how long the longest piece is; then come, for each token, a float32 score, an
  /// int32 length and the bytes. Spaces stand for themselves. Id 0 is unknown, 1 begins a sequence, 2
  /// ends one, and 3 to 258 are the bytes.
  ///
  /// - Parameter path: Where the file is.
  /// - Returns: A tokenizer that works as SentencePiece does.
  /// - Throws: `TokenizerError`.
  public static func readingLlama2C(path: String) throws(TokenizerError) -> Tokenizer {
    try readingLlama2C(try InputFile.contents(of: path), path: path)
  }

  /// Reads the contents of a tokenizer file of llama2.c.
  ///
  /// - Parameters:
  ///   - contents: The whole file.
  ///   - path: What to call it in messages.
  /// - Returns: A tokenizer that works as SentencePiece does.
  /// - Throws: `TokenizerError`.
  public static func readingLlama2C(
    _ contents: [UInt8], path: String = "tokenizer.bin"
  ) throws(TokenizerError) -> Tokenizer {
    var model = SentencePieceModel(path: path)
    func word(at offset: Int) throws(TokenizerError) -> UInt32 {
      guard contents.count - offset >= 4 else {
        throw .malformed(path: path, offset: offset, reason: "the file ends inside a number")
      }
      return (0..<4).reduce(0) { $0 | UInt32(contents[offset + $1]) << UInt32($1 * 8) }
    }
    let longest = Int(Int32(bitPattern: try word(at: 0)))
    var offset = 4
    while offset < contents.count {
      let score = Float(bitPattern: try word(at: offset))
      let length = Int(Int32(bitPattern: try word(at: offset + 4)))
      guard length >= 0, length <= longest, length <= contents.count - offset - 8 else {
        throw .malformed(
          path: path, offset: offset + 4,
          reason: "the token \(model.pieces.count) has \(length) bytes; the longest is to have "
            + "\(longest), and \(contents.count - offset - 8) are left")
      }
      let bytes = contents[offset + 8..<offset + 8 + length]
      model.pieces.append(Self.piece(Array(bytes), score, id: model.pieces.count))
      offset += 8 + length
    }
    guard model.pieces.count >= 259 else {
      throw .inconsistent(
        path: path,
        reason: "there are \(model.pieces.count) tokens; at least 259 are needed: three special "
          + "ones and the bytes")
    }
    model.byteFallback = true
    let tokenizer = try model.tokenizer()
    var parts = tokenizer.parts
    parts.specialIDs.begin = 1
    parts.specialIDs.end = 2
    parts.template.prefix = [1]
    return Tokenizer(parts)
  }

  private static func piece(_ bytes: [UInt8], _ score: Float, id: Int) -> SentencePieceModel.Piece {
    let kind: TokenKind =
      switch id {
      case 0: .unknown
      case 1, 2: .control
      case 3..<259: .byte
      default: .normal
      }
    let marked = Normalization.replace([UInt8(ascii: " ")], with: SentencePieceNormalizer.mark)
    return .init(
      text: kind == .normal ? marked.applied(to: bytes) : bytes, score: score, kind: kind)
  }
}
