extension Tokenizer {
  /// Which special tokens are put around a text.
  public enum SpecialTokens: Hashable, Sendable {
    /// None.
    case none
    /// Those of ``Tokenizer/template``: what the model saw in training, if the file says so.
    case template
    /// The beginning and the end of a sequence, where the tokenizer has them.
    case beginAndEnd
  }

  /// The ids of a text.
  ///
  /// - Parameters:
  ///   - text: Any text; an empty one has no ids of its own.
  ///   - special: What is put around it.
  ///   - findingSpecial: Whether special tokens written in the text, such as `<|endoftext|>`, become
  ///     their ids, as Hugging Face's tokenizers do it; if not, they are text like any other, which
  ///     is what a text from a stranger needs. SentencePiece models never find them.
  /// - Returns: The ids.
  /// - Throws: `TokenizerError.cannotEncode`, where the vocabulary lacks a character and has no
  ///   token for the unknown; `tooLarge` for a text of over a billion bytes.
  public func encode(
    _ text: String, special: SpecialTokens = .none, findingSpecial: Bool = true
  ) throws(TokenizerError) -> [Int] {
    guard text.utf8.count <= 1 << 30 else {
      throw .tooLarge(path: "the text", bytes: text.utf8.count, limit: 1 << 30)
    }
    var result: [Int] = []
    result.reserveCapacity(text.utf8.count / 4 + 4)
    switch special {
    case .none: break
    case .template: result += template.prefix
    case .beginAndEnd: if let begin = specialIDs.begin { result.append(begin) }
    }
    let state = idleStates.take()
    try encode(Array(text.utf8), findingSpecial: findingSpecial, state, into: &result)
    idleStates.giveBack(state)
    switch special {
    case .none: break
    case .template: result += template.suffix
    case .beginAndEnd: if let end = specialIDs.end { result.append(end) }
    }
    return result
  }

  private func encode(
    _ text: [UInt8], findingSpecial: Bool, _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    guard let addedTokens = parts.addedTokens else {
      return try encodePart(
        text, isFirst: true, findingSpecial: findingSpecial, state, into: &result)
    }
    for part in addedTokens.parts(of: text, findingSpecial: findingSpecial) {
      if let token = part.token {
        result.append(token.id)
      } else {
        let piece = part.range.count == text.count ? text : Array(text[part.range])
        try encodePart(
          piece, isFirst: part.range.lowerBound == 0, findingSpecial: findingSpecial, state,
          into: &result)
      }
    }
  }

  /// Normalizes a part without added tokens, and looks for those that are found afterwards.
  private func encodePart(
    _ text: [UInt8], isFirst: Bool, findingSpecial: Bool, _ state: EncodingState,
    into result: inout [Int]
  ) throws(TokenizerError) {
    var text = text
    for step in parts.normalizations where !text.isEmpty { text = step.applied(to: text) }
    guard let added = parts.addedAfterNormalizing else {
      return try encodeNormalized(text, isFirst: isFirst, state, into: &result)
    }
    for part in added.parts(of: text, findingSpecial: findingSpecial) {
      if let token = part.token {
        result.append(token.id)
      } else {
        let piece = part.range.count == text.count ? text : Array(text[part.range])
        try encodeNormalized(
          piece, isFirst: isFirst && part.range.lowerBound == 0, state, into: &result)
      }
    }
  }

  /// Cuts a normalized text into words and encodes each.
  private func encodeNormalized(
    _ text: [UInt8], isFirst: Bool, _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    guard !text.isEmpty else { return }
    let preTokenizer = parts.preTokenizer
    var text = text
    if let metaspace = preTokenizer.metaspace {
      text = Normalization.replace([UInt8(ascii: " ")], with: metaspace.mark).applied(to: text)
      let prepends = metaspace.scheme == .always || metaspace.scheme == .first && isFirst
      if prepends, !text.starts(with: metaspace.mark) { text = metaspace.mark + text }
    }
    if preTokenizer.addsPrefixSpace, text.first != UInt8(ascii: " ") {
      text.insert(UInt8(ascii: " "), at: 0)
    }
    try text.withUnsafeBufferPointer { (buffer) throws(TokenizerError) in
      guard let base = buffer.baseAddress else { return }
      if preTokenizer.rules.isEmpty {
        try encodeMarked(base, buffer.count, state, into: &result)
      } else {
        try encodeWords(
          base, 0..<buffer.count, rules: preTokenizer.rules[...], state, into: &result)
      }
    }
  }

  /// Words by rules.
  private func encodeWords(
    _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, rules: ArraySlice<WordRule>,
    _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    guard let rule = rules.first else { return }
    let scanner = WordScanner(bytes: bytes, end: range.upperBound)
    let isLast = rules.count == 1
    var start = range.lowerBound
    while start < range.upperBound {
      let end = scanner.endOfWord(at: start, rule: rule)
      if isLast {
        try parts.model.encode(bytes + start, end - start, state, into: &result)
      } else {
        try encodeWords(
          bytes, start..<end, rules: rules.dropFirst(), state, into: &result)
      }
      start = end
    }
  }

  /// Words by the mark that stands for a space.
  private func encodeMarked(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    let mark = parts.preTokenizer.mark
    let split = parts.preTokenizer.markSplit
    guard split != .none, mark.count == 3 else {
      return try parts.model.encode(bytes, count, state, into: &result)
    }
    let (first, second, third) = (mark[0], mark[1], mark[2])
    var start = 0
    var index = 0
    var afterMark = true  // nothing stands before the first word
    while index < count {
      guard bytes[index] == first, index + 2 < count, bytes[index + 1] == second,
        bytes[index + 2] == third
      else {
        afterMark = false
        index += 1
        continue
      }
      if index > start, !afterMark || split == .everyMark {
        try parts.model.encode(bytes + start, index - start, state, into: &result)
        start = index
      }
      afterMark = true
      index += 3
    }
    if start < count {
      try parts.model.encode(bytes + start, count - start, state, into: &result)
    }
  }
}
