/// How the bytes of tokens become text; the frameworks differ in what they make of bytes that are no
/// UTF-8 and of the first space.
enum Decoding: Sendable, Equatable {
  /// All bytes joined; each maximal part that cannot be UTF-8 becomes U+FFFD.
  ///
  /// Source: Rust's `from_utf8_lossy`, which Hugging Face's ByteLevel decoder uses.
  case byteLevel
  /// A run of byte tokens is UTF-8 of its own, and each byte that cannot be becomes U+FFFD; the space
  /// that was put before the text is taken away again.
  ///
  /// Source: SentencePiece, `sentencepiece_processor.cc`.
  case sentencePiece(dropsFirstSpace: Bool, dropsAllFirstSpaces: Bool)
  /// A run of byte tokens is one text, or U+FFFD for each of its bytes; then so many spaces at the
  /// front are taken away.
  ///
  /// Source: the decoders ByteFallback, Fuse and Strip of Hugging Face's tokenizers.
  case fallbackRuns(firstSpaces: Int)
  /// Pieces joined, all spaces of the first token taken away.
  ///
  /// Source: the decoder Metaspace of Hugging Face's tokenizers.
  case metaspace(dropsFirstSpaces: Bool)
}
