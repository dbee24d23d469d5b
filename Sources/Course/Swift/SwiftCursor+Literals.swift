/// String and regular expression literals.
extension SwiftCursor {
  /// A token that begins with `#`: a raw string, an extended regular expression or a directive.
  mutating func scanHash(_ interpolations: inout [Range<Int>]) -> SwiftToken.Kind {
    var hashes = 0
    while byte(at: hashes) == 0x23 { hashes += 1 }
    switch byte(at: hashes) {
    case 0x22:
      position += hashes
      interpolations = skipString(hashes: hashes)
      return .string
    case 0x2F:
      position += hashes
      skipExtendedRegex(hashes: hashes)
      return .regex
    case 0x21? where position == 0 && hashes == 1:
      advance { $0 != 0x0A && $0 != 0x0D }
      return .lineComment
    default:
      position += 1
      guard let first = byte(at: 0), SwiftByte.isLetter(first) else { return .unknown }
      advance(while: SwiftByte.isName)
      return .directive
    }
  }

  /// Moves past a string that opens here, its hashes already passed.
  ///
  /// - Returns: The code inside each interpolation.
  mutating func skipString(hashes: Int) -> [Range<Int>] {
    let isMultiline =
      byte(at: 1) == 0x22 && byte(at: 2) == 0x22
      && !(hashes > 0 && closesOnItsLine(hashes: hashes))
    position += isMultiline ? 3 : 1
    var interpolations: [Range<Int>] = []
    while let current = byte(at: 0) {
      if !isMultiline, current == 0x0A || current == 0x0D { return interpolations }
      if current == 0x22, isClosing(hashes: hashes, isMultiline: isMultiline) {
        position += (isMultiline ? 3 : 1) + hashes
        return interpolations
      }
      guard current == 0x5C, hasHashes(hashes, at: 1) else {
        position += 1
        continue
      }
      position += 1 + hashes
      if byte(at: 0) == 0x28, depth < Self.depthLimit {
        position += 1
        interpolations.append(skipInterpolation(isMultiline: isMultiline))
      } else if let escaped = byte(at: 0), isMultiline || escaped != 0x0A && escaped != 0x0D {
        position += 1
      }
    }
    return interpolations
  }

  private func hasHashes(_ count: Int, at offset: Int) -> Bool {
    for index in 0..<count where byte(at: offset + index) != 0x23 { return false }
    return true
  }

  private func isClosing(hashes: Int, isMultiline: Bool) -> Bool {
    guard isMultiline else { return hasHashes(hashes, at: 1) }
    return byte(at: 1) == 0x22 && byte(at: 2) == 0x22 && hasHashes(hashes, at: 3)
  }

  /// Whether `#"""…` is a one-line string that begins with quotes.
  private func closesOnItsLine(hashes: Int) -> Bool {
    var offset = 1
    while let current = byte(at: offset), current != 0x0A, current != 0x0D {
      if current == 0x22, hasHashes(hashes, at: offset + 1) { return true }
      offset += 1
    }
    return false
  }

  /// Moves past the code of an interpolation and its closing parenthesis.
  private mutating func skipInterpolation(isMultiline: Bool) -> Range<Int> {
    let start = position
    depth += 1
    defer { depth -= 1 }
    var open = 1
    while true {
      let before = position
      guard let token = next() else { return start..<position }
      if token.kind == .newline, !isMultiline {
        position = before
        return start..<before
      }
      if isPunctuation(token, 0x28) { open += 1 }
      if isPunctuation(token, 0x29) { open -= 1 }
      if open == 0 { return start..<before }
    }
  }

  /// Moves past `/…/` where the place can only begin a regular expression that closes on its line.
  mutating func skipRegex() -> Bool {
    guard !followsOperand, let first = byte(at: 1), first != 0x20, first != 0x09 else {
      return false
    }
    var offset = 1
    var isInClass = false
    var groups = 0
    while let current = byte(at: offset), current != 0x0A, current != 0x0D {
      switch current {
      case 0x5C where byte(at: offset + 1) != 0x0A && byte(at: offset + 1) != 0x0D: offset += 1
      case 0x5B: isInClass = true
      case 0x5D: isInClass = false
      case 0x28 where !isInClass: groups += 1
      case 0x29 where !isInClass && groups == 0: return false  // `reduce(1, /)`
      case 0x29 where !isInClass: groups -= 1
      case 0x2F where !isInClass:
        position += offset + 1
        return true
      default: break
      }
      offset += 1
    }
    return false
  }

  private mutating func skipExtendedRegex(hashes: Int) {
    position += 1
    let isMultiline = byte(at: 0) == 0x0A || byte(at: 0) == 0x0D
    while let current = byte(at: 0) {
      if !isMultiline, current == 0x0A || current == 0x0D { return }
      if current == 0x2F, hasHashes(hashes, at: 1) {
        position += 1 + hashes
        return
      }
      position += current == 0x5C && byte(at: 1) != nil && byte(at: 1) != 0x0A ? 2 : 1
    }
  }
}
