/// The contents of a `tokenizer.json`, checked part by part.
///
/// Source: the format of Hugging Face's tokenizers, version 1.0.
struct TokenizerJSON {
  private let path: String
  private var document: [JSONValue.Member] = []
  private var modelSettings: [JSONValue.Member] = []
  private var entries: [(text: [UInt8], id: Int)] = []
  private var merges: [[UInt8]] = []

  /// Reads a document; the vocabulary and the merges, which are large, as they come.
  init(_ contents: [UInt8], path: String) throws(TokenizerError) {
    self.path = path
    var result = (
      document: [JSONValue.Member](), settings: [JSONValue.Member](),
      entries: [(text: [UInt8], id: Int)](), merges: [[UInt8]]()
    )
    try JSONReader.read(contents, path: path) { (reader) throws(TokenizerError) in
      try reader.readObject { (reader) throws(TokenizerError) in
        let key = String(decoding: reader.text, as: UTF8.self)
        guard !result.document.contains(where: { $0.key == key }) else {
          throw reader.failure("the key \(shown(key)) comes twice")
        }
        guard key == "model", reader.peek() == UInt8(ascii: "{") else {
          return result.document.append(.init(key: key, value: try reader.readValue()))
        }
        try reader.readObject { (reader) throws(TokenizerError) in
          let key = String(decoding: reader.text, as: UTF8.self)
          guard !result.settings.contains(where: { $0.key == key }) else {
            throw reader.failure("the key \(shown(key)) comes twice in the model")
          }
          let next = reader.peek()
          if key == "vocab", next == UInt8(ascii: "{") {
            result.entries = try VocabularyReader.read(&reader)
            result.settings.append(.init(key: key, value: .null))
          } else if key == "merges", next == UInt8(ascii: "[") {
            result.merges = try Self.readMerges(&reader)
            result.settings.append(.init(key: key, value: .null))
          } else if key == "vocab" {
            // A list of pieces and scores: the model's type is what to refuse.
            try Self.skip(&reader)
            result.settings.append(.init(key: key, value: .null))
          } else {
            result.settings.append(.init(key: key, value: try reader.readValue()))
          }
        }
        result.document.append(.init(key: key, value: .object(result.settings)))
      }
    }
    document = result.document
    modelSettings = result.settings
    entries = result.entries
    merges = result.merges
  }

  private static func skip(_ reader: inout JSONReader) throws(TokenizerError) {
    guard reader.peek() == UInt8(ascii: "[") else {
      _ = try reader.readValue()
      return
    }
    try reader.readArray { (reader) throws(TokenizerError) in _ = try reader.readValue() }
  }

  /// Merges as "left right", the older form, or as ["left", "right"], in which a token may hold
  /// spaces; a zero byte stands between the two here.
  private static func readMerges(_ reader: inout JSONReader) throws(TokenizerError) -> [[UInt8]] {
    var merges: [[UInt8]] = []
    try reader.readArray { (reader) throws(TokenizerError) in
      guard reader.peek() == UInt8(ascii: "[") else {
        try reader.readString()
        guard reader.text.count(where: { $0 == UInt8(ascii: " ") }) == 1 else {
          throw reader.failure(
            "merge \(merges.count) is \(shown(shown(reader.text))); expected two tokens and a space "
              + "between")
        }
        return merges.append(reader.text.map { $0 == UInt8(ascii: " ") ? 0 : $0 })
      }
      var both: [[UInt8]] = []
      try reader.readArray { (reader) throws(TokenizerError) in
        try reader.readString()
        both.append(reader.text)
      }
      guard both.count == 2, !both[0].contains(0), !both[1].contains(0) else {
        throw reader.failure("merge \(merges.count) has \(both.count) tokens; expected two")
      }
      merges.append(both[0] + [0] + both[1])
    }
    return merges
  }

  private func unsupported(_ part: String, _ found: String, _ supported: String) -> TokenizerError {
    .unsupported(path: path, part: part, found: found, supported: supported)
  }

  private subscript(key: String) -> JSONValue {
    document.first { $0.key == key }?.value ?? .null
  }

