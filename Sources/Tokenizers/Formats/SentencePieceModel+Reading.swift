extension SentencePieceModel {
  /// Reads a `tokenizer.model`.
  ///
  /// Source: SentencePiece, `sentencepiece_model.proto`.
  init(_ contents: [UInt8], path: String) throws(TokenizerError) {
    self.init(path: path)
    normalizer.removesExtraWhitespace = true  // the format's default
    var reader = ProtobufReader(contents[...], path: path)
    while let field = try reader.next() {
      guard case .bytes(let message) = field.value else { continue }
      switch field.number {
      case 1: pieces.append(try piece(message))
      case 2: try readTrainerSettings(message)
      case 3: try readNormalizer(message)
      case 5: try refuseDenormalizer(message)
      default: break
      }
      guard pieces.count < Int(Int32.max) else { throw reader.failure("too many pieces") }
    }
    guard !pieces.isEmpty else {
      throw .malformed(path: path, offset: 0, reason: "there are no pieces in it")
    }
  }

  private func piece(_ message: ArraySlice<UInt8>) throws(TokenizerError) -> Piece {
    var piece = Piece()
    var reader = ProtobufReader(message, path: path)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let text)): piece.text = Array(text)
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .varint(let number)):
        guard let kind = Int(exactly: number).flatMap(TokenKind.init(rawValue:)) else {
          throw reader.failure("a piece has the type \(number), which is none of 1 to 6")
        }
        piece.kind = kind
      default: break
      }
    }
    return piece
  }

  private mutating func readTrainerSettings(
    _ message: ArraySlice<UInt8>
  ) throws(TokenizerError) {
    var modelType: UInt64 = 1  // the format's default
    var reader = ProtobufReader(message, path: path)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (3, .varint(let number)): modelType = number
      case (24, .varint(let number)):
        guard number == 0 else {
          throw .unsupported(
            path: path, part: "the setting", found: "treat_whitespace_as_suffix",
            supported: "spaces before words")
        }
      case (35, .varint(let number)): byteFallback = number != 0
      case (44, .bytes(let surface)):
        guard UTF8Step.firstInvalid(in: Array(surface)) == nil else {
          throw reader.failure("the text of the unknown piece is not UTF-8")
        }
        unknownSurface = Array(surface)
      case (45, .bytes(let name)): specialNames.unknown = shown(name)
      case (46, .bytes(let name)): specialNames.begin = shown(name)
      case (47, .bytes(let name)): specialNames.end = shown(name)
      case (48, .bytes(let name)): specialNames.padding = shown(name)
      default: break
      }
    }
    guard modelType == 2 else {
      let names: [UInt64: String] = [1: "unigram", 3: "word", 4: "char"]
      throw .unsupported(
        path: path, part: "the model type", found: names[modelType] ?? "\(modelType)",
        supported: "bpe")
    }
  }

  private mutating func readNormalizer(_ message: ArraySlice<UInt8>) throws(TokenizerError) {
    var reader = ProtobufReader(message, path: path)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (2, .bytes(let map)):
        if !map.isEmpty { normalizer.characterMap = try CharacterMap(map, path: path) }
      case (3, .varint(let number)): normalizer.addsDummyPrefix = number != 0
      case (4, .varint(let number)): normalizer.removesExtraWhitespace = number != 0
      case (5, .varint(let number)): normalizer.escapesWhitespace = number != 0
      default: break
      }
    }
  }

  private func refuseDenormalizer(_ message: ArraySlice<UInt8>) throws(TokenizerError) {
    var reader = ProtobufReader(message, path: path)
    while let field = try reader.next() {
      if field.number == 2, case .bytes(let map) = field.value, !map.isEmpty {
        throw .unsupported(
          path: path, part: "the part", found: "denormalizer_spec",
          supported: "models that do not change decoded text")
      }
    }
  }
}

extension Tokenizer {
  /// Reads a SentencePiece model of type BPE: `tokenizer.model`, as of Llama and Mistral.
  ///
  /// - Parameter path: Where the file is.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; a model of another type (unigram) is `unsupported`.
  public static func readingSentencePiece(path: String) throws(TokenizerError) -> Tokenizer {
    try readingSentencePiece(try InputFile.contents(of: path), path: path)
  }

  /// Reads the contents of a SentencePiece model.
  ///
  /// - Parameters:
  ///   - contents: The whole file.
  ///   - path: What to call it in messages.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; a model of another type (unigram) is `unsupported`.
  public static func readingSentencePiece(
    _ contents: [UInt8], path: String = "tokenizer.model"
  ) throws(TokenizerError) -> Tokenizer {
    try SentencePieceModel(contents, path: path).tokenizer()
  }
}
