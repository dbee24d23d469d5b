/// Builds a table of merges from their names.
struct MergeList {
  private let vocabulary: Vocabulary
  private let path: String
  private(set) var pairs: PairTable
  private(set) var count = 0
  private var joined: [UInt8] = []

  init(_ vocabulary: Vocabulary, path: String, capacity: Int) {
    self.vocabulary = vocabulary
    self.path = path
    pairs = PairTable(capacity: capacity)
  }

  /// Adds the next merge: "left right", two tokens as the vocabulary writes them.
  mutating func append(_ line: ArraySlice<UInt8>) throws(TokenizerError) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .inconsistent(
        path: path,
        reason: "merge \(count) is \(shownInQuotes(line)); expected two tokens and a space between")
    }
    try append(parts[0], parts[1])
  }

  /// Adds the next merge.
  mutating func append(
    _ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>
  ) throws(TokenizerError) {
    guard !left.isEmpty, !right.isEmpty else {
      throw .inconsistent(
        path: path, reason: "merge \(count) has an empty token, and would merge without end")
    }
    joined.removeAll(keepingCapacity: true)
    joined += left
    joined += right
    let leftID = try id(left)
    let rightID = try id(right)
    let result = try id(joined[...])
    guard pairs.insert(leftID, rightID, rank: UInt32(count), result: result) else {
      throw .duplicateMerge(path: path, merge: count, pair: shown(left) + " " + shown(right))
    }
    count += 1
  }

  private func id(_ token: ArraySlice<UInt8>) throws(TokenizerError) -> Int32 {
    guard let id = vocabulary.id(of: token) else {
      throw .unknownMergeToken(path: path, merge: count, token: shown(token))
    }
    return Int32(id)
  }

  private func shownInQuotes(_ bytes: ArraySlice<UInt8>) -> String { shown(shown(bytes)) }
}

extension MergeList {
  /// Adds the merges of a `merges.txt`: a line each, after an optional line that begins "#version".
  mutating func append(contentsOfFile contents: [UInt8]) throws(TokenizerError) {
    if let invalid = UTF8Step.firstInvalid(in: contents) {
      throw .malformed(path: path, offset: invalid, reason: "the text is not valid UTF-8")
    }
    var isFirst = true
    for line in contents.split(separator: UInt8(ascii: "\n")) {
      let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      defer { isFirst = false }
      if content.isEmpty || isFirst && content.starts(with: "#version".utf8) { continue }
      try append(content)
    }
  }
}
