/// The contents of a `tokenizer.json`, checked part by part.
///
/// Source: the format of Hugging Face's tokenizers, version 1.0.
struct TokenizerJSON {
  let path: String
  var document: [JSONValue.Member] = []
  var modelSettings: [JSONValue.Member] = []
  var entries: [(text: [UInt8], id: Int)] = []
  var merges: [[UInt8]] = []

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

  static func skip(_ reader: inout JSONReader) throws(TokenizerError) {
    guard reader.peek() == UInt8(ascii: "[") else {
      _ = try reader.readValue()
      return
    }
    try reader.readArray { (reader) throws(TokenizerError) in _ = try reader.readValue() }
  }

  /// Merges as "left right", the older form, or as ["left", "right"], in which a token may hold
  /// spaces; a zero byte stands between the two here.
  static func readMerges(_ reader: inout JSONReader) throws(TokenizerError) -> [[UInt8]] {
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

  func unsupported(_ part: String, _ found: String, _ supported: String) -> TokenizerError {
    .unsupported(path: path, part: part, found: found, supported: supported)
  }

  subscript(key: String) -> JSONValue {
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
}
