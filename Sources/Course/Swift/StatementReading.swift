/// Tells what one statement does and which names it declares, from its tokens.
struct StatementReading {
  let splitter: StatementSplitter
  let tokens: [SwiftToken]

  private static let modifiers: Set<String> = [
    "public", "private", "fileprivate", "internal", "package", "open", "final", "indirect",
    "static", "class", "lazy", "weak", "unowned", "nonisolated", "mutating", "nonmutating",
    "override", "dynamic", "required", "convenience", "isolated", "prefix", "postfix", "infix",
    "async",
  ]
  private static let types: Set<String> = [
    "struct", "enum", "class", "actor", "protocol", "typealias",
  ]
  private static let otherDeclarations: Set<String> = [
    "extension", "init", "deinit", "subscript", "operator", "precedencegroup", "associatedtype",
  ]
  private static let control: Set<String> = [
    "if", "for", "while", "repeat", "switch", "do", "guard", "defer", "return", "throw", "break",
    "continue", "fallthrough", "case", "default",
  ]

  /// Whether tokens are only attributes and modifiers, so that a declaration must follow.
  static func isPrefix(_ tokens: ArraySlice<SwiftToken>, of splitter: StatementSplitter) -> Bool {
    guard tokens.first?.kind == .attribute else { return false }
    let reading = StatementReading(splitter: splitter, tokens: Array(tokens))
    return reading.declarationStart() == tokens.count
  }

  /// What the statement does, and the names it declares.
  func result() -> (Statement.Kind, [DeclaredName]) {
    let start = declarationStart()
    if start < tokens.count {
      let word = splitter.text(tokens[start])
      switch word {
      case "import" where tokens[start].kind == .keyword: return (.importing, [])
      case "let", "var":
        if tokens[start].kind == .keyword { return binding(from: start, isConstant: word == "let") }
      case "func": return (.declaration, functionNames(from: start))
      case _ where Self.types.contains(word) && isTypeDeclaration(start):
        return (.declaration, [name(at: start + 1, .type)].compactMap { $0 })
      case _ where tokens[start].kind == .keyword && Self.otherDeclarations.contains(word):
        return (.declaration, [])
      default: break
      }
    }
    if isControl { return (.control, guardedNames()) }
    return (isAssignment ? .assignment : .expression, [])
  }

