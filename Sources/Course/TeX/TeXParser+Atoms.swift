extension TeXParser {
  /// One node without its scripts.
  mutating func atom() throws(TeXError) -> TeXNode {
    let token = tokens[position]
    switch token.kind {
    case .command(let name):
      position += 1
      return try command(name, at: token.offset)
    case .character(let character):
      return try sign(character, at: token.offset)
    }
  }

  private mutating func sign(
    _ character: Character, at offset: Int
  ) throws(TeXError) -> TeXNode {
    switch character {
    case "{": return try group()
    case "^", "_", "'", "’": return .row([])  // a script without a base; the caller reads it
    case _ where character.isASCII && character.isNumber: return number()
    case "~":
      position += 1
      return .space(333)
    default: break
    }
    position += 1
    if let sign = TeXSymbols.characters[character] { return .symbol(sign.text, sign.role) }
    if character.isLetter { return letter(character) }
    switch character {
    case "%": throw error("`%` begins a comment in TeX; write `\\%`", at: offset)
    case "#", "$": throw error("write `\\\(character)` for this sign", at: offset)
    case "\\": throw error("a lone `\\` at the end", at: offset)
    default:
      guard let scalar = character.unicodeScalars.first,
        [.mathSymbol, .otherSymbol, .dashPunctuation, .otherPunctuation].contains(
          scalar.properties.generalCategory), scalar != "\u{FFFD}"
      else { throw error("`\(character)` is not a sign of mathematics", at: offset) }
      return .symbol(String(character), .ordinary)
    }
  }

  /// A letter; letters that a style sets upright join into one name.
  private mutating func letter(_ first: Character) -> TeXNode {
    guard style == .upright || style == .monospace || style == .sans else {
      return .identifier(String(first), style)
    }
    var name = String(first)
    while case .character(let character)? = next?.kind, character.isLetter {
      name.append(character)
      position += 1
    }
    return .identifier(name, style)
  }

  private mutating func number() -> TeXNode {
    var digits = ""
    while case .character(let character)? = next?.kind {
      let isPoint = character == "." && !digits.isEmpty && digitFollows(position + 1)
      guard isPoint || (character.isASCII && character.isNumber) else { break }
      digits.append(character)
      position += 1
    }
    return .number(digits, style)
  }

  private func digitFollows(_ index: Int) -> Bool {
    guard index < tokens.count, case .character(let character) = tokens[index].kind else {
      return false
    }
    return character.isASCII && character.isNumber
  }

  private mutating func command(_ name: String, at offset: Int) throws(TeXError) -> TeXNode {
    if let letter = TeXSymbols.letters[name] { return .identifier(letter, style) }
    if let letter = TeXSymbols.uprightLetters[name] {
      return .identifier(letter, style == .normal ? .upright : style)
    }
    if let sign = TeXSymbols.signs[name] { return .symbol(sign.text, sign.role) }
    if let hasLimits = TeXSymbols.functions[name] {
      return .function(TeXSymbols.spacedNames[name] ?? name, hasLimits: hasLimits)
    }
    if let large = TeXSymbols.large[name] {
      return .large(large.text, hasLimits: large.hasLimits)
    }
    if let space = TeXSymbols.spaces[name] { return .space(space) }
    if let accent = TeXSymbols.accents[name] {
      return .accent(try argument(of: "\\\(name)"), accent)
    }
    if let style = TeXSymbols.styles[name] { return try styled(style, name) }
    if TeXSymbols.sizes.contains(name) { return try sizedDelimiter(name) }
    return try structure(name, at: offset)
  }

  private mutating func styled(_ inner: TeXStyle, _ name: String) throws(TeXError) -> TeXNode {
    let outer = style
    style = inner
    defer { style = outer }
    return try argument(of: "\\\(name)")
  }

  private mutating func structure(
    _ name: String, at offset: Int
  ) throws(TeXError) -> TeXNode {
    switch name {
    case "frac", "tfrac", "dfrac", "binom":
      let numerator = try argument(of: "\\\(name)")
      let denominator = try argument(of: "\\\(name){…}")
      let kinds: [String: TeXFraction] = ["tfrac": .text, "dfrac": .display, "binom": .binomial]
      return .fraction(numerator, denominator, kinds[name] ?? .plain)
    case "sqrt":
      let degree = try optionalArgument()
      return .root(try argument(of: "\\sqrt"), degree: degree)
    case "text": return .text(try words(of: name))
    case "operatorname":
      var hasLimits = false
      if next?.kind == .character("*") {
        position += 1
        hasLimits = true
      }
      let words = try words(of: name)
      guard !words.isEmpty else { throw error("the operator has no name", at: offset) }
      return .function(words, hasLimits: hasLimits)
    case "overset", "stackrel":
      let above = try argument(of: "\\\(name)")
      return .stacked(try argument(of: "\\\(name){…}"), below: nil, above: above)
    case "underset":
      let below = try argument(of: "\\\(name)")
      return .stacked(try argument(of: "\\\(name){…}"), below: below, above: nil)
    case "left": return try fenced(at: offset)
    case "begin": return try environment(at: offset)
    case "limits", "nolimits":
      throw error("`\\\(name)` stands after an operator such as `\\sum`", at: offset)
    default:
      let near = NearestWords.to(name, among: TeXSymbols.commands).first
      let hint = near.map { "; did you mean \\\($0)?" }
      throw error(
        "unknown command \\\(name)\(hint ?? "; the course reads a subset of TeX")", at: offset)
    }
  }
}
