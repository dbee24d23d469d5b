extension Tokenizer {
  /// Reads a byte-level BPE tokenizer from its two files, as GPT-2 and OPT are published.
  ///
  /// - Parameters:
  ///   - vocabularyPath: `vocab.json` or `encoder.json`.
  ///   - mergesPath: `merges.txt` or `vocab.bpe`.
  ///   - conventions: What the two files do not say.
  /// - Throws: `TokenizerError`.
  public convenience init(
    vocabularyPath: String, mergesPath: String, conventions: ByteLevelConventions? = nil
  ) throws(TokenizerError) {
    try self.init(
      vocabulary: try InputFile.contents(of: vocabularyPath),
      merges: try InputFile.contents(of: mergesPath), conventions: conventions,
      vocabularyPath: vocabularyPath, mergesPath: mergesPath)
  }

  /// Reads a byte-level BPE tokenizer from the contents of its two files.
  ///
  /// - Parameters:
  ///   - vocabulary: `vocab.json`.
  ///   - merges: `merges.txt`.
  ///   - conventions: What the two files do not say; nil for what the vocabulary suggests.
  ///   - vocabularyPath: What to call the vocabulary in messages.
  ///   - mergesPath: What to call the merges in messages.
  /// - Throws: `TokenizerError`.
  public convenience init(
    vocabulary: [UInt8], merges: [UInt8], conventions: ByteLevelConventions? = nil,
    vocabularyPath: String = "vocab.json", mergesPath: String = "merges.txt"
  ) throws(TokenizerError) {
    let entries = try JSONReader.read(vocabulary, path: vocabularyPath) {
      (reader) throws(TokenizerError) in try VocabularyReader.read(&reader)
    }
    var vocabulary = try VocabularyReader.vocabulary(entries, path: vocabularyPath)
    let conventions = conventions ?? ByteLevelConventions(suggestedBy: vocabulary)
    var list = MergeList(vocabulary, path: mergesPath, capacity: merges.count / 8)
    try list.append(contentsOfFile: merges)

    func id(_ text: String?) throws(TokenizerError) -> Int? {
      guard let text else { return nil }
      guard let id = vocabulary.id(of: text.utf8) else {
        throw .inconsistent(
          path: vocabularyPath, reason: "the special token \(shown(text)) is not in the vocabulary")
      }
      return id
    }
    let special = SpecialIDs(
      begin: try id(conventions.begin), end: try id(conventions.end),
      unknown: try id(conventions.unknown),
      padding: conventions.padding.flatMap { vocabulary.id(of: $0.utf8) })
    var added: [AddedToken] = []
    for text in conventions.specialTokens {
      if text == conventions.padding, special.padding == nil { continue }
      guard let id = try id(text), !added.contains(where: { $0.id == id }) else { continue }
      added.append(AddedToken(text: Array(text.utf8), id: id, isSpecial: true))
      vocabulary.setKind(.control, of: id)
    }
    vocabulary.setByteLevelContents()

    var parts = Parts(
      vocabulary: vocabulary,
      model: BytePairModel(
        pairs: list.pairs, symbols: .bytes(vocabulary.byteLevelSymbols())),
      decoding: .byteLevel)
    parts.preTokenizer.rules = [.pattern(conventions.pattern)]
    parts.preTokenizer.addsPrefixSpace = conventions.addsPrefixSpace
    parts.addedTokens = AddedTokenMatcher(added)
    parts.hiddenIDs = Set(added.map(\.id))
    parts.specialIDs = special
    if conventions.putsBeginBeforeText, let begin = special.begin {
      parts.template.prefix = [begin]
    }
    if conventions.putsEndAfterText, let end = special.end { parts.template.suffix = [end] }
    self.init(parts)
  }
}

/// What `vocab.json` and `merges.txt` do not say of a byte-level tokenizer.
public struct ByteLevelConventions: Hashable, Sendable {
  /// How a text is cut into words.
  public var pattern = SplitPattern.gpt2
  /// Whether a space is put before a text that does not begin with one.
  public var addsPrefixSpace = false
  /// The token for the beginning of a sequence.
  public var begin: String?
  /// The token for the end of a sequence.
  public var end: String?
  /// The token for what has none.
  public var unknown: String?
  /// The token that fills a batch up; where the vocabulary lacks it, there is none.
  public var padding: String?
  /// Other tokens with a meaning of their own.
  public var otherSpecialTokens: [String] = []
  /// Whether the model saw the beginning before every text.
  public var putsBeginBeforeText = false
  /// Whether the model saw the end after every text.
  public var putsEndAfterText = false

  /// Conventions without any special token.
  public init() {}

  /// GPT-2's: `<|endoftext|>` for everything, nothing put around a text.
  public static let gpt2: Self = {
    var conventions = Self()
    conventions.begin = "<|endoftext|>"
    conventions.end = "<|endoftext|>"
    conventions.unknown = "<|endoftext|>"
    return conventions
  }()

  /// OPT's: `</s>` (2) before every text and at its end, `<pad>` (1).
  public static let opt: Self = {
    var conventions = Self()
    conventions.begin = "</s>"
    conventions.end = "</s>"
    conventions.unknown = "</s>"
    conventions.padding = "<pad>"
    conventions.putsBeginBeforeText = true
    return conventions
  }()

  /// OPT's where the vocabulary has its tokens, GPT-2's where it has that one, else none.
  init(suggestedBy vocabulary: Vocabulary) {
    let opt = ["<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3]
    if opt.allSatisfy({ vocabulary.id(of: $0.key.utf8) == $0.value }) {
      self = .opt
    } else if vocabulary.id(of: "<|endoftext|>".utf8) != nil {
      self = .gpt2
    } else {
      self.init()
    }
  }

  var specialTokens: [String] {
    [begin, end, unknown, padding].compactMap { $0 } + otherSpecialTokens
  }
}

extension Vocabulary {
  /// Gives each token the bytes it names in GPT-2's alphabet, or its text where it is not of that.
  mutating func setByteLevelContents() {
    setContents { _, text, contents in
      if !ByteAlphabet.appendBytes(of: text, to: &contents) { contents += text }
    }
  }

  /// The ids of the 256 bytes, -1 for those without.
  func byteLevelSymbols() -> [Int32] {
    (0..<256).map { byte in
      id(of: ByteAlphabet.text(of: CollectionOfOne(UInt8(byte)))).map(Int32.init) ?? -1
    }
  }
}
