/// Says which parts of Swift source deserve a colour.
public struct SwiftHighlighter: Sendable {
  /// What a part is, for whoever picks colours.
  public enum Kind: String, Hashable, Sendable {
    case keyword
    case string
    case number
    case comment
    case type
    case plain
  }

  /// A part of the source of one kind.
  public struct Span: Hashable, Sendable {
    /// Where it stands, in UTF-8 offsets.
    public let range: Range<Int>
    /// What it is.
    public let kind: Kind
  }

  private static let contextual: Set<String> = [
    "async", "await", "some", "any", "actor", "borrowing", "consuming", "convenience", "dynamic",
    "final", "indirect", "infix", "isolated", "lazy", "mutating", "nonisolated", "nonmutating",
    "open", "override", "package", "postfix", "prefix", "required", "sending", "unowned", "weak",
  ]

  /// Spans that cover the whole source in order, without gaps; neighbours differ in kind.
  public static func spans(of code: String) -> [Span] {
    var parts = SpanList()
    add(SwiftLexer(code).tokens(), of: Array(code.utf8), depth: 0, to: &parts)
    return parts.spans
  }

  private static func add(
    _ tokens: [SwiftToken], of bytes: [UInt8], depth: Int, to parts: inout SpanList
  ) {
    for (index, token) in tokens.enumerated() {
      guard token.kind == .string, !token.interpolations.isEmpty, depth < SwiftCursor.depthLimit
      else {
        parts.add(length: token.range.count, kind: kind(of: token, at: index, in: tokens, bytes))
        continue
      }
      var place = token.range.lowerBound
      for inner in token.interpolations {
        parts.add(length: inner.lowerBound - place, kind: .string)
        let code = Array(bytes[inner])
        let inside = SwiftLexer(String(decoding: code, as: UTF8.self)).tokens()
        add(inside, of: code, depth: depth + 1, to: &parts)
        place = inner.upperBound
      }
      parts.add(length: token.range.upperBound - place, kind: .string)
    }
  }

  private static func kind(
    of token: SwiftToken, at index: Int, in tokens: [SwiftToken], _ bytes: [UInt8]
  ) -> Kind {
    switch token.kind {
    case .lineComment, .blockComment: return .comment
    case .string, .regex: return .string
    case .integer, .floating: return .number
    case .keyword, .attribute, .directive: return .keyword
    case .identifier:
      let word = String(decoding: bytes[token.range], as: UTF8.self)
      let isMember = index > 0 && isDot(tokens[index - 1], bytes)
      if !isMember, contextual.contains(word), isBeforeWord(index, tokens) { return .keyword }
      return word.unicodeScalars.first?.properties.isUppercase == true ? .type : .plain
    default: return .plain
    }
  }

  private static func isDot(_ token: SwiftToken, _ bytes: [UInt8]) -> Bool {
    token.kind == .punctuation && bytes[token.range.lowerBound] == 0x2E
  }

  /// Whether space and then a word follow: `some View`, but not `any(of: list)` or `final = 3`.
  private static func isBeforeWord(_ index: Int, _ tokens: [SwiftToken]) -> Bool {
    guard index + 2 < tokens.count, tokens[index + 1].isTrivia else { return false }
    return [.identifier, .keyword].contains(tokens[index + 2].kind)
  }
}

/// Collects spans end to end and joins neighbours of one kind.
private struct SpanList {
  var spans: [SwiftHighlighter.Span] = []
  private var end = 0

  mutating func add(length: Int, kind: SwiftHighlighter.Kind) {
    guard length > 0 else { return }
    let range = end..<end + length
    end += length
    if let last = spans.last, last.kind == kind {
      spans[spans.count - 1] = .init(range: last.range.lowerBound..<end, kind: kind)
    } else {
      spans.append(.init(range: range, kind: kind))
    }
  }
}
