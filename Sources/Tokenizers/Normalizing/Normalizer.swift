/// What happens to a text before it is cut into words.
enum Normalization: Sendable, Equatable {
  /// Canonical composition, NFC.
  case canonicalComposition
  /// Something put before the text.
  case prepend([UInt8])
  /// One string put in another's place, everywhere.
  case replace([UInt8], with: [UInt8])
  /// What a SentencePiece model says of spaces and characters.
  case sentencePiece(SentencePieceNormalizer)

  /// The text afterwards; a text that is not empty.
  func applied(to text: [UInt8]) -> [UInt8] {
    switch self {
    case .canonicalComposition: CanonicalComposition.composed(text)
    case .prepend(let prefix): prefix + text
    case .replace(let old, let new): replacing(old, with: new, in: text)
    case .sentencePiece(let normalizer): normalizer.normalized(text)
    }
  }

  private func replacing(_ old: [UInt8], with new: [UInt8], in text: [UInt8]) -> [UInt8] {
    guard let first = old.first else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 3)
    var index = 0
    while index < text.count {
      if text[index] == first, text[index...].starts(with: old) {
        result.append(contentsOf: new)
        index += old.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }
}
