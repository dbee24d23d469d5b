extension Tokenizer {
  /// The tokenizer as a GGUF file carries it: the inverse of ``EmbeddedVocabulary/tokenizer()``.
  ///
  /// Byte-level BPE becomes "gpt2" with its merges, SentencePiece BPE "llama" with its scores. Where a
  /// `tokenizer.json` has ranked merges in the place of scores, a piece's score is its rank below zero:
  /// the pair that merges first is the same. What the arrays cannot say is refused, and so is a
  /// vocabulary that would give a text of all kinds other ids when it is read again. One thing is left
  /// out as llama.cpp's own converter leaves it out: that Qwen 2 composes a text (NFC) before it cuts it.
  ///
  /// - Parameter path: What to call the tokenizer in messages.
  /// - Returns: The arrays.
  /// - Throws: `TokenizerError.unsupported`.
  public func embedded(path: String = "the tokenizer") throws(TokenizerError) -> EmbeddedVocabulary
  {
    switch parts.model.symbols {
    case .bytes: return try byteLevelArrays(path)
    case .characters: return try sentencePieceArrays(path)
    }
  }

  private func byteLevelArrays(_ path: String) throws(TokenizerError) -> EmbeddedVocabulary {
    let isComposed = parts.normalizations == [.canonicalComposition]
    guard parts.normalizations.isEmpty || isComposed, !parts.preTokenizer.addsPrefixSpace else {
      throw Self.notInGGUF(path, "a text that is changed before it is cut into words")
    }
    let name: String? =
      switch parts.preTokenizer.rules {
      case [.pattern(.gpt2)]: "gpt-2"
      case [.pattern(.llama3)]: "llama-bpe"
      case [.pattern(.qwen2)]: "qwen2"
      case [.punctuationRuns, .pattern(.gpt2), .numberRuns, .digitTriples]: "default"
      default: nil
      }
    guard let name else {
      throw Self.notInGGUF(path, "its way to cut words, which has no name there")
    }
    var arrays = EmbeddedVocabulary(model: "gpt2", tokens: texts, preTokenizer: name, path: path)
    if isComposed {  // added tokens are looked for in a text that is composed, and so must be
      for (id, text) in parts.vocabulary.decodingTexts {
        arrays.tokens[id] = String(decoding: text, as: UTF8.self)
      }
    }
    arrays.merges = parts.model.pairs.entries.sorted { $0.rank < $1.rank }.map {
      arrays.tokens[Int($0.left)] + " " + arrays.tokens[Int($0.right)]
    }
    try describeSpecialTokens(&arrays)
    guard Self.agree(self, try arrays.tokenizer(), isComposed: isComposed) else {
      throw Self.notInGGUF(path, "ids that its merges alone do not give")
    }
    return arrays
  }

  private func sentencePieceArrays(_ path: String) throws(TokenizerError) -> EmbeddedVocabulary {
    for case .sentencePiece(let normalizer) in parts.normalizations
    where normalizer.characterMap != nil {
      throw Self.notInGGUF(path, "a map by which characters become others")
    }
    var arrays = EmbeddedVocabulary(model: "llama", tokens: texts, path: path)
    arrays.scores = parts.scores.isEmpty ? scoresOfRanks : parts.scores
    try describeSpecialTokens(&arrays)
    // Who puts the first space is said in several ways; which it is shows in the ids.
    for (addsSpace, removesSpaces) in [(true, false), (false, false), (true, true), (false, true)] {
      arrays.addsSpacePrefix = addsSpace
      arrays.removesExtraWhitespace = removesSpaces
      if Self.agree(self, try arrays.tokenizer()) { return arrays }
    }
    throw Self.notInGGUF(path, "a text that is changed before it is cut, or merges without scores")
  }

  /// Every token as the file writes it.
  private var texts: [String] {
    (0..<vocabularySize).map { String(decoding: parts.vocabulary.texts[$0], as: UTF8.self) }
  }

  /// For each token the rank of the merge that makes it, below zero; tokens that none makes have 0.
  private var scoresOfRanks: [Float] {
    var scores = [Float](repeating: 0, count: vocabularySize)
    for entry in parts.model.pairs.entries {
      let (place, score) = (Int(entry.result), -Float(entry.rank) - 1)
      scores[place] = scores[place] == 0 ? score : max(scores[place], score)
    }
    return scores
  }

  private func describeSpecialTokens(_ arrays: inout EmbeddedVocabulary) throws(TokenizerError) {
    let unknown = parts.specialIDs.unknown
    let isSentencePiece = arrays.model == "llama"
    arrays.kinds = (0..<vocabularySize).map { id in
      // In byte-level vocabularies every byte has a token, and the unknown one is a mark like others.
      if isSentencePiece, id == unknown { return TokenKind.unknown.rawValue }
      if parts.hiddenIDs.contains(id) { return TokenKind.control.rawValue }
      return parts.vocabulary.kinds[id].rawValue
    }
    arrays.specialIDs = parts.specialIDs
    let template = parts.template
    guard template.prefix.count <= 1, template.suffix.count <= 1 else {
      throw Self.notInGGUF(arrays.path, "more than one token put before or after a text")
    }
    // What is put around a text counts, where it is not what the token is called.
    if let begin = template.prefix.first { arrays.specialIDs.begin = begin }
    if let end = template.suffix.first { arrays.specialIDs.end = end }
    arrays.putsBeginBeforeText = !template.prefix.isEmpty
    arrays.putsEndAfterText = !template.suffix.isEmpty
  }

  private static func notInGGUF(_ path: String, _ what: String) -> TokenizerError {
    .unsupported(
      path: path, part: "for a GGUF file", found: what,
      supported: "byte-level BPE as GPT-2, Llama 3 and Qwen 2 have it, and SentencePiece BPE")
  }

  /// Whether two tokenizers give a text of all kinds the same ids, where wanted one that is composed.
  private static func agree(
    _ one: Tokenizer, _ other: Tokenizer, isComposed: Bool = false
  ) -> Bool {
    probes.allSatisfy { probe in
      let text =
        isComposed
        ? String(decoding: CanonicalComposition.composed(Array(probe.utf8)), as: UTF8.self) : probe
      // A vocabulary without a character refuses the text; the other must refuse it, too.
      return (try? one.encode(text)) == (try? other.encode(text))
    }
  }

  /// Words, runs of spaces, numbers, punctuation, accents, other scripts, and bytes that are no letters.
  private static let probes = [
    "The quick brown fox isn't here; it'll come at 12:30, won't it?",
    "  two  spaces,\ttabs\n\n\nand lines   ", "1234567 3.14159 -42 x²+y²=z²", " leading",
    "trailing ",
    "naïve café Ångström e\u{301}", "日本語のテキスト и русский текст ελληνικά עברית",
    "👩‍🚀 emoji \u{FE0F}\u{200D} ﬁ ½ \u{A0}", "def f(x):\n    return [x**2 for _ in range(10)]  # ok",
    "DON'T SHOUT 'Ve 'RE", "\u{1}\u{7F}", "aaaaaaaaaaaaaaaa ........ ----",
  ]
}
