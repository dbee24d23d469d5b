/// A token that is looked for in the text before anything else.
struct AddedToken: Sendable, Equatable {
  let text: [UInt8]
  let id: Int
  var isSpecial = false
  /// Whether it takes the white space before it.
  var stripsLeft = false
  /// Whether it takes the white space after it.
  var stripsRight = false
}

/// Finds added tokens in a text: leftmost first, of those the longest.
struct AddedTokenMatcher: Sendable, Equatable {
  /// A part of a text: an added token, or what lies between.
  struct Part: Equatable {
    let range: Range<Int>
    let token: AddedToken?
  }

  private var tokens: [AddedToken] = []
  /// For each first byte, the indices of the tokens that begin so, the longest first.
  private var byFirstByte = [[Int]](repeating: [], count: 256)
  private var begins = [Bool](repeating: false, count: 256)

  /// Takes the tokens that have a text; nil where there are none.
  init?(_ tokens: [AddedToken]) {
    self.tokens = tokens.filter { !$0.text.isEmpty }
    guard !self.tokens.isEmpty else { return nil }
    for (index, token) in self.tokens.enumerated() {
      byFirstByte[Int(token.text[0])].append(index)
      begins[Int(token.text[0])] = true
    }
    for byte in 0..<256 {
      byFirstByte[byte].sort {
        (self.tokens[$1].text.count, $0) < (self.tokens[$0].text.count, $1)
      }
    }
  }

  /// The length of the longest token at a place, or nil.
  func longestMatch(in text: [UInt8], at index: Int) -> Int? {
    match(in: text, at: index)?.text.count
  }

  private func match(in text: [UInt8], at index: Int) -> AddedToken? {
    for candidate in byFirstByte[Int(text[index])] {
      let wanted = tokens[candidate].text
      if text.count - index >= wanted.count, text[index...].starts(with: wanted) {
        return tokens[candidate]
      }
    }
    return nil
  }

  /// Cuts a text at the tokens in it.
  ///
  /// - Parameters:
  ///   - text: Valid UTF-8.
  ///   - findingSpecial: Whether special tokens are looked for; if not, they are text like any other.
  /// - Returns: The parts that are not empty, in order.
  func parts(of text: [UInt8], findingSpecial: Bool) -> [Part] {
    var parts: [Part] = []
    var done = 0
    var index = 0
    while index < text.count {
      guard begins[Int(text[index])], let token = match(in: text, at: index) else {
        index += 1
        continue
      }
      var start = index
      var end = index + token.text.count
      index = end
      if token.isSpecial, !findingSpecial { continue }
      if token.stripsLeft { start = max(startOfSpaces(before: start, in: text), done) }
      if token.stripsRight { end = endOfSpaces(after: end, in: text) }
      start = min(start, end)  // where the token before has taken this one as white space
      if done < start { parts.append(Part(range: done..<start, token: nil)) }
      parts.append(Part(range: start..<end, token: token))
      done = end
    }
    if done < text.count { parts.append(Part(range: done..<text.count, token: nil)) }
    return parts
  }

  private func startOfSpaces(before end: Int, in text: [UInt8]) -> Int {
    text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return end }
      var start = end
      while start > 0 {
        var previous = start - 1
        while previous > 0, base[previous] & 0xc0 == 0x80 { previous -= 1 }
        guard isSpace(previous, base) else { break }
        start = previous
      }
      return start
    }
  }

  private func endOfSpaces(after start: Int, in text: [UInt8]) -> Int {
    text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return start }
      var end = start
      while end < buffer.count, isSpace(end, base) { end += scalar(at: end, in: base).length }
      return end
    }
  }

  private func isSpace(_ index: Int, _ bytes: UnsafePointer<UInt8>) -> Bool {
    ScalarClassTable.shared.classes[Int(scalar(at: index, in: bytes).value)] == ScalarClass.space
  }
}
