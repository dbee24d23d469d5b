/// A tokenizer as a GGUF file carries it: arrays under the keys `tokenizer.ggml.…`.
///
/// The file is read elsewhere; this is the meaning of the arrays.
public struct EmbeddedVocabulary: Sendable {
  /// `tokenizer.ggml.model`: "gpt2" for byte-level BPE, "llama" for SentencePiece BPE.
  public var model: String
  /// `tokenizer.ggml.pre`: how byte-level BPE cuts words; nil where the file does not say.
  public var preTokenizer: String?
  /// `tokenizer.ggml.tokens`, by id.
  public var tokens: [String]
  /// `tokenizer.ggml.scores`, by id; needed for "llama".
  public var scores: [Float] = []
  /// `tokenizer.ggml.token_type`, by id, as ``TokenKind`` numbers; empty for all normal.
  public var kinds: [Int] = []
  /// `tokenizer.ggml.merges`; needed for "gpt2".
  public var merges: [String] = []
  /// `tokenizer.ggml.bos_token_id`, `eos_token_id`, `unknown_token_id`, `padding_token_id`.
  public var specialIDs = Tokenizer.SpecialIDs()
  /// `tokenizer.ggml.add_bos_token`; nil for what the model's kind does.
  public var putsBeginBeforeText: Bool?
  /// `tokenizer.ggml.add_eos_token`.
  public var putsEndAfterText: Bool?
  /// `tokenizer.ggml.add_space_prefix`, for "llama".
  public var addsSpacePrefix: Bool?
  /// `tokenizer.ggml.remove_extra_whitespaces`, for "llama".
  public var removesExtraWhitespace: Bool?
  /// What to call the file in messages.
  public var path: String

  /// A vocabulary of tokens; the other arrays are set afterwards.
  ///
  /// - Parameters:
  ///   - model: `tokenizer.ggml.model`.
  ///   - tokens: `tokenizer.ggml.tokens`.
  ///   - preTokenizer: `tokenizer.ggml.pre`.
  ///   - path: What to call the file in messages.
  public init(
    model: String, tokens: [String], preTokenizer: String? = nil, path: String = "GGUF"
  ) {
    self.model = model
    self.tokens = tokens
    self.preTokenizer = preTokenizer
    self.path = path
  }

  /// The tokenizer that the arrays describe.
  ///
  /// - Returns: A tokenizer with the ids of the file.
  /// - Throws: `TokenizerError`; another model or pre-tokenizer is `unsupported`.
  public func tokenizer() throws(TokenizerError) -> Tokenizer {
    guard tokens.count < Int(Int32.max) else {
      throw .inconsistent(path: path, reason: "there are \(tokens.count) tokens, which is too many")
    }
    guard kinds.isEmpty || kinds.count == tokens.count else {
      throw .inconsistent(
        path: path,
        reason: "tokenizer.ggml.token_type has \(kinds.count) elements for \(tokens.count) tokens")
    }
    let tokenizer =
      switch model {
      case "gpt2": try byteLevel()
      case "llama": try sentencePiece()
      default:
        throw TokenizerError.unsupported(
          path: path, part: "the model tokenizer.ggml.model", found: model,
          supported: "gpt2, llama")
      }
    return try finished(tokenizer)
  }

  private func kind(of id: Int) throws(TokenizerError) -> TokenKind {
    guard !kinds.isEmpty else { return .normal }
    if kinds[id] == 0 { return .normal }  // "undefined"
    guard let kind = TokenKind(rawValue: kinds[id]) else {
      throw .inconsistent(
        path: path, reason: "the token \(id) has the type \(kinds[id]), which is none of 0 to 6")
    }
    return kind
  }

  private func rules() throws(TokenizerError) -> [WordRule] {
    switch preTokenizer {
    case "gpt-2", "gpt2": return [.pattern(.gpt2)]
    case "llama-bpe", "llama3", "llama-v3": return [.pattern(.llama3)]
    case "qwen2": return [.pattern(.qwen2)]
    // llama.cpp's own, for files that do not say; no model was trained with it.
    case "default", nil: return [.punctuationRuns, .pattern(.gpt2), .numberRuns, .digitTriples]
    default:
      throw .unsupported(
        path: path, part: "the pre-tokenizer tokenizer.ggml.pre",
        found: preTokenizer ?? "", supported: "gpt-2, llama-bpe, qwen2, default")
    }
  }

