/// The tokens by id: their text as the file writes it, their kind, and the bytes they stand for.
struct Vocabulary: Sendable {
  /// The texts; a text's number is its id.
  let texts: ByteStringTable
  private(set) var kinds: [TokenKind]
  private var contents: [UInt8] = []
  private var starts: [Int] = [0]
  /// Texts by which tokens decode, where they are not those of the file.
  var decodingTexts: [Int: [UInt8]] = [:]

  var count: Int { kinds.count }

  /// Takes tokens in the order of their ids.
  ///
  /// - Throws: `TokenizerError.duplicateToken`.
  init(
    _ tokens: some Sequence<(text: ArraySlice<UInt8>, kind: TokenKind)>, count: Int, path: String
  ) throws(TokenizerError) {
    let texts = ByteStringTable(capacity: count)
    kinds = []
    kinds.reserveCapacity(count)
    for (text, kind) in tokens {
      let (index, isNew) = texts.insert(text)
      guard isNew else {
        throw .duplicateToken(path: path, token: shown(text), first: index, second: kinds.count)
      }
      kinds.append(kind)
    }
    guard !kinds.isEmpty else { throw .inconsistent(path: path, reason: "there are no tokens") }
    self.texts = texts
  }

  /// Says what each token stands for, in the order of the ids.
  mutating func setContents(_ body: (Int, UnsafeBufferPointer<UInt8>, inout [UInt8]) -> Void) {
    contents.removeAll()
    starts = [0]
    starts.reserveCapacity(count + 1)
    for id in 0..<count {
      if let text = decodingTexts[id] {
        text.withUnsafeBufferPointer { body(id, $0, &contents) }
      } else {
        body(id, texts[id], &contents)
      }
      starts.append(contents.count)
    }
  }

  mutating func setKind(_ kind: TokenKind, of id: Int) { kinds[id] = kind }

  /// The bytes that a token stands for.
  func contents(of id: Int) -> ArraySlice<UInt8> { contents[starts[id]..<starts[id + 1]] }

  /// The id of a token by its text.
  func id(of text: some Sequence<UInt8>) -> Int? { texts.index(of: text) }

  /// The ids of `<0x00>` to `<0xFF>`.
  ///
  /// - Throws: `TokenizerError.inconsistent` where one is missing.
  func byteIDs(path: String) throws(TokenizerError) -> [Int32] {
    var ids: [Int32] = []
    for byte in 0..<256 {
      let text = byteTokenText(UInt8(byte))
      guard let id = id(of: text.utf8) else {
        throw .inconsistent(
          path: path, reason: "bytes are to stand for unknown characters, but \(text) is missing")
      }
      ids.append(Int32(id))
    }
    return ids
  }
}

/// `<0x0A>` for 10.
func byteTokenText(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "<0x" + (byte < 16 ? "0" : "") + digits + ">"
}

/// 10 for `<0x0A>`, or nil for another text.
func byte(ofToken text: UnsafeBufferPointer<UInt8>) -> UInt8? {
  guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">") else {
    return nil
  }
  return UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16)
}
