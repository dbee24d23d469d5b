import Course
import Testing

/// By eye: what a reader of the terminal sees for each piece of the subset.
@Suite("TeX as Unicode")
struct UnicodeMathTests {
  @Test(
    "formulas read as text",
    arguments: [
      ("s = R/127", "s = R/127"),
      ("x_i^2", "xᵢ²"),
      ("x^{n+1}", "xⁿ⁺¹"),
      ("x_{i,j}", "x_(i,j)"),
      ("x^23", "x²3"),
      ("\\frac{a+b}{2}", "(a + b)/2"),
      ("\\frac12", "1/2"),
      ("\\frac{1}{2}x", "(1/2)x"),
      ("\\frac{\\Delta^2}{12}", "Δ²/12"),
      (
        "s = \\frac{x_{\\max} - x_{\\min}}{q_{\\max} - q_{\\min}}",
        "s = (xₘₐₓ − xₘᵢₙ)/(qₘₐₓ − qₘᵢₙ)"
      ),
      ("\\sum_{i=1}^{n} x_i", "Σᵢ₌₁ⁿ xᵢ"),
      ("\\lVert WX - \\hat{W}X \\rVert^2", "‖WX − W\u{302}X‖²"),
      ("\\sqrt{2}", "√2"),
      ("\\sqrt{a^2+b^2}", "√(a² + b²)"),
      ("\\sqrt[3]{x}", "∛x"),
      ("\\arg\\min_x f(x)", "arg minₓ f(x)"),
      ("\\log p + \\log(1-p)", "log p + log(1 − p)"),
      ("-x + -y", "−x + −y"),
      ("a \\le b \\ne c \\approx d", "a ≤ b ≠ c ≈ d"),
      ("x \\in \\mathbb{R}^{n \\times m}", "x ∈ ℝ^(n×m)"),
      ("H = \\frac{2}{n} X X^\\top", "H = (2/n)XXᵀ"),
      ("\\left\\lfloor \\frac{x}{s} + \\tfrac12 \\right\\rfloor", "⌊x/s + 1/2⌋"),
      ("\\begin{bmatrix} 1 & 0 \\\\ 0 & 1 \\end{bmatrix}", "[1 0; 0 1]"),
      (
        "|x| = \\begin{cases} x & \\text{if } x \\ge 0 \\\\ -x & \\text{otherwise} \\end{cases}",
        "|x| = { x if x ≥ 0; −x otherwise"
      ),
      ("\\begin{aligned} a &= b \\\\ &= c \\end{aligned}", "a = b\n= c"),
      ("f'(x), f''", "f′(x), f′′"),
      ("(a+b)^2", "(a + b)²"),
      ("\\operatorname{sign}(x)", "sign(x)"),
      ("E[X^2] - \\mathrm{Var}", "E[X²] − Var"),
      ("x \\to \\infty", "x → ∞"),
      ("a \\bmod b", "a mod b"),
      ("6\\,\\text{dB}", "6 dB"),
      ("\\binom{n}{k}", "C(n, k)"),
      ("\\mathbf{x} \\odot \\mathbf{y}", "𝐱 ⊙ 𝐲"),
      ("x_1, \\ldots, x_n", "x₁, …, xₙ"),
      ("\\overline{ab}", "a\u{305}b\u{305}"),
      ("\\frac{1}{\\Delta} \\int e", "(1/Δ) ∫ e"),
      ("o\\,\\frac{a}{2}\\, d", "o (a/2) d"),
      ("10 \\log_{10} \\frac{R}{r}", "10 log₁₀ (R/r)"),
      ("\\underbrace{p\\,\\frac{a}{2}}_{\\text{rounding}}", "(p (a/2))_(rounding)"),
      ("\\sum_{|x|>c} (x - c)^2", "Σ_(|x|>c) (x − c)²"),
      ("a = \\frac{b}{c} + \\binom{n}{k}", "a = b/c + C(n, k)"),
      ("", ""),
    ])
  func text(tex: String, expected: String) {
    #expect(UnicodeMath.render(tex: tex) == expected)
  }

  @Test("what cannot be read stays as written")
  func fallback() {
    #expect(UnicodeMath.render(tex: "\\foo{x}") == "\\foo{x}")
  }
}
