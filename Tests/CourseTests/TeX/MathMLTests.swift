import Course
import Testing

/// By hand for small formulas, by law for the shape of any: tags match, and every element has the
/// children that MathML gives it.
@Suite("TeX as MathML")
struct MathMLTests {
  @Test(
    "formulas as elements",
    arguments: [
      ("x", false, "<math><mi>x</mi></math>"),
      ("12.5", true, "<math display=\"block\"><mn>12.5</mn></math>"),
      (
        "x_i^2", false,
        "<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>"
      ),
      ("\\frac{a}{b}", false, "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"),
      (
        "a < b", false,
        "<math><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>"
      ),
      (
        "-1", false,
        "<math><mrow><mo form=\"prefix\">−</mo><mn>1</mn></mrow></math>"
      ),
      (
        "\\sum_{i}^n x", true,
        "<math display=\"block\"><mrow><munderover><mo movablelimits=\"false\">∑</mo>"
          + "<mi>i</mi><mi>n</mi></munderover><mi>x</mi></mrow></math>"
      ),
      (
        "\\sum_i x", false,
        "<math><mrow><msub><mo movablelimits=\"false\">∑</mo><mi>i</mi></msub>"
          + "<mi>x</mi></mrow></math>"
      ),
      ("\\mathbb{R}", false, "<math><mi>ℝ</mi></math>"),
      ("\\mathrm{d}", false, "<math><mi mathvariant=\"normal\">d</mi></math>"),
      ("\\mathrm{Var}", false, "<math><mi>Var</mi></math>"),
      ("\\text{a < b }", false, "<math><mtext>a &lt; b\u{A0}</mtext></math>"),
      (
        "\\hat{x}", false,
        "<math><mover accent=\"true\"><mi>x</mi><mo stretchy=\"false\">^</mo></mover></math>"
      ),
      (
        "x\\!y", false,
        "<math><mrow><mi>x</mi><mspace width=\"-0.167em\"></mspace><mi>y</mi></mrow></math>"
      ),
    ])
  func elements(tex: String, display: Bool, expected: String) {
    #expect(MathML.render(tex: tex, display: display) == expected)
  }

  @Test("what cannot be read is shown escaped")
  func fallback() {
    #expect(MathML.render(tex: "\\foo<", display: true) == "<code>\\foo&lt;</code>")
  }

  @Test(
    "markup is well formed and every element has its number of children",
    arguments: [
      "s = \\frac{x_{\\max} - x_{\\min}}{q_{\\max} - q_{\\min}}",
      "\\min_{s, z} \\sum_{i=1}^{n} \\left( x_i - s \\left( q_i - z \\right) \\right)^2",
      "\\hat{W} = \\operatorname*{argmin}_{\\hat W} \\lVert WX - \\hat{W}X \\rVert_2^2",
      "\\begin{aligned} a &= \\sqrt[3]{b} \\\\ &\\le c'_1 \\end{aligned}",
      "f(x) = \\begin{cases} 1 & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}",
      "\\begin{pmatrix} a & b \\\\ c & \\end{pmatrix}^\\top {}^2 \\underbrace{x+y}_{n} \\int_0^1",
      "\\left. \\frac{\\partial f}{\\partial x} \\middle| \\right|_{x=0} \\overset{a}{=} \\underset{b}{x}",
      "\\big( \\bigl[ x \\bigr] \\big) \\| x \\| | y | \\binom{n}{k} \\bar{\\mathbf{x}} \\overline{ab}",
      "{}", "^2", "x''", "\\tilde x \\dot y \\widehat{abc}",
    ])
  func wellFormed(tex: String) throws {
    for display in [true, false] {
      let node = try TeXParser(tex).parse()
      try MarkupCheck.check(MathML.render(node, display: display))
    }
  }
}

/// A reader of markup just large enough to judge the renderer's own.
enum MarkupCheck {
  struct Malformed: Error {
    let reason: String
  }

  private static let childCounts = [
    "mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3,
    "mroot": 2,
  ]
  private static let leaves: Set = ["mi", "mo", "mn", "mtext", "mspace"]
  private static let containers: Set = [
    "math", "mrow", "msqrt", "mstyle", "mtable", "mtr", "mtd",
  ]

  static func check(_ markup: String) throws {
    var open: [(name: String, children: Int)] = []
    var rest = markup[...]
    while let character = rest.first {
      guard character == "<" else {
        let text = rest.prefix { $0 != "<" }
        guard let name = open.last?.name, leaves.contains(name), !text.contains(">") else {
          throw Malformed(reason: "text \(text) outside a leaf")
        }
        rest = rest[text.endIndex...]
        continue
      }
      guard let end = rest.firstIndex(of: ">") else { throw Malformed(reason: "open tag") }
      let tag = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard let element = open.popLast(), tag.dropFirst() == element.name else {
          throw Malformed(reason: "\(tag) closes nothing")
        }
        if let wanted = childCounts[element.name], wanted != element.children {
          throw Malformed(reason: "\(element.name) has \(element.children) children")
        }
      } else {
        let name = String(tag.prefix { $0 != " " })
        guard childCounts[name] != nil || leaves.contains(name) || containers.contains(name) else {
          throw Malformed(reason: "\(name) is not in MathML Core's presentation")
        }
        if !open.isEmpty { open[open.count - 1].children += 1 }
        open.append((name, 0))
      }
    }
    guard open.isEmpty else { throw Malformed(reason: "\(open) left open") }
  }
}