  /// The tokenizer that the document describes.
  func tokenizer() throws(TokenizerError) -> Tokenizer {
    let known = [
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder", "model",
    ]
    for member in document where !known.contains(member.key) && !member.value.isNull {
      throw unsupported("the part", member.key, known.joined(separator: ", "))
    }
    let modelFlags = try model()
    let steps = try normalizations(self["normalizer"])
    let added = try addedTokens()
    let layout = try preTokenizer(self["pre_tokenizer"])

    var vocabulary = try VocabularyReader.vocabulary(
      entries, added: added.map(\.token), path: path)
    var list = MergeList(vocabulary, path: path, capacity: merges.count)
    for merge in merges {
      let parts = merge.split(separator: 0, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw .inconsistent(path: path, reason: "merge \(list.count) has a zero byte in it")
      }
      try list.append(parts[0], parts[1])
    }
    let model = try pairModel(modelFlags, &vocabulary, list.pairs, isByteLevel: layout.isByteLevel)
    var preTokenizer = layout.preTokenizer
    if !layout.isByteLevel, preTokenizer.markSplit == .none,
      marksBeginTokens(vocabulary, mark: preTokenizer.mark)
    {
      // No merge crosses such a boundary: the ids are the same.
      preTokenizer.markSplit = .runsOfMarks
    }

    let normalizedTokens = added.filter(\.isNormalized).map { entry in
      var text = entry.token.text
      for step in steps where !text.isEmpty { text = step.applied(to: text) }
      var token = AddedToken(text: text, id: entry.token.id, isSpecial: entry.token.isSpecial)
      token.stripsLeft = entry.token.stripsLeft
      token.stripsRight = entry.token.stripsRight
      return token
    }
    // The original decodes such a token as it is looked for, normalized.
    for token in normalizedTokens { vocabulary.decodingTexts[token.id] = token.text }
    let decoding = try decoding(self["decoder"], &vocabulary, isByteLevel: layout.isByteLevel)
    var parts = Tokenizer.Parts(vocabulary: vocabulary, model: model, decoding: decoding)
    parts.normalizations = steps
    parts.preTokenizer = preTokenizer
    parts.addedTokens = AddedTokenMatcher(added.filter { !$0.isNormalized }.map(\.token))
    parts.addedAfterNormalizing = AddedTokenMatcher(normalizedTokens)
    parts.hiddenIDs = Set(added.filter(\.token.isSpecial).map(\.token.id))
    parts.template = try template(self["post_processor"], vocabulary)
    parts.specialIDs.unknown = model.unknownID
    // The file does not say which token begins and which ends: the template does, or their names.
    let special = Dictionary(
      added.filter(\.token.isSpecial).map { (shown($0.token.text), $0.token.id) },
      uniquingKeysWith: { first, _ in first })
    parts.specialIDs.begin =
      parts.template.prefix.first
      ?? special["<s>"] ?? special["<|begin_of_text|>"] ?? special["<|endoftext|>"]
    parts.specialIDs.end =
      parts.template.suffix.last
      ?? special["</s>"] ?? special["<|end_of_text|>"] ?? special["<|endoftext|>"]
    return Tokenizer(parts)
  }

  // MARK: - The model

  private struct ModelFlags {
    var unknown: String?
    var fusesUnknown = false
    var byteFallback = false
    var ignoresMerges = false
  }

  private func model() throws(TokenizerError) -> ModelFlags {
    let model = JSONValue.object(modelSettings)
    // Files before version 0.10 do not name the type.
    if !model["type"].isNull || entries.isEmpty || merges.isEmpty {
      guard model["type"].string == "BPE" || model["type"].isNull && !entries.isEmpty else {
        throw unsupported("the model", model["type"].summary, "BPE")
      }
    }
    var flags = ModelFlags()
    for member in modelSettings {
      switch member.key {
      case "type", "vocab", "merges": break
      case "dropout":
        guard member.value.isNull || member.value == .number(0) else {
          throw unsupported("the model's dropout", member.value.summary, "null")
        }
      case "unk_token": flags.unknown = member.value.string
      case "continuing_subword_prefix", "end_of_word_suffix":
        guard member.value.isNull || member.value.string == "" else {
          throw unsupported("the model's \(member.key)", member.value.summary, "null")
        }
      case "fuse_unk": flags.fusesUnknown = member.value.boolean ?? false
      case "byte_fallback": flags.byteFallback = member.value.boolean ?? false
      case "ignore_merges": flags.ignoresMerges = member.value.boolean ?? false
      default:
        guard member.value.isNull else {
          throw unsupported("the model's setting", member.key, "those of BPE")
        }
      }
    }
    return flags
  }

