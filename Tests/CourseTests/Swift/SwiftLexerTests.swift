import Course
import Testing

/// Evidence: by hand, and by law (tokens joined are the source, whatever the source).
@Suite("Swift lexer")
struct SwiftLexerTests {
  private func kinds(_ code: String) -> [SwiftToken.Kind] {
    SwiftLexer(code).tokens().map(\.kind).filter { $0 != .whitespace }
  }

  private func texts(_ code: String) -> [String] {
    let bytes = Array(code.utf8)
    return SwiftLexer(code).tokens().filter { $0.kind != .whitespace }
      .map { String(decoding: bytes[$0.range], as: UTF8.self) }
  }

  @Test(
    "a comment is only where the language has one",
    arguments: [
      (#"let a = "http://x.y" // => 3"#, 1),
      (##"let a = #"\" // no"# // yes"##, 1),
      (#"let a = "\(f("// no", x: (1)))" // yes"#, 1),
      ("let a = \"\"\"\n// no \\(g(\"// no\"))\n\"\"\" // yes", 1),
      ("let r = /a\\/\\/b/ // yes", 1),
      ("let r = #/ // no /# // yes", 1),
      ("let q = a / b / c // yes", 1),
      ("let s = xs.reduce(1, /) + a / b // yes", 1),
      ("/* // no /* // no */ // no */ x", 0),
      ("a /* b */ / c // yes", 1),
      ("let u = \"unclosed // no", 0),
    ])
  func comments(code: String, count: Int) {
    #expect(kinds(code).filter { $0 == .lineComment }.count == count)
  }

  @Test("numbers, ranges and tuple members come apart")
  func numbers() {
    #expect(
      texts("-2.4...3.6 + 1e-4 + x.0.1 + 0x1F + 1_000.5 + 5.isZero")
        == [
          "-", "2.4", "...", "3.6", "+", "1e-4", "+", "x", ".", "0", ".", "1", "+", "0x1F", "+",
          "1_000.5", "+", "5", ".", "isZero",
        ])
    #expect(kinds("2.4...3") == [.floating, .operator, .integer])
  }

  @Test("a keyword after a dot or in backticks is a name")
  func names() {
    #expect(
      kinds("if .init `if` self.default") == [
        .keyword, .punctuation, .identifier, .identifier, .keyword, .punctuation, .identifier,
      ])
    #expect(
      kinds("@discardableResult #if x?.y ?? z!") == [
        .attribute, .directive, .identifier, .operator, .punctuation, .identifier, .operator,
        .identifier, .operator,
      ])
  }

  @Test("an interpolation's code is known")
  func interpolations() throws {
    let code = #""a\(x + f(")"))b\(y)""#
    let token = try #require(SwiftLexer(code).tokens().first)
    let bytes = Array(code.utf8)
    let inside = token.interpolations.map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(token.range == 0..<bytes.count)
    #expect(inside == [#"x + f(")")"#, "y"])
  }

  @Test("tokens cover any source end to end", arguments: 0..<40)
  func roundTrip(seed: Int) {
    var random = ExpectationRandom(seed: UInt64(seed))
    for _ in 0..<50 {
      let code = random.code(pieces: 40)
      let tokens = SwiftLexer(code).tokens()
      var end = 0
      for token in tokens {
        #expect(token.range.lowerBound == end && !token.range.isEmpty)
        end = token.range.upperBound
      }
      #expect(end == code.utf8.count)
      let spans = SwiftHighlighter.spans(of: code)
      #expect(spans.map(\.range.count).reduce(0, +) == code.utf8.count)
      for (one, next) in zip(spans, spans.dropFirst()) {
        #expect(one.range.upperBound == next.range.lowerBound && one.kind != next.kind)
      }
    }
  }

  @Test("interpolations within interpolations do not exhaust the stack")
  func depth() {
    let code = String(repeating: #""\("#, count: 20_000)
    #expect(SwiftLexer(code).tokens().last?.range.upperBound == code.utf8.count)
    #expect(!SwiftHighlighter.spans(of: code).isEmpty)
    let comments = String(repeating: "/*", count: 20_000)
    #expect(SwiftLexer(comments).tokens().count == 1)
  }

  @Test("colours follow the language")
  func highlighting() {
    let code = #"let grid: AffineGrid = .of("s\(x)") // => 0.5"#
    let bytes = Array(code.utf8)
    let spans = SwiftHighlighter.spans(of: code).filter { $0.kind != .plain }.map {
      "\($0.kind.rawValue) " + String(decoding: bytes[$0.range], as: UTF8.self)
    }
    #expect(
      spans == [
        "keyword let", "type AffineGrid", #"string "s\("#, #"string )""#, "comment // => 0.5",
      ])
  }
}
