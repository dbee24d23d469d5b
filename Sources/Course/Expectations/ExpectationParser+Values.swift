/// Numbers, bounds, strings and members.
extension ExpectationParser {
  /// A number, and a tolerance if one follows.
  mutating func number() throws(ExpectationSyntaxError) -> ExpectedValue {
    let start = position
    if next == "-" || next == "−", position + 1 < characters.count, characters[position + 1] == "."
    {
      position += 1
      if take(".infinity") {
        return .number(
          WrittenNumber(value: -.infinity, precision: .exact, isNegative: true), tolerance: nil)
      }
      position = start
    }
    let center = try writtenNumber()
    let end = position
    skipSpaces()
    guard take("±") || take("+/-") || take("+-") else {
      position = end
      return .number(center, tolerance: nil)
    }
    skipSpaces()
    let width = try writtenNumber()
    let afterWidth = position
    skipSpaces()
    let isRelative = take("%")
    if !isRelative { position = afterWidth }
    guard width.value.isFinite, !width.isNegative else {
      throw ExpectationSyntaxError(
        found: "the tolerance is \(String(characters[end..<position]).trimmedOfSpaces)",
        advice: "a tolerance is a positive number")
    }
    let tolerance: ExpectedValue.Tolerance =
      isRelative ? .relative(width.decimal.shifted(by: -2).double) : .absolute(width.value)
    return .number(center, tolerance: tolerance)
  }

  /// A number alone.
  func numberEnd(from start: Int) -> Int {
    var reader = NumberReader(characters, from: start)
    _ = reader.take(oneOf: ["-", "−", "+"])
    let digitsStart = reader.position
    if reader.peek() == "0", let radix = reader.peek(1), ["x", "o", "b"].contains(radix) {
      reader.position += 2
    } else if reader.digits(separator: "_") != nil {
      _ = reader.fraction()
      _ = reader.letterExponent()
      if reader.peek() == ".", reader.peek(1) == "." { return reader.position }  // a range
    }
    while let next = reader.peek(), next.isLetter || next.isNumber || next == "_" {
      reader.position += 1
    }
    return reader.position == digitsStart ? start : reader.position
  }

  private mutating func writtenNumber() throws(ExpectationSyntaxError) -> WrittenNumber {
    let end = numberEnd(from: position)
    let text = String(characters[position..<end])
    if let number = WrittenNumber(code: text) {
      position = end
      let afterPoint = position + 1 < characters.count ? characters[position + 1] : nil
      if next == ".", afterPoint != ".", !NumberReader.isDigit(afterPoint) {
        throw ExpectationSyntaxError(
          found: "\"\(text).\" ends in a point",
          advice: "write \(text) for exactly that, \(text).0 for rounded")
      }
      return number
    }
    let found = text.isEmpty ? String(characters[position...].prefix(24)) : text
    throw ExpectationSyntaxError(
      found: "\"\(found)\" is not a number",
      advice: "write 0.0273, 6.1e-05, 102, 1_024 or 0x1F")
  }

  /// `< 1e-4` and its relatives.
  mutating func bound() throws(ExpectationSyntaxError) -> ExpectedValue {
    let isLess = next == "<" || next == "≤"
    var orEqual = next == "≤" || next == "≥"
    position += 1
    if take("=") { orEqual = true }
    skipSpaces()
    let limit = try writtenNumber()
    return isLess ? .less(limit, orEqual: orEqual) : .greater(limit, orEqual: orEqual)
  }

  /// `0.1...0.2`, after `in`.
  mutating func interval() throws(ExpectationSyntaxError) -> ExpectedValue {
    skipSpaces()
    let lowest = try writtenNumber()
    skipSpaces()
    guard !take("..<"), take("...") || take("…") else {
      throw ExpectationSyntaxError(
        found: "\"in\" is not followed by a closed range", advice: "write in 0.1...0.2")
    }
    skipSpaces()
    let highest = try writtenNumber()
    guard lowest.value <= highest.value else {
      throw ExpectationSyntaxError(
        found: "the range's ends are the wrong way round", advice: "write the lower end first")
    }
    return .within(lowest, highest)
  }

  /// `.uint8`, `.group(128)`, `Scheme.uint8`: the text without its first dot.
  mutating func member() throws(ExpectationSyntaxError) -> String {
    _ = take(".")
    let start = position
    while let current = next,
      current.isLetter || current.isNumber || current == "_" || current == "`" || current == "."
    {
      position += 1
    }
    guard position > start else {
      throw ExpectationSyntaxError(
        found: "a dot stands without a name", advice: "write .uint8, or … for left-out elements")
    }
    if next == "(" { try skipBrackets() }
    return String(characters[start..<position])
  }

  /// Moves past a bracketed part, strings in it respected.
  private mutating func skipBrackets() throws(ExpectationSyntaxError) {
    var open = 0
    while let current = next {
      if current == "\"" {
        _ = try string()
        continue
      }
      position += 1
      if current == "(" || current == "[" { open += 1 }
      if current == ")" || current == "]" { open -= 1 }
      if open == 0 { return }
    }
    throw ExpectationSyntaxError(found: "a bracket is not closed", advice: "add )")
  }

  /// A string literal with Swift's escapes.
  mutating func string() throws(ExpectationSyntaxError) -> String {
    position += 1
    var text = ""
    while let current = next, current != "\"" {
      position += 1
      guard current == "\\" else {
        text.append(current)
        continue
      }
      guard let escaped = escape() else {
        throw ExpectationSyntaxError(
          found: "a backslash begins no escape", advice: "write \\\\ for a backslash")
      }
      text.append(escaped)
    }
    guard next == "\"" else {
      throw ExpectationSyntaxError(found: "a string is not closed", advice: "add \"")
    }
    position += 1
    return text
  }

  /// What stands for the characters after a backslash.
  private mutating func escape() -> Character? {
    guard let letter = next else { return nil }
    position += 1
    switch letter {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "0": return "\0"
    case "\\", "\"", "'": return letter
    case "u":
      guard take("{") else { return nil }
      var digits = ""
      while let next, next != "}", digits.count < 8 {
        digits.append(next)
        position += 1
      }
      guard take("}"), let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code)
      else { return nil }
      return Character(scalar)
    default: return nil
    }
  }
}

extension ExpectedValue {
  /// Reads the text after `=>`.
  ///
  /// - Parameter written: One line, spaces around it allowed.
  /// - Throws: `ExpectationSyntaxError`, which names what is allowed.
  public init(parsing written: String) throws(ExpectationSyntaxError) {
    var parser = ExpectationParser(written)
    self = try parser.whole()
  }
}
