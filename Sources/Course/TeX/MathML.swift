/// Draws formulas as MathML Core, which browsers set without a script.
public enum MathML {
  /// A formula as one `math` element.
  ///
  /// - Parameters:
  ///   - node: The formula.
  ///   - display: On a line of its own, with limits above and below.
  /// - Returns: Valid markup; every text in it is escaped.
  public static func render(_ node: TeXNode, display: Bool) -> String {
    let writer = MathMLWriter(isDisplay: display)
    let attribute = display ? " display=\"block\"" : ""
    return "<math\(attribute)>\(writer.row(of: node))</math>"
  }

  /// A formula from its TeX; the TeX itself, escaped in `code`, where it cannot be read.
  ///
  /// - Parameters:
  ///   - tex: The TeX.
  ///   - display: On a line of its own, with limits above and below.
  /// - Returns: Valid markup.
  public static func render(tex: String, display: Bool) -> String {
    do {
      return render(try TeXParser(tex).parse(), display: display)
    } catch {
      return "<code>\(escaped(tex))</code>"
    }
  }

  /// Text with the signs that markup gives a meaning replaced.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
