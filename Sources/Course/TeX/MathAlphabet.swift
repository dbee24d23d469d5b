/// Unicode's mathematical letters: bold, double-struck, script and so on as characters of their own,
/// because MathML Core has no other way to ask for them.
enum MathAlphabet {
  /// A variable or name as an `mi` element.
  static func element(_ name: String, _ style: TeXStyle) -> String {
    let isUprightLetter = style == .upright && name.count == 1
    let text = MathML.escaped(style == .normal ? name : styled(name, style))
    return isUprightLetter ? "<mi mathvariant=\"normal\">\(text)</mi>" : "<mi>\(text)</mi>"
  }

  /// Text in the letters of a style; a character that has none there stays.
  static func styled(_ text: String, _ style: TeXStyle) -> String {
    var styled = ""
    for scalar in text.unicodeScalars {
      styled.unicodeScalars.append(character(scalar, style))
    }
    return styled
  }

  private static func character(_ scalar: Unicode.Scalar, _ style: TeXStyle) -> Unicode.Scalar {
    if let exception = exceptions[style]?[scalar] { return exception }
    guard let base = bases[style] else { return scalar }
    let offset: UInt32?
    switch scalar {
    case "A"..."Z": offset = base.capital.map { $0 + scalar.value - 0x41 }
    case "a"..."z": offset = base.small.map { $0 + scalar.value - 0x61 }
    case "0"..."9": offset = base.digit.map { $0 + scalar.value - 0x30 }
    case "Α"..."Ω": offset = base.greekCapital.map { $0 + scalar.value - 0x391 }
    case "α"..."ω": offset = base.greekSmall.map { $0 + scalar.value - 0x3B1 }
    default: offset = nil
    }
    return offset.flatMap(Unicode.Scalar.init) ?? scalar
  }

  /// Where each alphabet begins in Unicode's block of mathematical letters.
  private struct Base {
    var capital: UInt32?
    var small: UInt32?
    var digit: UInt32?
    var greekCapital: UInt32?
    var greekSmall: UInt32?
  }

  private static let bases: [TeXStyle: Base] = [
    .bold: Base(
      capital: 0x1D400, small: 0x1D41A, digit: 0x1D7CE, greekCapital: 0x1D6A8,
      greekSmall: 0x1D6C2),
    .boldItalic: Base(
      capital: 0x1D468, small: 0x1D482, digit: 0x1D7CE, greekCapital: 0x1D71C,
      greekSmall: 0x1D736),
    .doubleStruck: Base(capital: 0x1D538, small: 0x1D552, digit: 0x1D7D8),
    .script: Base(capital: 0x1D49C, small: 0x1D4B6),
    .sans: Base(capital: 0x1D5A0, small: 0x1D5BA, digit: 0x1D7E2),
    .monospace: Base(capital: 0x1D670, small: 0x1D68A, digit: 0x1D7F6),
  ]

  /// Letters that Unicode had before the block, and left out of it.
  private static let exceptions: [TeXStyle: [Unicode.Scalar: Unicode.Scalar]] = [
    .doubleStruck: [
      "C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ",
    ],
    .script: [
      "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ",
      "e": "ℯ", "g": "ℊ", "o": "ℴ",
    ],
  ]
}
