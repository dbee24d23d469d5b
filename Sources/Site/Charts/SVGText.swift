/// Small pieces of SVG: coordinates to a tenth of a unit, texts, paths.
enum SVGText {
  /// A coordinate with at most one decimal, no exponent, and never `-0`.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let whole = tenths.magnitude / 10
    let part = tenths.magnitude % 10
    return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part)"
  }

  /// A text at a place; `anchor` is `start`, `middle` or `end`.
  static func text(
    _ text: String, x: Double, y: Double, anchor: String = "start", class name: String
  ) -> String {
    "<text class=\"\(name)\" x=\"\(coordinate(x))\" y=\"\(coordinate(y))\""
      + (anchor == "start" ? "" : " text-anchor=\"\(anchor)\"")
      + ">\(HTMLText.escaped(text))</text>\n"
  }

  /// A path.
  static func path(_ data: String, class name: String) -> String {
    data.isEmpty ? "" : "<path class=\"\(name)\" d=\"\(data)\"/>\n"
  }

  /// About how wide a text is in the charts' 12-unit sans.
  static func width(of text: String) -> Double {
    6.4 * Double(text.count)
  }

  /// A label cut to `limit` characters.
  static func shortened(_ text: String, to limit: Int) -> String {
    text.count <= limit ? text : text.prefix(limit - 1) + "…"
  }
}

extension SVGText {
  /// A fraction with two decimals.
  static func hundredths(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let part = hundredths % 100
    return "\(hundredths / 100).\(part < 10 ? "0" : "")\(part)"
  }
}
