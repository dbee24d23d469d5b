/// Pieces with scores, and what a SentencePiece model says of normalization.
struct SentencePieceModel {
  struct Piece {
    var text: [UInt8] = []
    var score: Float = 0
    var kind = TokenKind.normal
  }

  let path: String
  var pieces: [Piece] = []
  var normalizer = SentencePieceNormalizer()
  var byteFallback = false
  /// What the unknown token decodes to.
  var unknownSurface = Array(" \u{2047} ".utf8)
  var specialNames = (unknown: "<unk>", begin: "<s>", end: "</s>", padding: "<pad>")

  init(path: String) { self.path = path }

  /// The tokenizer: pairs whose union is a piece merge, the highest score first.
  ///
  /// SentencePiece looks the union up by its text. Here every way to cut a piece into two symbols is
  /// a pair, so that the lookup is by two numbers; a symbol is a piece or any one character.
  func tokenizer() throws(TokenizerError) -> Tokenizer {
    var vocabulary = try Vocabulary(
      pieces.lazy.map { (text: $0.text[...], kind: $0.kind) }, count: pieces.count, path: path)
    for (id, piece) in pieces.enumerated() {
      guard !piece.text.isEmpty else {
        throw .inconsistent(path: path, reason: "the piece \(id) is empty")
      }
      guard UTF8Step.firstInvalid(in: piece.text) == nil else {
        throw .inconsistent(path: path, reason: "the piece \(id) is not valid UTF-8")
      }
      guard !piece.score.isNaN else {
        throw .inconsistent(
          path: path, reason: "the piece \(shown(shown(piece.text))) has no number for a score")
      }
      let isByte = piece.text.withUnsafeBufferPointer { byte(ofToken: $0) != nil }
      guard piece.kind != .byte || isByte else {
        throw .inconsistent(
          path: path,
          reason: "the byte piece \(shown(shown(piece.text))) is not of the form <0x0A>")
      }
    }
    vocabulary.setMarkedContents(unknown: unknownSurface)

    let isMergeable = pieces.map { [.normal, .userDefined, .unused].contains($0.kind) }
    let characters = CharacterSymbols(vocabulary) { isMergeable[$0] }
    var model = BytePairModel(
      pairs: try pairs(vocabulary, isMergeable, characters), symbols: .characters(characters))
    model.unknownID = pieces.firstIndex { $0.kind == .unknown }
    model.fusesUnknown = true
    if byteFallback { model.byteFallback = try vocabulary.byteIDs(path: path) }
    model.unusedIDs = Set(pieces.indices.filter { pieces[$0].kind == .unused }.map(Int32.init))

    var normalizer = normalizer
    let userDefined = AddedTokenMatcher(
      pieces.indices.filter { pieces[$0].kind == .userDefined }
        .map { AddedToken(text: pieces[$0].text, id: $0) })
    normalizer.protected = userDefined

    let decoding = Decoding.sentencePiece(
      dropsFirstSpace: normalizer.addsDummyPrefix,
      dropsAllFirstSpaces: normalizer.removesExtraWhitespace)
    var parts = Tokenizer.Parts(vocabulary: vocabulary, model: model, decoding: decoding)
    parts.normalizations = [.sentencePiece(normalizer)]
    parts.addedAfterNormalizing = userDefined
    if model.unusedIDs.isEmpty, marksBeginTokens(vocabulary, mark: SentencePieceNormalizer.mark) {
      parts.preTokenizer.markSplit = .runsOfMarks  // no pair crosses such a boundary
    }
    parts.hiddenIDs = Set(pieces.indices.filter { pieces[$0].kind == .control })
    parts.specialIDs = Tokenizer.SpecialIDs(
      begin: controlID(specialNames.begin, vocabulary),
      end: controlID(specialNames.end, vocabulary), unknown: model.unknownID,
      padding: controlID(specialNames.padding, vocabulary))
    if let begin = parts.specialIDs.begin { parts.template.prefix = [begin] }
    parts.scores = pieces.map(\.score)
    return Tokenizer(parts)
  }

  private func controlID(_ name: String, _ vocabulary: Vocabulary) -> Int? {
    vocabulary.id(of: name.utf8).flatMap { pieces[$0].kind == .control ? $0 : nil }
  }

  /// Every pair of symbols whose union is a piece.
  ///
  /// Equal scores have equal ranks: of those the
  /// leftmost pair merges first.
  private func pairs(
    _ vocabulary: Vocabulary, _ isMergeable: [Bool], _ characters: CharacterSymbols
  ) throws(TokenizerError) -> PairTable {
    let mergeable = pieces.indices.filter { isMergeable[$0] }
    let byScore = mergeable.sorted { pieces[$0].score > pieces[$1].score }
    let table = PairTable(capacity: mergeable.count * 4)
    var rank: UInt32 = 0
    for (place, id) in byScore.enumerated() {
      if place > 0, pieces[byScore[place - 1]].score > pieces[id].score { rank += 1 }
      let text = pieces[id].text
      guard text.count <= Self.longestPiece else {
        throw .inconsistent(
          path: path,
          reason: "the piece \(id) has \(text.count) bytes; at most "
            + "\(Self.longestPiece) are supported")
      }
      for cut in text.indices.dropFirst() where text[cut] & 0xc0 != 0x80 {
        guard let left = symbol(text[..<cut], vocabulary, isMergeable, characters),
          let right = symbol(text[cut...], vocabulary, isMergeable, characters)
        else { continue }
        // Two cuts of one piece are two pairs: none can come twice.
        _ = table.insert(left, right, rank: rank, result: Int32(id))
      }
    }
    return table
  }

  /// Longer pieces would make a table that grows with the square of their length.
  private static let longestPiece = 4096

  private func symbol(
    _ text: ArraySlice<UInt8>, _ vocabulary: Vocabulary, _ isMergeable: [Bool],
    _ characters: CharacterSymbols
  ) -> Int32? {
    if let id = vocabulary.id(of: text) { if isMergeable[id] { return Int32(id) } }
    return text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let (value, length) = scalar(at: 0, in: base)
      return length == buffer.count ? characters.symbol(value) : nil
    }
  }
}
