/// Why a tokenizer could not be read, written or used.
public enum TokenizerError: Error, Equatable, Sendable {
  /// There is no file or folder at the path.
  case noSuchFile(path: String)
  /// It is there but cannot be read.
  case cannotRead(path: String, reason: String)
  /// A file cannot be written.
  case cannotWrite(path: String, reason: String)
  /// A folder without any of the files a tokenizer is read from.
  case noTokenizer(folder: String)
  /// A file larger than any tokenizer.
  case tooLarge(path: String, bytes: Int, limit: Int)
  /// The bytes break a rule of the format.
  case malformed(path: String, offset: Int, reason: String)
  /// A part that this reader does not carry out, so that the ids would differ.
  case unsupported(path: String, part: String, found: String, supported: String)
  /// What the file says cannot be.
  case inconsistent(path: String, reason: String)
  /// Two ids have the same token.
  case duplicateToken(path: String, token: String, first: Int, second: Int)
  /// Two tokens have the same id.
  case duplicateID(path: String, id: Int, first: String, second: String)
  /// An id below the largest has no token.
  case missingID(path: String, id: Int, count: Int)
  /// A merge names, or would make, something that is not in the vocabulary.
  case unknownMergeToken(path: String, merge: Int, token: String)
  /// The same two tokens merge twice.
  case duplicateMerge(path: String, merge: Int, pair: String)
  /// An id that the vocabulary does not have.
  case noSuchID(id: Int, vocabularySize: Int)
  /// A part of the text has no token, and the tokenizer has none for the unknown.
  case cannotEncode(piece: String)
  /// A training text or setting from which nothing can be learned.
  case cannotTrain(reason: String)

  /// Whether the input is not there, as opposed to being something else than expected.
  public var isMissingInput: Bool {
    switch self {
    case .noSuchFile, .cannotRead, .noTokenizer: true
    default: false
    }
  }
}

extension TokenizerError: CustomStringConvertible {
  /// The file, the place, what is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .noSuchFile(let path): "\(path): no such file or folder"
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .noTokenizer(let folder):
      "\(folder): no tokenizer in this folder; one of tokenizer.json, tokenizer.model, vocab.json "
        + "with merges.txt, or encoder.json with vocab.bpe is needed"
    case .tooLarge(let path, let bytes, let limit):
      "\(path): \(bytes) bytes are too many for a tokenizer; at most \(limit) are read: is it "
        + "another file?"
    case .malformed(let path, let offset, let reason):
      "\(path): at byte \(offset): \(reason); the file is damaged or of another format: copy it "
        + "again"
    case .unsupported(let path, let part, let found, let supported):
      "\(path): \(part) \(shown(found)) is not supported, and without it the ids would be wrong; "
        + "supported: \(supported)"
    case .inconsistent(let path, let reason): "\(path): \(reason)"
    case .duplicateToken(let path, let token, let first, let second):
      "\(path): the token \(shown(token)) has two ids, \(first) and \(second); each token may have "
        + "one"
    case .duplicateID(let path, let id, let first, let second):
      "\(path): the id \(id) has two tokens, \(shown(first)) and \(shown(second)); each id may have "
        + "one"
    case .missingID(let path, let id, let count):
      "\(path): no token has the id \(id), though there are \(count) tokens; ids must run from 0 "
        + "without a gap"
    case .unknownMergeToken(let path, let merge, let token):
      "\(path): merge \(merge) needs the token \(shown(token)), which is not in the vocabulary; do "
        + "vocabulary and merges belong together?"
    case .duplicateMerge(let path, let merge, let pair):
      "\(path): merge \(merge), \(shown(pair)), was there before; each pair may merge in one way"
    case .noSuchID(let id, let vocabularySize):
      "no token has the id \(id); the vocabulary has \(vocabularySize) tokens, from 0 to "
        + "\(vocabularySize - 1)"
    case .cannotEncode(let piece):
      "\(shown(piece)) has no token in this vocabulary, which has no token for the unknown either"
    case .cannotTrain(let reason): "no tokenizer can be trained: \(reason)"
    }
  }
}

/// A text in quotes for a message, shortened, without control characters.
func shown(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars.prefix(60) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + (text.unicodeScalars.dropFirst(60).isEmpty ? "\"" : "…\"")
}

/// Bytes in quotes for a message.
func shown(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: Array(bytes), as: UTF8.self)
}