  private func byteLevel() throws(TokenizerError) -> Tokenizer {
    let rules = try rules()
    var entries: [(text: ArraySlice<UInt8>, kind: TokenKind)] = []
    for (id, token) in tokens.enumerated() {
      entries.append((Array(token.utf8)[...], try kind(of: id)))
    }
    var vocabulary = try Vocabulary(entries, count: entries.count, path: path)
    var list = MergeList(vocabulary, path: path, capacity: merges.count)
    for merge in merges { try list.append(Array(merge.utf8)[...]) }
    vocabulary.setByteLevelContents()

    var model = BytePairModel(
      pairs: list.pairs, symbols: .bytes(vocabulary.byteLevelSymbols()))
    if rules == [.pattern(.llama3)] {  // its tokens that no merge makes are found as whole words
      let words = ByteStringTable(capacity: tokens.count)
      var ids: [Int32] = []
      for id in tokens.indices where vocabulary.kinds[id] == .normal {
        if words.insert(vocabulary.contents(of: id)).isNew { ids.append(Int32(id)) }
      }
      model.wholeWords = WholeWords(words: words, ids: ids)
    }
    var parts = Tokenizer.Parts(vocabulary: vocabulary, model: model, decoding: .byteLevel)
    parts.preTokenizer.rules = rules
    let kinds = vocabulary.kinds
    parts.addedTokens = AddedTokenMatcher(
      tokens.indices.filter { [.control, .userDefined, .unknown].contains(kinds[$0]) }.map {
        AddedToken(text: Array(tokens[$0].utf8), id: $0, isSpecial: kinds[$0] != .userDefined)
      })
    parts.hiddenIDs = Set(tokens.indices.filter { kinds[$0] == .control })
    return Tokenizer(parts)
  }

  private func sentencePiece() throws(TokenizerError) -> Tokenizer {
    guard scores.count == tokens.count else {
      throw .inconsistent(
        path: path,
        reason: "tokenizer.ggml.scores has \(scores.count) elements for \(tokens.count) tokens")
    }
    var description = SentencePieceModel(path: path)
    for (id, token) in tokens.enumerated() {
      description.pieces.append(
        .init(text: Array(token.utf8), score: scores[id], kind: try kind(of: id)))
    }
    description.normalizer.addsDummyPrefix = addsSpacePrefix ?? true
    description.normalizer.removesExtraWhitespace = removesExtraWhitespace ?? false
    description.byteFallback = description.pieces.contains { $0.kind == .byte }
    return try description.tokenizer()
  }

  /// Sets what the file says of special tokens.
  private func finished(_ tokenizer: Tokenizer) throws(TokenizerError) -> Tokenizer {
    var parts = tokenizer.parts
    for id in [specialIDs.begin, specialIDs.end, specialIDs.unknown, specialIDs.padding] {
      guard let id, id < 0 || id >= tokens.count else { continue }
      throw .inconsistent(
        path: path, reason: "a special token has the id \(id), and there are \(tokens.count) tokens"
      )
    }
    parts.specialIDs.begin = specialIDs.begin ?? parts.specialIDs.begin
    parts.specialIDs.end = specialIDs.end ?? parts.specialIDs.end
    parts.specialIDs.unknown = specialIDs.unknown ?? parts.specialIDs.unknown
    parts.specialIDs.padding = specialIDs.padding ?? parts.specialIDs.padding
    parts.template = Tokenizer.Template()
    let putsBegin = putsBeginBeforeText ?? (model == "llama" || preTokenizer == "llama-bpe")
    if putsBegin, let begin = parts.specialIDs.begin { parts.template.prefix = [begin] }
    if putsEndAfterText ?? false, let end = parts.specialIDs.end { parts.template.suffix = [end] }
    return Tokenizer(parts)
  }
}