  private func pairModel(
    _ flags: ModelFlags, _ vocabulary: inout Vocabulary, _ pairs: PairTable, isByteLevel: Bool
  ) throws(TokenizerError) -> BytePairModel {
    let symbols: BytePairModel.Symbols
    if isByteLevel {
      symbols = .bytes(
        (0..<256).map { byte in
          entryID(ByteAlphabet.text(of: CollectionOfOne(UInt8(byte))), vocabulary) ?? -1
        })
    } else {
      let vocabulary = vocabulary
      symbols = .characters(
        CharacterSymbols(vocabulary) {
          VocabularyReader.place(of: $0, in: entries) != nil
        })
    }
    var model = BytePairModel(pairs: pairs, symbols: symbols)
    if let unknown = flags.unknown {
      guard let id = vocabulary.id(of: unknown.utf8) else {
        throw .inconsistent(
          path: path, reason: "the unknown token \(shown(unknown)) is not in the vocabulary")
      }
      model.unknownID = id
    }
    model.fusesUnknown = flags.fusesUnknown
    if flags.byteFallback {
      guard !isByteLevel else {
        throw unsupported("byte_fallback", "with a byte-level pre-tokenizer", "one of the two")
      }
      let ids = try vocabulary.byteIDs(path: path)
      for id in ids { vocabulary.setKind(.byte, of: Int(id)) }
      model.byteFallback = ids
      for merge in merges {
        for part in merge.split(separator: 0) {
          let isByte = part.withUnsafeBufferPointer { byte(ofToken: $0) != nil }
          guard !isByte else {
            throw unsupported("a merge of a byte token", shown(part), "merges of text")
          }
        }
      }
    }
    if flags.ignoresMerges { model.wholeWords = wholeWords(isByteLevel: isByteLevel) }
    return model
  }

  /// A token's id, if it is in the model's own vocabulary and not only added.
  private func entryID(_ text: [UInt8], _ vocabulary: Vocabulary) -> Int32? {
    vocabulary.id(of: text).flatMap {
      VocabularyReader.place(of: $0, in: entries) == nil ? nil : Int32($0)
    }
  }

  private func wholeWords(isByteLevel: Bool) -> WholeWords {
    let words = ByteStringTable(capacity: entries.count)
    var ids: [Int32] = []
    for entry in entries {
      var word: [UInt8] = []
      if isByteLevel {
        let isOfAlphabet = entry.text.withUnsafeBufferPointer {
          ByteAlphabet.appendBytes(of: $0, to: &word)
        }
        guard isOfAlphabet else { continue }
      } else {
        word = entry.text
      }
      if words.insert(word).isNew { ids.append(Int32(entry.id)) }
    }
    return WholeWords(words: words, ids: ids)
  }

  // MARK: - Added tokens

  private struct Added {
    let token: AddedToken
    let isNormalized: Bool
  }

  private func addedTokens() throws(TokenizerError) -> [Added] {
    var result: [Added] = []
    for value in self["added_tokens"].array ?? [] {
      guard let id = value["id"].id, let content = value["content"].string else {
        throw .inconsistent(
          path: path, reason: "the added token \(shown(value.summary)) lacks an id or a content")
      }
      guard value["single_word"].boolean != true else {
        throw unsupported(
          "an added token with single_word", content, "added tokens found anywhere")
      }
      var token = AddedToken(
        text: Array(content.utf8), id: id, isSpecial: value["special"].boolean ?? false)
      token.stripsLeft = value["lstrip"].boolean ?? false
      token.stripsRight = value["rstrip"].boolean ?? false
      result.append(
        Added(token: token, isNormalized: value["normalized"].boolean ?? !token.isSpecial))
    }
    return result
  }

  // MARK: - Normalizers

  private func normalizations(_ value: JSONValue) throws(TokenizerError) -> [Normalization] {
    if value.isNull { return [] }
    let supported = "NFC, Prepend, Replace with a string, Sequence"
    switch value["type"].string {
    case "NFC": return [.canonicalComposition]
    case "Prepend": return [.prepend(Array((value["prepend"].string ?? "").utf8))]
    case "Replace":
      guard let old = value["pattern"]["String"].string, let new = value["content"].string else {
        throw unsupported(
          "the normalizer Replace of", value["pattern"].summary, "a String with a content")
      }
      return [.replace(Array(old.utf8), with: Array(new.utf8))]
    case "Sequence":
      var steps: [Normalization] = []
      for step in value["normalizers"].array ?? [] { steps += try normalizations(step) }
      return steps
    default: throw unsupported("the normalizer", value["type"].summary, supported)
    }
  }

