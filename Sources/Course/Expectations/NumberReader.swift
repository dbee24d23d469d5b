/// Reads the parts of a number off the front of a text.
struct NumberReader {
  let characters: [Character]
  var position = 0

  static let raised: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]

  init(_ text: String) {
    characters = Array(text)
  }

  init(_ characters: [Character], from position: Int) {
    self.characters = characters
    self.position = position
  }

  var isAtEnd: Bool { position == characters.count }

  func peek(_ offset: Int = 0) -> Character? {
    position + offset < characters.count ? characters[position + offset] : nil
  }

  mutating func take(oneOf choices: [Character]) -> String? {
    guard let next = peek(), choices.contains(next) else { return nil }
    position += 1
    return String(next)
  }

  static func isDigit(_ character: Character?) -> Bool {
    character.map { $0 >= "0" && $0 <= "9" && $0.utf8.count == 1 } ?? false
  }

  /// Digits, perhaps with a separator among them; nil without any.
  mutating func digits(separator: Character? = nil) -> String? {
    guard Self.isDigit(peek()) else { return nil }
    var digits = ""
    while let next = peek(), Self.isDigit(next) || next == separator {
      if next != separator { digits.append(next) }
      position += 1
    }
    return digits
  }

  /// A point and digits; nothing is read unless a digit follows the point.
  mutating func fraction() -> String? {
    guard peek() == ".", Self.isDigit(peek(1)) else { return nil }
    position += 1
    return digits(separator: "_")
  }

  /// `e-05` or `E5`; nothing is read unless it is whole.
  mutating func letterExponent() -> NumberShape.Exponent? {
    guard let letter = peek(), letter == "e" || letter == "E" else { return nil }
    let start = position
    position += 1
    let sign = take(oneOf: ["-", "−", "+"])
    guard let digits = digits(), let power = Int(digits), power <= 5000 else {
      position = start
      return nil
    }
    return .letter(
      String(letter), plus: sign == "+", width: digits.count,
      power: sign == nil || sign == "+" ? power : -power)
  }

  /// A number as prose writes it, off the front; nil, with the place unchanged, where there is
  /// none.
  mutating func proseNumber() -> NumberShape? {
    let start = position
    var shape = NumberShape()
    shape.sign = take(oneOf: ["-", "−", "–", "+"]) ?? ""
    guard let digits = digits() else {
      position = start
      return nil
    }
    shape.whole = digits
    if digits.count <= 3 { readGroups(into: &shape) }
    shape.fraction = fraction()
    shape.exponent = letterExponent() ?? powerOfTen()
    if shape.exponent == nil, shape.whole == "10", shape.fraction == nil {
      shape.exponent = barePower()  // `10⁻⁴`: the ten is the base, the mantissa 1
      if shape.exponent != nil { shape.whole = "1" }
    }
    let end = position
    while let next = peek(), next == " " || next == "\u{A0}" || next == "\u{202F}" { position += 1 }
    if peek() == "%" {
      position += 1
      shape.percent = String(characters[end..<position])
    } else {
      position = end
    }
    guard shape.isReasonable else {
      position = start
      return nil
    }
    return shape
  }

  /// `,024` and so on: a separator and exactly three digits.
  private mutating func readGroups(into shape: inout NumberShape) {
    while let separator = peek(), [",", "_", "\u{2009}", "\u{202F}"].contains(separator),
      shape.grouping.isEmpty || shape.grouping == String(separator),
      (1...3).allSatisfy({ Self.isDigit(peek($0)) }), !Self.isDigit(peek(4))
    {
      shape.grouping = String(separator)
      shape.whole += String(characters[position + 1...position + 3])
      position += 4
    }
  }

  /// `·10⁻⁵`, `×10^-5`, spaces allowed; nothing is read unless it is whole.
  private mutating func powerOfTen() -> NumberShape.Exponent? {
    let start = position
    skipSpaces()
    guard take(oneOf: ["·", "×", "⋅", "*"]) != nil else {
      position = start
      return nil
    }
    skipSpaces()
    let joint = String(characters[start..<position])
    guard peek() == "1", peek(1) == "0" else {
      position = start
      return nil
    }
    position += 2
    guard case .ofTen(_, let isRaised, let minus, let power) = barePower() else {
      position = start
      return nil
    }
    return .ofTen(joint: joint, isRaised: isRaised, minus: minus, power: power)
  }

  private mutating func skipSpaces() {
    while let next = peek(), next == " " || next == "\u{A0}" || next == "\u{202F}" { position += 1 }
  }

  /// The exponent behind a ten: `⁻⁴`, `^-4`, `^{-4}`.
  private mutating func barePower() -> NumberShape.Exponent? {
    let start = position
    let isCaret = take(oneOf: ["^"]) != nil
    let isBraced = isCaret && take(oneOf: ["{"]) != nil
    let minus = take(oneOf: isCaret ? ["-", "−"] : ["⁻"]) ?? ""
    var digits = ""
    while let next = peek() {
      if isCaret, Self.isDigit(next) {
        digits.append(next)
      } else if !isCaret, let digit = Self.raised.firstIndex(of: next) {
        digits += String(digit)
      } else {
        break
      }
      position += 1
    }
    guard let power = Int(digits), power <= 5000, !isBraced || take(oneOf: ["}"]) != nil else {
      position = start
      return nil
    }
    return .ofTen(
      joint: "", isRaised: !isCaret, minus: minus.isEmpty ? (isCaret ? "-" : "⁻") : minus,
      power: minus.isEmpty ? power : -power)
  }
}
