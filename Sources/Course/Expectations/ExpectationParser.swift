/// Reads what stands after `=>`.
struct ExpectationParser {
  let characters: [Character]
  var position = 0
  /// Lists in lists, to a depth nobody writes.
  private var depth = 0

  init(_ text: String) {
    characters = Array(text)
  }

  var next: Character? { position < characters.count ? characters[position] : nil }

  /// The text from the place on, for messages.
  private var rest: String { String(characters[min(position, characters.count)...].prefix(24)) }

  mutating func skipSpaces() {
    while let next, next.isWhitespace { position += 1 }
  }

  /// Moves past a text if it stands at the place.
  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text)
    guard characters[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  /// The whole expectation.
  mutating func whole() throws(ExpectationSyntaxError) -> ExpectedValue {
    skipSpaces()
    if let special = special() { return special }
    let value = try element()
    skipSpaces()
    guard position == characters.count else { throw trailing() }
    return value
  }

  /// The forms that stand alone: `?`, verdicts, and texts to be found.
  private mutating func special() -> ExpectedValue? {
    let text = String(characters[position...]).trimmedOfSpaces
    switch text {
    case "?": return .unfilled
    case "holds": return .verdict(.holds)
    case "fails": return .verdict(.fails)
    default: break
    }
    let kinds: [(String, (String) -> ExpectedValue)] = [
      ("error", ExpectedValue.compileError), ("traps", ExpectedValue.trap),
      ("throws", ExpectedValue.thrown),
    ]
    for (word, make) in kinds {
      if text == word { return make("") }
      if text.hasPrefix(word + ":") {
        return make(String(text.dropFirst(word.count + 1)).trimmedOfSpaces)
      }
    }
    guard text.hasPrefix("holds when ") else { return nil }
    let names = text.dropFirst("holds when ".count).split(separator: ",")
      .map { String($0).trimmedOfSpaces }.filter { !$0.isEmpty }
    return names.isEmpty ? nil : .verdict(.holdsWhen(names))
  }

  private func trailing() -> ExpectationSyntaxError {
    let found = "\"\(rest)\" is left over after the expected value"
    if next == "%" {
      return ExpectationSyntaxError(
        found: found, advice: "write the fraction itself, as 0.39; only tolerances are in percent")
    }
    if next == ",", position + 1 < characters.count, NumberReader.isDigit(characters[position + 1])
    {
      return ExpectationSyntaxError(found: found, advice: "write thousands as 1024 or 1_024")
    }
    return ExpectationSyntaxError(
      found: found, advice: "put explanations in the prose and keep only the value here")
  }

  private func unknown() -> ExpectationSyntaxError {
    guard next != nil else {
      return ExpectationSyntaxError(
        found: "nothing stands after =>", advice: ExpectationSyntaxError.forms)
    }
    return ExpectationSyntaxError(
      found: "\"\(rest)\" is not a value", advice: ExpectationSyntaxError.forms)
  }

  // MARK: - One value

  private mutating func element() throws(ExpectationSyntaxError) -> ExpectedValue {
    skipSpaces()
    switch next {
    case "\"": return .string(try string())
    case "[": return .list(try elements(until: "]"))
    case "(":
      let items = try elements(until: ")")
      if items.count == 1, let only = items[0] { return only }
      return .tuple(items)
    case "<", ">", "≤", "≥": return try bound()
    case "-", "−", "+": return try number()
    case let digit? where NumberReader.isDigit(digit): return try number()
    case ".":
      if position + 1 < characters.count, NumberReader.isDigit(characters[position + 1]) {
        throw ExpectationSyntaxError(
          found: "\"\(rest)\" begins with a point", advice: "write 0 before it")
      }
      return .member(try member())
    case let letter? where letter.isLetter || letter == "_" || letter == "`": return try word()
    default: throw unknown()
    }
  }

  private mutating func word() throws(ExpectationSyntaxError) -> ExpectedValue {
    let start = position
    while let next, next.isLetter || next.isNumber || next == "_" { position += 1 }
    switch String(characters[start..<position]) {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "nil": return .absent
    case "nan", "NaN": return .member("nan")
    case "inf", "infinity":
      return .number(
        WrittenNumber(value: .infinity, precision: .exact, isNegative: false), tolerance: nil)
    case "in": return try interval()
    case _ where next == ".":
      position = start
      return .member(try member())
    case let written:
      position = start
      throw ExpectationSyntaxError(
        found: "\"\(written)\" is not a value",
        advice: "write .\(written) for an enum case, \"\(written)\" for a string; else "
          + ExpectationSyntaxError.forms)
    }
  }

  /// A list's or tuple's elements, brackets included; nil stands for `…`.
  private mutating func elements(
    until closing: Character
  ) throws(ExpectationSyntaxError) -> [ExpectedValue?] {
    position += 1
    depth += 1
    defer { depth -= 1 }
    guard depth < 32 else {
      throw ExpectationSyntaxError(
        found: "brackets are nested \(depth) deep", advice: "bind a part to a name and check that")
    }
    var items: [ExpectedValue?] = []
    while true {
      skipSpaces()
      if next == closing { break }
      if take("…") || take("...") {
        items.append(nil)
      } else {
        if closing == ")" { skipLabel() }
        items.append(try element())
      }
      skipSpaces()
      if next == "," {
        position += 1
      } else if next != closing {
        throw ExpectationSyntaxError(
          found: next == nil ? "a bracket is not closed" : "\"\(rest)\" is not understood",
          advice: "expected a comma or \(closing)")
      }
    }
    position += 1
    return items
  }

  /// Moves past `name:` in a tuple; labels are not compared.
  private mutating func skipLabel() {
    var end = position
    while end < characters.count,
      characters[end].isLetter || characters[end].isNumber
        || characters[end] == "_"
    {
      end += 1
    }
    if end > position, end < characters.count, characters[end] == ":",
      !NumberReader.isDigit(characters[position])
    {
      position = end + 1
    }
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmedOfSpaces: String {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
    return start < end ? String(self[start..<end]) : ""
  }
}