  // MARK: - Pre-tokenizers

  private struct Layout {
    var preTokenizer = PreTokenizer()
    var isByteLevel = false
  }

  private func preTokenizer(_ value: JSONValue) throws(TokenizerError) -> Layout {
    var layout = Layout()
    if value.isNull { return layout }
    let steps =
      value["type"].string == "Sequence" ? value["pretokenizers"].array ?? [] : [value]
    for step in steps {
      guard !layout.isByteLevel, layout.preTokenizer.metaspace == nil else {
        throw unsupported(
          "the pre-tokenizer", step["type"].summary + " after ByteLevel or Metaspace",
          "ByteLevel or Metaspace last")
      }
      switch step["type"].string {
      case "Split": layout.preTokenizer.rules.append(.pattern(try splitPattern(step)))
      case "ByteLevel":
        layout.isByteLevel = true
        let addsSpace = step["add_prefix_space"].boolean ?? true
        guard !addsSpace || layout.preTokenizer.rules.isEmpty else {
          throw unsupported("ByteLevel's add_prefix_space", "after Split", "false there")
        }
        layout.preTokenizer.addsPrefixSpace = addsSpace
        if step["use_regex"].boolean ?? true { layout.preTokenizer.rules.append(.pattern(.gpt2)) }
      case "Metaspace":
        guard layout.preTokenizer.rules.isEmpty else {
          throw unsupported("the pre-tokenizer Metaspace", "after Split", "Metaspace alone")
        }
        layout.preTokenizer = try metaspace(step)
      default:
        throw unsupported(
          "the pre-tokenizer", step["type"].summary, "ByteLevel, Split, Metaspace, Sequence")
      }
    }
    guard layout.isByteLevel || layout.preTokenizer.rules.isEmpty else {
      throw unsupported("the pre-tokenizer Split", "without ByteLevel", "Split before ByteLevel")
    }
    return layout
  }

  private func splitPattern(_ step: JSONValue) throws(TokenizerError) -> SplitPattern {
    guard let expression = step["pattern"]["Regex"].string,
      let pattern = SplitPattern(expression: expression)
    else {
      let known = SplitPattern.allCases.map { shown($0.expression) }.joined(separator: " · ")
      throw unsupported("the split pattern", step["pattern"].summary, known)
    }
    // The patterns match everything, so that these two ways of cutting are one.
    switch (step["behavior"].string, step["invert"].boolean ?? false) {
    case ("Isolated", _), ("Removed", true): return pattern
    default:
      throw unsupported(
        "the pre-tokenizer Split with behavior", step["behavior"].summary, "Isolated")
    }
  }

  private func metaspace(_ step: JSONValue) throws(TokenizerError) -> PreTokenizer {
    let mark = Array((step["replacement"].string ?? "▁").utf8)
    guard mark.elementsEqual(SentencePieceNormalizer.mark) else {
      throw unsupported("Metaspace's replacement", step["replacement"].summary, "▁")
    }
    // Before version 0.15: add_prefix_space.
    let name =
      step["prepend_scheme"].string
      ?? (step["add_prefix_space"].boolean == false ? "never" : "always")
    guard let scheme = PreTokenizer.PrependScheme(rawValue: name) else {
      throw unsupported("Metaspace's prepend_scheme", name, "always, first, never")
    }
    var result = PreTokenizer()
    result.metaspace = PreTokenizer.Metaspace(mark: mark, scheme: scheme)
    result.mark = mark
    result.markSplit = step["split"].boolean ?? true ? .everyMark : .none
    return result
  }

  // MARK: - Post-processors

