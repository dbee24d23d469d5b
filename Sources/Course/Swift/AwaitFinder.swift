/// Finds where a step would wait.
enum AwaitFinder {
  /// Offsets of every `await`, in interpolations too.
  static func offsets(of tokens: [SwiftToken], in bytes: [UInt8], depth: Int = 0) -> [Int] {
    var offsets: [Int] = []
    let solid = tokens.filter { !$0.isTrivia }
    for (index, token) in solid.enumerated() {
      for inner in token.interpolations where depth < SwiftCursor.depthLimit {
        let code = Array(bytes[inner])
        let inside = SwiftLexer(String(decoding: code, as: UTF8.self)).tokens()
        offsets += Self.offsets(of: inside, in: code, depth: depth + 1).map { _ in inner.lowerBound
        }
      }
      guard token.kind == .identifier, bytes[token.range].elementsEqual("await".utf8) else {
        continue
      }
      let before = index > 0 ? Array(bytes[solid[index - 1].range]) : []
      let after = index + 1 < solid.count ? bytes[solid[index + 1].range].first : nil
      let isName =
        before == Array(".".utf8) || before == Array("func".utf8)
        || before == Array("let".utf8) || before == Array("var".utf8)
      // `await:` is an argument's label, `await = …` and `await)` are uses of a variable.
      let isUse = after.map { ":=),.]};".utf8.contains($0) } ?? true
      if !isName, !isUse { offsets.append(token.range.lowerBound) }
    }
    return offsets
  }
}
