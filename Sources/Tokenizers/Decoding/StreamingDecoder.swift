/// Decodes ids one by one, as a model generates them.
///
/// A character may be spread over several tokens, so text comes out only when nothing that follows
/// can change it. All texts together, with the one of ``finish()``, are what
/// ``Tokenizer/decode(_:skippingSpecial:)`` makes of all ids.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skippingSpecial: Bool
  private var core = DecodingCore()

  init(_ tokenizer: Tokenizer, skippingSpecial: Bool) {
    self.tokenizer = tokenizer
    self.skippingSpecial = skippingSpecial
  }

  /// Takes the next id.
  ///
  /// - Parameter id: An id of the vocabulary.
  /// - Returns: The text that is settled now; often empty.
  /// - Throws: `TokenizerError.noSuchID`.
  public mutating func append(_ id: Int) throws(TokenizerError) -> String {
    try tokenizer.check(id)
    var output: [UInt8] = []
    core.append(id, of: tokenizer.parts, skippingSpecial: skippingSpecial, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// Ends the text.
  ///
  /// - Returns: What was held back: U+FFFD for bytes that never became a character.
  public mutating func finish() -> String {
    var output: [UInt8] = []
    core.finish(tokenizer.parts.decoding, to: &output)
    core = DecodingCore()
    return String(decoding: output, as: UTF8.self)
  }
}

extension Tokenizer {
  /// The text of ids.
  ///
  /// - Parameters:
  ///   - ids: Ids of the vocabulary.
  ///   - skippingSpecial: Whether special tokens are left out.
  /// - Returns: The text; bytes that are not UTF-8 become U+FFFD, as the original does it.
  /// - Throws: `TokenizerError.noSuchID`.
  public func decode(
    _ ids: some Sequence<Int>, skippingSpecial: Bool = true
  ) throws(TokenizerError) -> String {
    var core = DecodingCore()
    var output: [UInt8] = []
    for id in ids {
      try check(id)
      core.append(id, of: parts, skippingSpecial: skippingSpecial, to: &output)
    }
    core.finish(parts.decoding, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// The bytes that ids stand for, joined, whether they are UTF-8 or not.
  ///
  /// - Parameters:
  ///   - ids: Ids of the vocabulary.
  ///   - skippingSpecial: Whether special tokens are left out.
  /// - Returns: The bytes; spaces at the front stay.
  /// - Throws: `TokenizerError.noSuchID`.
  public func decodeBytes(
    _ ids: some Sequence<Int>, skippingSpecial: Bool = true
  ) throws(TokenizerError) -> [UInt8] {
    var output: [UInt8] = []
    for id in ids {
      try check(id)
      if skippingSpecial, parts.hiddenIDs.contains(id) { continue }
      output += parts.vocabulary.contents(of: id)
    }
    return output
  }

  /// A decoder that takes ids one by one.
  ///
  /// - Parameter skippingSpecial: Whether special tokens are left out.
  /// - Returns: A decoder at the beginning of a text.
  public func streamingDecoder(skippingSpecial: Bool = true) -> StreamingDecoder {
    StreamingDecoder(self, skippingSpecial: skippingSpecial)
  }
}
