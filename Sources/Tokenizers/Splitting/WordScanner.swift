/// Finds where words end, by a ``SplitPattern``, in valid UTF-8.
///
/// Each function takes the alternatives of its pattern in their order. Nothing is read at or after
/// `end`, where the text may be cut off from what follows it.
struct WordScanner {
  private let bytes: UnsafePointer<UInt8>
  private let end: Int
  private let classes = ScalarClassTable.shared.classes

  init(bytes: UnsafePointer<UInt8>, end: Int) {
    self.bytes = bytes
    self.end = end
  }

  /// The end of the word, or of what lies between two, that begins at a place before the end.
  @inline(__always)
  func endOfWord(at start: Int, rule: WordRule) -> Int {
    switch rule {
    case .pattern(let pattern): endOfWord(at: start, pattern: pattern)
    case .punctuationRuns: endOfRun(start) { isPunctuation($0, $1) }
    case .numberRuns: endOfRun(start) { kind, _ in kind == ScalarClass.number }
    case .digitTriples: endOfDigits(start)
    }
  }

  /// The end of the word that begins at a place before the end.
  @inline(__always)
  func endOfWord(at start: Int, pattern: SplitPattern) -> Int {
    switch pattern {
    case .gpt2: gpt2(start)
    case .llama3: llama3(start, numbers: 3)
    case .qwen2: llama3(start, numbers: 1)
    }
  }

  /// GPT-2's pattern.
  ///
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  @inline(__always)
  private func gpt2(_ start: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'") {
      let contraction = contractionLength(start, ignoringCase: false)
      if contraction > 0 { return start + contraction }
    }
    var index = start
    if bytes[start] == UInt8(ascii: " "), start + 1 < end { index += 1 }
    let (kind, length) = scalarClass(at: index)
    switch kind {
    case ScalarClass.letter: return skip(ScalarClass.letter, from: index + length)
    case ScalarClass.number: return skip(ScalarClass.number, from: index + length)
    case ScalarClass.space: return endOfSpaces(start)
    default: return skipMarks(from: index + length)
    }
  }

  /// Llama 3's pattern, with up to so many numbers in a word.
  ///
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|`
  /// ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  @inline(__always)
  private func llama3(_ start: Int, numbers: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'") {
      let contraction = contractionLength(start, ignoringCase: true)
      if contraction > 0 { return start + contraction }
    }
    let (kind, length) = scalarClass(at: start)
    let next = start + length
    if kind == ScalarClass.letter { return skip(ScalarClass.letter, from: next) }
    if kind == ScalarClass.number {
      return numbers == 1 ? next : skip(ScalarClass.number, from: next, atMost: numbers - 1)
    }
    if next < end, !isLineEnd(bytes[start]) {
      let (following, followingLength) = scalarClass(at: next)
      if following == ScalarClass.letter {
        return skip(ScalarClass.letter, from: next + followingLength)
      }
      if bytes[start] == UInt8(ascii: " "), isMark(following) {
        return skipLineEnds(from: skipMarks(from: next + followingLength))
      }
    }
    if isMark(kind) { return skipLineEnds(from: skipMarks(from: next)) }
    return endOfSpaces(start, throughLastLineEnd: true)
  }

  /// All spaces at the end of the text, elsewhere all but the last, or the one.
  ///
  /// `\s+(?!\S)|\s+`; where asked for, `\s*[\r\n]+` comes first: up to the run's last line end.
  private func endOfSpaces(_ start: Int, throughLastLineEnd: Bool = false) -> Int {
    var index = start
    var last = start
    var afterLineEnd = start
    while index < end {
      let (kind, length) = scalarClass(at: index)
      guard kind == ScalarClass.space else { break }
      last = index
      index += length
      if isLineEnd(bytes[last]) { afterLineEnd = index }
    }
    if throughLastLineEnd, afterLineEnd > start { return afterLineEnd }
    return index == end || last == start ? index : last
  }

  /// The end of a run of scalars that are all of a kind, or all not.
  private func endOfRun(_ start: Int, _ isOfKind: (UInt8, UInt8) -> Bool) -> Int {
    let (first, length) = scalarClass(at: start)
    let wanted = isOfKind(first, bytes[start])
    var index = start + length
    while index < end {
      let (kind, length) = scalarClass(at: index)
      guard isOfKind(kind, bytes[index]) == wanted else { break }
      index += length
    }
    return index
  }

  /// Whether a scalar is in `[\p{P}\$\+<=>\^\~\|]`.
  private func isPunctuation(_ kind: UInt8, _ first: UInt8) -> Bool {
    kind == ScalarClass.punctuation || "$+<=>^~|".utf8.contains(first)
  }

  /// Three digits, or what lies before the next three.
  private func endOfDigits(_ start: Int) -> Int {
    func isTriple(_ index: Int) -> Bool {
      index + 3 <= end
        && (index..<index + 3).allSatisfy { (0x30...0x39).contains(bytes[$0]) }
    }
    if isTriple(start) { return start + 3 }
    var index = start + 1
    while index < end, !isTriple(index) { index += 1 }
    return index
  }

  /// How long `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll` is at a place, or 0.
  ///
  /// Without regard to case U+017F, the long s, is an s as well.
  private func contractionLength(_ start: Int, ignoringCase: Bool) -> Int {
    guard start + 1 < end else { return 0 }
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    let first = bytes[start + 1] | fold
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      guard start + 2 < end else { return 0 }
      let wanted = first == UInt8(ascii: "l") ? first : UInt8(ascii: "e")
      return bytes[start + 2] | fold == wanted ? 3 : 0
    default:
      let isLongS =
        ignoringCase && bytes[start + 1] == 0xc5 && start + 2 < end && bytes[start + 2] == 0xbf
      return isLongS ? 3 : 0
    }
  }

  @inline(__always)
  private func scalarClass(at index: Int) -> (kind: UInt8, length: Int) {
    let first = bytes[index]
    if first < 0x80 { return (classes[Int(first)], 1) }
    let (value, length) = scalar(at: index, in: bytes)
    return (classes[Int(value)], length)
  }

  /// Whether a class is in `[^\s\p{L}\p{N}]`.
  @inline(__always)
  private func isMark(_ kind: UInt8) -> Bool {
    kind == ScalarClass.other || kind == ScalarClass.punctuation
  }

  @inline(__always)
  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  @inline(__always)
  private func skip(_ wanted: UInt8, from start: Int, atMost count: Int = .max) -> Int {
    var index = start
    var left = count
    while index < end, left > 0 {
      let (kind, length) = scalarClass(at: index)
      guard kind == wanted else { break }
      index += length
      left -= 1
    }
    return index
  }

  @inline(__always)
  private func skipMarks(from start: Int) -> Int {
    var index = start
    while index < end {
      let (kind, length) = scalarClass(at: index)
      guard isMark(kind) else { break }
      index += length
    }
    return index
  }

  @inline(__always)
  private func skipLineEnds(from start: Int) -> Int {
    var index = start
    while index < end, isLineEnd(bytes[index]) { index += 1 }
    return index
  }
}
