/// What a token stands for; the numbers are those of SentencePiece and GGUF files.
public enum TokenKind: Int, Hashable, Sendable {
  /// A piece of text.
  case normal = 1
  /// The token for what has none.
  case unknown = 2
  /// A mark with a meaning and no text, such as the beginning of a sequence.
  case control = 3
  /// A piece of text that is found before anything merges.
  case userDefined = 4
  /// A piece that pairs merge into, but that is taken apart again in the end.
  case unused = 5
  /// One byte.
  case byte = 6
}
