import Course
import Testing

/// By hand: what the subset refuses, where, and with which words.
@Suite("TeX parser")
struct TeXParserTests {
  @Test(
    "errors name the place and the way out",
    arguments: [
      ("x + \\fraq{1}{2}", 4, 0, "did you mean \\frac?"),
      ("a\nb \\foo", 4, 1, "unknown command \\foo"),
      ("{x", 0, 0, "`{` is not closed"),
      ("x}", 1, 0, "`}` closes nothing"),
      ("\\frac{1}", 8, 0, "needs something after it"),
      ("x_1_2", 3, 0, "second subscript"),
      ("x^1^2", 3, 0, "second superscript"),
      ("\\left( x", 0, 0, "no `\\right`"),
      ("x \\right)", 2, 0, "no \\left"),
      ("\\left x", 6, 0, "needs a bracket"),
      ("\\begin{cases} x", 0, 0, "no `\\end{cases}`"),
      ("\\begin{cases} x \\end{matrix}", 16, 0, "does not close"),
      ("\\begin{array} x \\end{array}", 0, 0, "unknown environment array"),
      ("a & b", 2, 0, "inside an environment"),
      ("a \\\\ b", 2, 0, "inside an environment"),
      ("50%", 2, 0, "write `\\%`"),
      ("x\\", 1, 0, "lone"),
      ("\\text{\\frac}", 6, 0, "words only"),
      ("\u{7}", 0, 0, "not a sign of mathematics"),
      ("\\sum\\limits\\limits_", 19, 0, "needs something after it"),
      ("x^", 2, 0, "needs something after it"),
      ("{a & b}", 0, 0, "not closed before `&`"),
    ])
  func errors(tex: String, offset: Int, line: Int, words: String) {
    do {
      let node = try TeXParser(tex).parse()
      Issue.record("was read: \(node)")
    } catch {
      #expect(error.offset == offset)
      #expect(error.line == line)
      #expect(error.summary.contains(words), "\(error.summary)")
      #expect(error.description.contains("column"))
    }
  }

  @Test("groups too deep are refused, whatever nests them")
  func depth() {
    for piece in ["{", "\\frac{", "x^", "\\sqrt", "\\left(", "\\begin{matrix}", "\\hat"] {
      #expect(throws: TeXError.self) {
        try TeXParser(String(repeating: piece, count: 20_000) + "x").parse()
      }
    }
  }

  @Test("every command of the tables is read and drawn both ways")
  func everyCommand() throws {
    let commands = [
      "alpha", "varepsilon", "Sigma", "ell", "cdot", "times", "odot", "otimes", "le", "leq", "ge",
      "ne", "approx", "in", "sim", "to", "infty", "partial", "nabla", "ldots", "cdots", "quad",
      ",", ";", "!", "top", "prod", "int", "min", "max", "arg", "log", "exp", "lvert", "rVert",
      "lfloor", "rceil", "pm", "propto", "ll", "mid", "forall", "{", "}", "|", "%",
    ]
    for command in commands {
      let node = try TeXParser("a \\\(command) b").parse()
      try MarkupCheck.check(MathML.render(node, display: true))
      #expect(!UnicodeMath.render(node).contains("\\"), "\(command)")
    }
  }

  @Test("damaged formulas are read or refused, never fatal")
  func damage() {
    let formula = Array(
      "\\left( \\frac{x_i'^2}{\\sqrt[3]{y}} \\right)^{\\top} \\begin{cases} 1 & x \\\\ 0 \\end{cases} \\text{a}"
    )
    for start in formula.indices {
      for length in [1, 2, 5, 11] {
        var damaged = formula
        damaged.removeSubrange(start..<min(start + length, damaged.count))
        let text = String(damaged)
        let isRead = (try? TeXParser(text).parse()) != nil
        #expect(MathML.render(tex: text, display: true).hasPrefix(isRead ? "<math" : "<code>"))
      }
    }
  }
}
