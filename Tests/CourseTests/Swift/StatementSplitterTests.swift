import Course
import Testing

/// Evidence: by hand, and by law (every token is in one statement).
@Suite("Statements of a step")
struct StatementSplitterTests {
  private func statements(_ code: String) -> [String] {
    let bytes = Array(code.utf8)
    return StatementSplitter(code).statements()
      .map { String(decoding: bytes[$0.range], as: UTF8.self) }
  }

  private func kinds(_ code: String) -> [Statement.Kind] {
    StatementSplitter(code).statements().map(\.kind)
  }

  @Test(
    "a line end ends a statement only where nothing goes on",
    arguments: [
      ("a\nb", 2),
      ("a; b", 2),
      ("a;\nb;", 2),
      ("values\n  .map { $0 * 2 }\n  // between\n  .reduce(0, +)\nb", 2),
      ("let x =\n  3\nx", 2),
      ("let x = a +\n  b\n-x", 2),
      ("a\n  + b", 1),
      ("a\n-b", 2),
      ("a\n(b)", 2),
      ("a\n[0]", 2),
      ("f(\n  1,\n  2)\ng()", 2),
      ("let s = \"\"\"\n  one\n  two\n  \"\"\"\ns", 2),
      ("if a\n{\n b\n}\nelse\n{\n c\n}\nd", 2),
      ("do {\n try f()\n}\ncatch {\n}\nx", 2),
      ("let t = a\n  ? b\n  : c\nt", 2),
      ("let n = x\n  as Int\nn", 2),
      ("@discardableResult\nfunc f() -> Int {\n 1\n}\nf()", 2),
      ("@available(macOS 13, *)\n@inlinable\nstruct S {}\nS()", 2),
      ("func f<\n  T\n>(_ x: T)\n  where T: P {\n}\nf(1)", 2),
      ("#if os(Linux)\nlet a = 1\n#else\nlet a = 2\n#endif\na", 2),
      ("repeat {\n} \nwhile x < 3\nwhile y {\n}", 2),
      ("let a: Int? = nil\nlet b = a!\nlet c = b", 3),
      ("let a: [Int] = [\n 1,\n 2,\n]\na", 2),
      ("x = y\n  ?? z\nx", 2),
      ("a /* one\n two */ b", 2),
      ("outer:\nfor x in y { }\nz", 2),
      ("for x\n  in y\n  where x > 1 { }\nz", 2),
      ("let f: (Int) -> Int = { x in\n  x\n}\nf", 2),
      ("throw\n e", 1),
      ("}\n)", 1),
      ("", 0),
      ("// only a comment\n", 0),
    ])
  func splits(code: String, count: Int) {
    #expect(statements(code).count == count, "\(statements(code))")
  }

  @Test("a statement knows its lines and leaves its comment out")
  func ranges() {
    let code = "let a = 1  // one\n\nlet b = [\n  2,\n]  // => [2]\n"
    let statements = StatementSplitter(code).statements()
    #expect(self.statements(code) == ["let a = 1", "let b = [\n  2,\n]"])
    #expect(statements.map(\.lines) == [0...0, 2...4])
  }

  @Test(
    "what a statement does",
    arguments: [
      ("import Foo", .importing),
      ("let x = 1", .binding(name: "x")),
      ("let x: [Int: Int] = [:]", .binding(name: "x")),
      ("let x: Pair<Int, Int> = p", .binding(name: "x")),
      ("let `in` = 1", .binding(name: "in")),
      ("private let x = try f(a, b)", .binding(name: "x")),
      ("let (a, b) = t", .binding(name: nil)),
      ("let a = 1, b = 2", .binding(name: nil)),
      ("let x: Int", .binding(name: nil)),
      ("let _ = f()", .binding(name: nil)),
      ("var x = 1", .variable),
      ("lazy var x = 1", .variable),
      ("x += 1", .assignment),
      ("x[0] = { $0 }", .assignment),
      ("x <<= 1", .assignment),
      ("_ = f()", .assignment),
      ("x == 1", .expression),
      ("x <= 1", .expression),
      ("x.map { y = $0 }", .expression),
      ("f(x: y == z)", .expression),
      ("try f()", .expression),
      (".some(1)", .expression),
      ("actor(1)", .expression),
      ("open(file)", .expression),
      ("#line", .expression),
      ("-x", .expression),
      ("final class C {}", .declaration),
      ("actor A {}", .declaration),
      ("extension Int {}", .declaration),
      ("@main struct S {}", .declaration),
      ("prefix func - (x: T) -> T { x }", .declaration),
      ("if x { }", .control),
      ("label: while true { }", .control),
      ("#warning(\"x\")", .control),
    ] as [(String, Statement.Kind)])
  func kind(code: String, kind: Statement.Kind) {
    #expect(kinds(code) == [kind])
  }

  @Test("declared names, with their lines")
  func names() {
    let code = """
      let a = 1
      var (b, c) = (x: 2, y: 3)
      let (_, d) = t, e = 5
      func f(_ x: Int) -> Int { let inner = x; return inner }
      struct S<T> {}
      guard let g = o else { fatalError() }
      typealias T = S
      if let no = o { }
      """
    let names = StatementSplitter(code).statements().flatMap(\.names)
    #expect(names.map(\.name) == ["a", "b", "c", "d", "e", "f", "S", "g", "T"])
    #expect(names.map(\.line) == [0, 1, 1, 2, 2, 3, 4, 5, 6])
    #expect(names[5].kind == .function(signature: "f ( _ x : Int ) -> Int"))
    #expect(names[6].kind == .type)
  }

  @Test("statements keep order and never overlap, whatever the code", arguments: 0..<40)
  func law(seed: Int) {
    var random = ExpectationRandom(seed: UInt64(seed) + 1000)
    for _ in 0..<50 {
      let code = random.code(pieces: 30)
      let trivia: [SwiftToken.Kind] = [.whitespace, .newline, .lineComment, .blockComment]
      let solid = SwiftLexer(code).tokens().filter { !trivia.contains($0.kind) }
      let statements = StatementSplitter(code).statements()
      let bytes = Array(code.utf8)
      for token in solid where bytes[token.range.lowerBound] != 0x3B {
        let holders = statements.filter { $0.range.contains(token.range.lowerBound) }
        #expect(holders.count == 1)
      }
      for (one, next) in zip(statements, statements.dropFirst()) {
        #expect(one.range.upperBound <= next.range.lowerBound)
      }
    }
  }
}