  private func template(
    _ value: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> Tokenizer.Template {
    var template = Tokenizer.Template()
    if value.isNull { return template }
    switch value["type"].string {
    case "ByteLevel": return template
    case "Sequence":
      for step in value["processors"].array ?? [] {
        let inner = try self.template(step, vocabulary)
        template.prefix = inner.prefix + template.prefix
        template.suffix += inner.suffix
      }
    case "TemplateProcessing":
      var isBefore = true
      for piece in value["single"].array ?? [] {
        if piece.keys == ["Sequence"] {
          guard isBefore else {
            throw unsupported("the template", value["single"].summary, "one text in a template")
          }
          isBefore = false
          continue
        }
        let name = piece["SpecialToken"]["id"].string
        guard let name, let ids = value["special_tokens"][name]["ids"].array else {
          throw .inconsistent(
            path: path,
            reason: "the template's \(shown(piece.summary)) is not among its special tokens")
        }
        for id in ids {
          let id = try checked(id, vocabulary)
          if isBefore { template.prefix.append(id) } else { template.suffix.append(id) }
        }
      }
    case "RobertaProcessing", "BertProcessing":
      template.prefix = [try checked(value["cls"].array?.last ?? .null, vocabulary)]
      template.suffix = [try checked(value["sep"].array?.last ?? .null, vocabulary)]
    default:
      throw unsupported(
        "the post-processor", value["type"].summary,
        "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, Sequence")
    }
    return template
  }

  private func checked(
    _ value: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> Int {
    guard let id = value.id, id < vocabulary.count else {
      throw .inconsistent(
        path: path, reason: "the post-processor names the id \(value.summary), which is none")
    }
    return id
  }

  // MARK: - Decoders

  private func decoding(
    _ value: JSONValue, _ vocabulary: inout Vocabulary, isByteLevel: Bool
  ) throws(TokenizerError) -> Decoding {
    let steps = value["type"].string == "Sequence" ? value["decoders"].array ?? [] : [value]
    let names = steps.map { $0["type"].string ?? $0["type"].summary }
    switch names {
    case ["ByteLevel"] where isByteLevel:
      vocabulary.setByteLevelContents()
      return .byteLevel
    case ["Metaspace"]:
      setSpaces(&vocabulary, bytes: false)
      let scheme = steps[0]["prepend_scheme"].string
      let drops = scheme.map { $0 != "never" } ?? (steps[0]["add_prefix_space"].boolean ?? true)
      return .metaspace(dropsFirstSpaces: drops)
    case ["Replace", "ByteFallback", "Fuse"], ["Replace", "ByteFallback", "Fuse", "Strip"]:
      guard steps[0]["pattern"]["String"].string == "▁", steps[0]["content"].string == " " else {
        throw unsupported("the decoder", steps[0].summary, "Replace of ▁ by a space")
      }
      var first = 0
      if let strip = steps.dropFirst(3).first {
        guard strip["content"].string == " ", let start = strip["start"].id,
          strip["stop"].id == 0
        else { throw unsupported("the decoder", strip.summary, "Strip of spaces at the start") }
        first = start
      }
      setSpaces(&vocabulary, bytes: true)
      return .fallbackRuns(firstSpaces: first)
    default:
      throw unsupported(
        "the decoder", names.joined(separator: ", "),
        "ByteLevel, Metaspace, or Replace, ByteFallback, Fuse and Strip in a Sequence")
    }
  }

  private func setSpaces(_ vocabulary: inout Vocabulary, bytes: Bool) {
    if bytes {
      for id in 0..<vocabulary.count where byte(ofToken: vocabulary.texts[id]) != nil {
        vocabulary.setKind(.byte, of: id)
      }
    }
    vocabulary.setMarkedContents(bytes: bytes)
  }
}

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

extension Tokenizer {
  /// Reads a `tokenizer.json` of Hugging Face's tokenizers.
  ///
  /// Truncation and padding that the file may ask for are not applied, as `transformers` does not
  /// apply them unless it is told to.
  ///
  /// - Parameter path: Where the file is.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; `unsupported` names any part that is not carried out here.
  public static func readingJSON(path: String) throws(TokenizerError) -> Tokenizer {
    try readingJSON(try InputFile.contents(of: path), path: path)
  }

  /// Reads the contents of a `tokenizer.json`.
  ///
  /// - Parameters:
  ///   - contents: The whole file.
  ///   - path: What to call it in messages.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; `unsupported` names any part that is not carried out here.
  public static func readingJSON(
    _ contents: [UInt8], path: String = "tokenizer.json"
  ) throws(TokenizerError) -> Tokenizer {
    try TokenizerJSON(contents, path: path).tokenizer()
  }
}
