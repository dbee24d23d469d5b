/// Turns text into the ids a language model was trained on, and ids into text.
///
/// Byte-level BPE as GPT-2, OPT, Llama 3 and Qwen 2 use it, and SentencePiece BPE with byte fallback
/// as Llama 1 and 2 and Mistral use it, read from any of the files they come in; see
/// ``Tokenizer/load(path:)``. The ids are exactly those of the original, on any text: what a file
/// asks for and is not carried out here is refused by name when the file is read.
public final class Tokenizer: Sendable {
  /// What is put before and after a text.
  public struct Template: Hashable, Sendable {
    /// The ids before the text.
    public var prefix: [Int]
    /// The ids after the text.
    public var suffix: [Int]

    /// A template of two lists of ids.
    ///
    /// - Parameters:
    ///   - prefix: The ids before the text.
    ///   - suffix: The ids after the text.
    public init(prefix: [Int] = [], suffix: [Int] = []) {
      self.prefix = prefix
      self.suffix = suffix
    }
  }

  /// The ids with a meaning of their own, each nil where the file names none.
  public struct SpecialIDs: Hashable, Sendable {
    /// The beginning of a sequence, BOS.
    public var begin: Int?
    /// The end of a sequence, EOS.
    public var end: Int?
    /// What has no token.
    public var unknown: Int?
    /// What fills a batch up.
    public var padding: Int?

    /// Ids that may be missing.
    ///
    /// - Parameters:
    ///   - begin: BOS.
    ///   - end: EOS.
    ///   - unknown: What has no token.
    ///   - padding: What fills a batch up.
    public init(begin: Int? = nil, end: Int? = nil, unknown: Int? = nil, padding: Int? = nil) {
      self.begin = begin
      self.end = end
      self.unknown = unknown
      self.padding = padding
    }
  }

  /// Everything a tokenizer is made of.
  struct Parts: Sendable {
    var vocabulary: Vocabulary
    var model: BytePairModel
    var normalizations: [Normalization] = []
    var preTokenizer = PreTokenizer()
    /// Tokens found in the text as it is.
    var addedTokens: AddedTokenMatcher?
    /// Tokens found in the normalized text.
    var addedAfterNormalizing: AddedTokenMatcher?
    var decoding: Decoding
    var template = Template()
    var specialIDs = SpecialIDs()
    /// The ids that ``Tokenizer/decode(_:skippingSpecial:)`` leaves out.
    var hiddenIDs: Set<Int> = []
    /// The scores of SentencePiece's pieces, by id; empty where merges have ranks instead.
    var scores: [Float] = []
  }

  let parts: Parts
  let idleStates = IdleStates()

  init(_ parts: Parts) { self.parts = parts }

  /// How many tokens there are; their ids run from 0.
  public var vocabularySize: Int { parts.vocabulary.count }

  /// The ids with a meaning of their own.
  public var specialIDs: SpecialIDs { parts.specialIDs }

  /// What the file wants before and after a text.
  public var template: Template { parts.template }

  /// The id of a token.
  ///
  /// - Parameter text: The token as the vocabulary file writes it: "Ġthe" in the alphabet of GPT-2,
  ///   "▁the" in SentencePiece's. Compared byte for byte.
  /// - Returns: The id, or nil where there is no such token.
  public func id(of text: String) -> Int? { parts.vocabulary.id(of: text.utf8) }

  /// A token as the vocabulary file writes it.
  ///
  /// - Parameter id: Its id.
  /// - Returns: Its text.
  /// - Throws: `TokenizerError.noSuchID`.
  public func text(of id: Int) throws(TokenizerError) -> String {
    try check(id)
    return String(decoding: parts.vocabulary.texts[id], as: UTF8.self)
  }

  /// What a token stands for.
  ///
  /// - Parameter id: Its id.
  /// - Returns: Its kind.
  /// - Throws: `TokenizerError.noSuchID`.
  public func kind(of id: Int) throws(TokenizerError) -> TokenKind {
    try check(id)
    return parts.vocabulary.kinds[id]
  }

  func check(_ id: Int) throws(TokenizerError) {
    guard id >= 0, id < vocabularySize else {
      throw .noSuchID(id: id, vocabularySize: vocabularySize)
    }
  }
}
