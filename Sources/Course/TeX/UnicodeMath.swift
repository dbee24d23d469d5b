/// Writes formulas as plain Unicode text, for terminals and for who reads by ear.
///
/// `\frac{a+b}{2}` becomes `(a + b)/2`, `x_i^2` becomes `xᵢ²`, a matrix `[1 0; 0 1]`; lines of `aligned`
/// stay lines. Where Unicode has no raised or lowered form of a character, `^(…)` and `_(…)` stand.
public enum UnicodeMath {
  /// A formula as text.
  ///
  /// - Parameter node: The formula.
  /// - Returns: One line, or several for aligned equations.
  public static func render(_ node: TeXNode) -> String {
    UnicodeMathWriter(isTight: false).text(node)
  }

  /// A formula from its TeX; the TeX itself where it cannot be read.
  ///
  /// - Parameter tex: The TeX.
  /// - Returns: Text.
  public static func render(tex: String) -> String {
    do {
      return render(try TeXParser(tex).parse())
    } catch {
      return tex
    }
  }
}
