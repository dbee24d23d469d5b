extension BytePairModel {
  /// Appends the ids of one word, from the cache where it has come before.
  ///
  /// The word is valid UTF-8 of at least one byte.
  @inline(__always)
  func encode(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    guard count <= WordCache.longestWord, unusedIDs.isEmpty else {
      return try merge(word, count, state, into: &result)
    }
    let hash = state.cache.hash(word, count)
    if state.cache.append(word, count, hash: hash, to: &result) { return }
    let before = result.count
    try merge(word, count, state, into: &result)
    state.cache.insert(word, count, hash: hash, ids: result[before...])
  }

  /// Appends the ids of one word.
  private func merge(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ state: EncodingState, into result: inout [Int]
  ) throws(TokenizerError) {
    if let wholeWords, let index = wholeWords.words.index(of: word, count: count) {
      result.append(Int(wholeWords.ids[index]))
      return
    }
    try fill(&state.symbols, with: word, count)
    if !unusedIDs.isEmpty {
      mergeNotingOrigins(state)
    } else if state.symbols.count <= EncodingState.shortWord {
      let left = state.symbols.withUnsafeMutableBufferPointer { symbols in
        symbols.baseAddress.map {
          pairs.mergeShort($0, count: symbols.count, values: state.values)
        } ?? 0
      }
      state.symbols.removeLast(state.symbols.count - left)
    } else {
      state.longWords.merge(&state.symbols, with: pairs)
    }
    try append(state.symbols, to: &result)
  }

  /// The symbols of a word before anything merges.
  private func fill(
    _ target: inout [Int32], with word: UnsafePointer<UInt8>, _ count: Int
  ) throws(TokenizerError) {
    target.removeAll(keepingCapacity: true)
    switch symbols {
    case .bytes(let ids):
      var missing = false
      ids.withUnsafeBufferPointer { ids in
        for index in 0..<count {
          let id = ids[Int(word[index])]
          missing = missing || id < 0
          target.append(id)
        }
      }
      if missing { try replaceMissingBytes(&target, of: word) }
    case .characters(let characters):
      var index = 0
      while index < count {
        let (value, length) = scalar(at: index, in: word)
        target.append(characters.symbol(value))
        index += length
      }
    }
  }

  /// A vocabulary need not have all bytes: those it lacks are unknown.
  private func replaceMissingBytes(
    _ target: inout [Int32], of word: UnsafePointer<UInt8>
  ) throws(TokenizerError) {
    var replaced: [Int32] = []
    var wasUnknown = false
    for (index, id) in target.enumerated() {
      if id >= 0 {
        replaced.append(id)
      } else if let unknownID {
        if !(fusesUnknown && wasUnknown) { replaced.append(Int32(unknownID)) }
      } else {
        throw .cannotEncode(piece: byteTokenText(word[index]))
      }
      wasUnknown = id < 0
    }
    target = replaced
  }

  /// Appends ids; characters that have none become bytes, or the unknown token.
  private func append(
    _ symbols: [Int32], to result: inout [Int]
  ) throws(TokenizerError) {
    var wasUnknown = false
    for symbol in symbols {
      guard symbol < 0 else {
        result.append(Int(symbol))
        wasUnknown = false
        continue
      }
      let value = loneScalar(symbol)
      if let byteFallback {
        var bytes: [UInt8] = []
        appendUTF8(value, to: &bytes)
        for byte in bytes { result.append(Int(byteFallback[Int(byte)])) }
        wasUnknown = false
      } else if let unknownID {
        if !(fusesUnknown && wasUnknown) { result.append(unknownID) }
        wasUnknown = true
      } else {
        throw .cannotEncode(piece: String(Unicode.Scalar(value) ?? "\u{fffd}"))
      }
    }
  }

  /// Merges, remembers what unused tokens were made of, and takes them apart again.
  private func mergeNotingOrigins(_ state: EncodingState) {
    var origins: [Int32: (Int32, Int32)] = [:]
    state.longWords.merge(&state.symbols, with: pairs) { left, right, value in
      let result = Int32(truncatingIfNeeded: value)
      if unusedIDs.contains(result) { origins[result] = (left, right) }
    }
    var waiting = Array(state.symbols.reversed())
    state.symbols.removeAll(keepingCapacity: true)
    while let symbol = waiting.popLast() {
      if unusedIDs.contains(symbol), let (left, right) = origins[symbol] {
        waiting += [right, left]
      } else {
        state.symbols.append(symbol)
      }
    }
  }
}
