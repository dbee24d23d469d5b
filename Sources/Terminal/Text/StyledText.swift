/// How a piece of text looks, in what every terminal can do.
package struct TextStyle: Hashable, Sendable {
  /// The few hues there are; each has a meaning, and words say the same thing without it.
  package enum Hue: String, Sendable {
    /// Numbers and strings in code, the second series of a chart.
    case literal = "36"
    /// What did not hold.
    case failure = "31"
    /// What the reader may do.
    case accent = "33"
  }

  package var isBold = false
  package var isDim = false
  package var isItalic = false
  package var hue: Hue?

  package static let plain = TextStyle()
  package static let bold = TextStyle(isBold: true)
  package static let dim = TextStyle(isDim: true)
  static let italic = TextStyle(isItalic: true)
  static let literal = TextStyle(hue: .literal)
  static let failure = TextStyle(hue: .failure)
  package static let accent = TextStyle(hue: .accent)

  /// Both styles at once; the other's hue wins.
  func adding(_ other: TextStyle) -> TextStyle {
    TextStyle(
      isBold: isBold || other.isBold, isDim: isDim || other.isDim,
      isItalic: isItalic || other.isItalic, hue: other.hue ?? hue)
  }

  /// The codes of ECMA-48's SGR sequence, joined by semicolons; empty for plain text.
  var codes: String {
    var codes: [String] = []
    if isBold { codes.append("1") }
    if isDim { codes.append("2") }
    if isItalic { codes.append("3") }
    if let hue { codes.append(hue.rawValue) }
    return codes.joined(separator: ";")
  }
}

/// A run of text in one style, safe for a terminal.
package struct Span: Hashable, Sendable {
  package let text: String
  package let style: TextStyle
  /// What the margin says beside the line that this stands on, where there is a margin.
  package let note: String?

  /// A span of a text; control characters, escapes first of all, become visible or go away.
  package init(_ text: String, _ style: TextStyle = .plain, note: String? = nil) {
    self.text = Self.harmless(text)
    self.style = style
    self.note = note
  }

  /// Nothing that a chapter or a step prints may steer the reader's terminal.
  private static func harmless(_ text: String) -> String {
    let isHarmless = text.unicodeScalars.allSatisfy { !isControl($0) }
    if isHarmless { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "\t" {
        result.append(contentsOf: "    ".unicodeScalars)
      } else if scalar == "\r" {
        continue
      } else {
        result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x2028, 0x2029: true
    case 0x202A...0x202E, 0x2066...0x2069: true  // text that runs backwards hides what it says
    default: false
    }
  }
}

/// One line of styled text.
package struct StyledLine: Hashable, Sendable {
  package var spans: [Span]

  /// A line of spans.
  package init(_ spans: [Span] = []) {
    self.spans = spans
  }

  /// What the margin says beside this line, each note once.
  var notes: [String] {
    var notes: [String] = []
    for case let note? in spans.map(\.note) where !notes.contains(note) { notes.append(note) }
    return notes
  }

  /// A line in one style.
  package init(_ text: String, _ style: TextStyle = .plain) {
    spans = text.isEmpty ? [] : [Span(text, style)]
  }

  /// Its columns.
  package var width: Int { spans.reduce(0) { $0 + DisplayWidth.of($1.text) } }

  /// The same line after a prefix.
  func indented(by prefix: Span) -> StyledLine {
    spans.isEmpty && prefix.text.allSatisfy { $0 == " " } ? self : StyledLine([prefix] + spans)
  }

  /// The same line after spaces.
  func indented(by columns: Int) -> StyledLine {
    indented(by: Span(String(repeating: " ", count: columns)))
  }

  /// The line as a terminal reads it, without a line end; plain text without colour.
  package func text(usesColor: Bool) -> String {
    var result = ""
    for span in spans {
      let codes = usesColor ? span.style.codes : ""
      result += codes.isEmpty ? span.text : "\u{1B}[\(codes)m\(span.text)\u{1B}[0m"
    }
    while result.last == " " { result.removeLast() }
    return result
  }
}
