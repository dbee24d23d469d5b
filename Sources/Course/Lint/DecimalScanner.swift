/// Finds decimals in prose and passes over what only looks like one.
struct DecimalScanner {
  let characters: [Character]
  /// A heading may begin with its own number.
  let isHeading: Bool
  private var reader: NumberReader
  /// The place right behind the last number that was a reference, for `sections 3.1 and 3.2`.
  private var referenceEnd: Int?

  init(characters: [Character], isHeading: Bool) {
    self.characters = characters
    self.isHeading = isHeading
    reader = NumberReader(characters, from: 0)
  }

  /// A decimal as it stands, and where it starts.
  struct Found: Hashable {
    let text: String
    let start: Int
  }

  /// Words that make the number after them a reference or a version.
  private static let references: Set<String> = [
    "section", "sections", "sec", "secs", "table", "tables", "figure", "figures", "fig", "figs",
    "chapter", "chapters", "equation", "equations", "eq", "eqs", "appendix", "theorem", "lemma",
    "proposition", "corollary", "algorithm", "algorithms", "listing", "version", "versions",
    "release", "arxiv", "doi", "swift", "python", "pytorch", "torch", "cuda", "ubuntu", "by", "sa",
    "llama", "qwen", "gemma", "mistral", "gpt",
  ]

  /// Words and signs that join references.
  private static let joints: Set<String> = ["and", "or", "to", "&", ",", "-", "–", "—", "…"]

  /// Every decimal, in order.
  mutating func decimals() -> [Found] {
    var found: [Found] = []
    while let next = reader.peek() {
      guard NumberReader.isDigit(next) || next == "." && startsFraction() else {
        reader.position += 1
        continue
      }
      if isInsideWord(reader.position) || isVersion() {
        skipWord()
        continue
      }
      if let decimal = readNumber() { found.append(decimal) }
    }
    return found
  }

  /// Whether `.5` stands here without a digit before it.
  private func startsFraction() -> Bool {
    guard NumberReader.isDigit(reader.peek(1)) else { return false }
    guard reader.position > 0 else { return true }
    let before = characters[reader.position - 1]
    return before.isWhitespace || "([−-–±<>=≈~".contains(before)
  }

  /// Whether the digits here are part of a name: `e8`, `v0.3`, `Llama-3.1`.
  private func isInsideWord(_ position: Int) -> Bool {
    guard position > 0 else { return false }
    let before = characters[position - 1]
    if before.isLetter || before.isNumber || before == "_" { return true }
    guard before == "-" else { return false }
    // Everything back to the last space or bracket is one name if a letter is in it.
    var begin = position - 1
    while begin > 0 {
      let character = characters[begin - 1]
      guard character.isLetter || character.isNumber || "-._".contains(character) else { break }
      if character.isLetter { return true }
      begin -= 1
    }
    return false
  }

  /// Whether digits with at least two single points among them stand here: `1.2.3`.
  private func isVersion() -> Bool {
    var points = 0
    var offset = 0
    while let next = reader.peek(offset) {
      if next == ".", NumberReader.isDigit(reader.peek(offset + 1)), offset > 0 {
        points += 1
      } else if !NumberReader.isDigit(next) {
        break
      }
      offset += 1
    }
    return points >= 2
  }

  private mutating func skipWord() {
    while let next = reader.peek() {
      let isPoint = next == "." && NumberReader.isDigit(reader.peek(1))
      guard next.isLetter || next.isNumber || next == "_" || isPoint else { return }
      reader.position += 1
    }
  }

  private mutating func skipAddress() {
    while let next = reader.peek(), !next.isWhitespace { reader.position += 1 }
  }

  /// Reads the number here and gives it back where it is a decimal that is no reference.
  private mutating func readNumber() -> Found? {
    let digits = reader.position
    var start = digits
    if digits > 0, "-−–+".contains(characters[digits - 1]), isSign(at: digits - 1) { start -= 1 }
    let isReference = isReference(before: start)
    guard let shape = shape() else {
      reader.position = max(reader.position, digits + 1)
      return nil
    }
    if isReference { referenceEnd = reader.position }
    if shape.whole == "10", (shape.fraction?.count ?? 0) >= 4, reader.peek() == "/" {
      skipAddress()  // a DOI
      return nil
    }
    let isDecimal = shape.fraction != nil || shape.exponent != nil
    guard isDecimal, !isReference, !isIdentifier(shape, from: digits) else { return nil }
    return Found(text: String(characters[start..<reader.position]), start: start)
  }

  private mutating func shape() -> NumberShape? {
    guard reader.peek() == "." else { return reader.proseNumber() }
    guard let fraction = reader.fraction() else { return nil }
    return NumberShape(whole: "0", fraction: fraction)
  }

  /// Whether a minus or plus belongs to the number behind it: a dash between two numbers does not.
  private func isSign(at position: Int) -> Bool {
    guard position > 0 else { return true }
    let before = characters[position - 1]
    return !(before.isLetter || before.isNumber || before == "%" || before == ")")
  }

  /// Whether an arXiv id stands here, or a heading's own number.
  private func isIdentifier(_ shape: NumberShape, from start: Int) -> Bool {
    guard let fraction = shape.fraction, shape.exponent == nil else { return false }
    if shape.whole.count == 4, fraction.count == 5, let month = Int(shape.whole.suffix(2)),
      (1...12).contains(month)
    {
      return true
    }
    return isHeading && start == 0 && shape.whole != "0" && reader.peek() == " "
  }

  /// Whether the number after this place is that of a section, a figure, a version and the like.
  private func isReference(before start: Int) -> Bool {
    var end = start
    func skipBack(over set: String) {
      while end > 0, characters[end - 1].isWhitespace || set.contains(characters[end - 1]) {
        end -= 1
      }
    }
    if let referenceEnd, isJoint(referenceEnd..<start) { return true }
    skipBack(over: "(:#")
    if end > 0, characters[end - 1] == "§" { return true }
    if end > 0, characters[end - 1] == "." { end -= 1 }  // `Fig. 3.2`
    var begin = end
    while begin > 0, characters[begin - 1].isLetter { begin -= 1 }
    let word = String(characters[begin..<end])
    // Only a name right before: in `by 0.5` the word is not the licence's BY.
    if ["by", "sa"].contains(word.lowercased()) { return word == word.uppercased() }
    return Self.references.contains(word.lowercased())
  }

  private func isJoint(_ range: Range<Int>) -> Bool {
    guard range.lowerBound <= range.upperBound else { return false }
    let between = String(characters[range]).evenlySpaced
    return between.split(separator: " ").allSatisfy { part in
      Self.joints.contains(String(part).lowercased()) || part == ",–"
    } && !between.isEmpty
  }
}