  /// The index after leading attributes and modifiers, where a declaration's keyword would stand.
  private func declarationStart() -> Int {
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      let word = splitter.text(token)
      let isModifier =
        token.kind == .attribute
        || [.keyword, .identifier].contains(token.kind) && Self.modifiers.contains(word)
          && !(word == "class" && isTypeDeclaration(index))
      guard isModifier else { break }
      index += 1
      // Arguments stand right behind: `@available(…)`, `private(set)`.
      if index < tokens.count, splitter.isPunctuation(tokens[index], "("),
        tokens[index].range.lowerBound == token.range.upperBound
      {
        index = endOfBrackets(from: index)
      }
    }
    return index
  }

  private func endOfBrackets(from start: Int) -> Int {
    var depth = 0
    for index in start..<tokens.count {
      depth += splitter.bracketStep(tokens[index])
      if depth == 0 { return index + 1 }
    }
    return tokens.count
  }

  private func isTypeDeclaration(_ index: Int) -> Bool {
    guard index + 1 < tokens.count, tokens[index + 1].kind == .identifier else { return false }
    guard splitter.text(tokens[index]) == "actor" else { return tokens[index].kind == .keyword }
    guard index + 2 < tokens.count else { return false }
    let after = tokens[index + 2]
    return splitter.isPunctuation(after, "{") || splitter.isPunctuation(after, ":")
      || splitter.text(after) == "<"
  }

  private func name(at index: Int, _ kind: DeclaredName.Kind) -> DeclaredName? {
    guard index < tokens.count, tokens[index].kind == .identifier || tokens[index].kind == .operator
    else { return nil }
    let written = splitter.text(tokens[index])
    guard written != "_" else { return nil }
    return DeclaredName(
      name: written.hasPrefix("`") ? String(written.dropFirst().dropLast()) : written,
      kind: kind, line: splitter.line(of: tokens[index].range.lowerBound))
  }

  private func functionNames(from start: Int) -> [DeclaredName] {
    var words: [String] = []
    var depth = 0
    for token in tokens[min(start + 1, tokens.count)...] {
      if depth == 0, splitter.isPunctuation(token, "{") { break }
      depth += splitter.bracketStep(token)
      words.append(splitter.text(token))
    }
    let signature = words.joined(separator: " ")
    return [name(at: start + 1, .function(signature: signature))].compactMap { $0 }
  }

  // MARK: - Bindings

  private func binding(from start: Int, isConstant: Bool) -> (Statement.Kind, [DeclaredName]) {
    var names = patternNames(from: start + 1)
    let isSimple = names.count == 1 && tokens[start + 1].kind == .identifier
    var hasValue = false
    var depth = 0
    for index in tokens.indices.dropFirst(start + 1) {
      let token = tokens[index]
      depth += splitter.bracketStep(token)
      guard depth == 0 else { continue }
      if token.kind == .operator, splitter.text(token) == "=" { hasValue = true }
      if splitter.isPunctuation(token, ","), startsBinding(index + 1) {
        names += patternNames(from: index + 1)
      }
    }
    guard isConstant else { return (.variable, names) }
    let name = isSimple && names.count == 1 && hasValue ? names[0].name : nil
    return (.binding(name: name), names)
  }

  /// Whether another `name = …`, `name: …` or pattern begins after a comma.
  private func startsBinding(_ index: Int) -> Bool {
    guard index + 1 < tokens.count else { return false }
    if splitter.isPunctuation(tokens[index], "(") { return true }
    return tokens[index].kind == .identifier
      && (splitter.isPunctuation(tokens[index + 1], ":") || splitter.text(tokens[index + 1]) == "=")
  }

  private func patternNames(from start: Int) -> [DeclaredName] {
    guard start < tokens.count, splitter.isPunctuation(tokens[start], "(") else {
      return [name(at: start, .value)].compactMap { $0 }
    }
    return (start..<endOfBrackets(from: start)).compactMap { index in
      let isLabel =
        index + 1 < tokens.count && splitter.isPunctuation(tokens[index + 1], ":")
      guard tokens[index].kind == .identifier, !isLabel else { return nil }
      return name(at: index, .value)
    }
  }

  // MARK: - Control and expressions

  private var isControl: Bool {
    guard let first = tokens.first else { return false }
    if first.kind == .directive {
      return [
        "#if", "#elseif", "#else", "#endif", "#warning", "#error", "#sourceLocation",
      ].contains(splitter.text(first))
    }
    let isLabelled =
      tokens.count > 2 && first.kind == .identifier && splitter.isPunctuation(tokens[1], ":")
    let word = isLabelled ? tokens[2] : first
    return word.kind == .keyword && Self.control.contains(splitter.text(word))
  }

  /// The names that a `guard let` leaves behind.
  private func guardedNames() -> [DeclaredName] {
    guard let first = tokens.first, splitter.text(first) == "guard" else { return [] }
    var names: [DeclaredName] = []
    for index in tokens.indices where tokens[index].kind == .keyword {
      let word = splitter.text(tokens[index])
      if word == "else" { break }
      if word == "let" || word == "var" {
        names += [name(at: index + 1, .value)].compactMap { $0 }
      }
    }
    return names
  }

  private var isAssignment: Bool {
    var depth = 0
    for token in tokens {
      depth += splitter.bracketStep(token)
      guard depth == 0, token.kind == .operator else { continue }
      let written = splitter.text(token)
      if written == "=" || ["<<=", ">>=", "&<<=", "&>>="].contains(written) { return true }
      let comparisons = ["==", "!=", "<=", ">=", "~="]
      if written.hasSuffix("="), !comparisons.contains(where: written.hasSuffix) { return true }
    }
    return false
  }
}
