public import StepRecords

extension ExpectedValue {
  /// The text that would hold of a value, written as precisely and in the same style as before.
  ///
  /// What holds already is returned unchanged. A `?` gets whole numbers exactly and others to six
  /// significant digits. The text returned always holds of the value.
  ///
  /// - Parameters:
  ///   - written: What stands after `=>` now.
  ///   - value: The value it must state.
  /// - Returns: The new text, or nil where only a person may change it (a bound, an error's text)
  ///   or no expectation can state the value.
  public func rewritten(written: String, for value: RecordedValue) -> String? {
    guard !judge(value).held else { return written }
    guard !isPromise else { return nil }
    let candidates = [
      candidate(written: written.trimmedOfSpaces, for: value), value.defaultLiteral(), value.text,
    ]
    return candidates.lazy.compactMap { $0 }.first { candidate in
      guard !candidate.contains("\n"), let parsed = try? ExpectedValue(parsing: candidate) else {
        return false
      }
      return parsed.judge(value).held
    }
  }

  /// Whether it states a decision rather than a reading.
  private var isPromise: Bool {
    switch self {
    case .less, .greater, .within, .compileError, .trap, .thrown: true
    case .list(let items), .tuple(let items): items.contains { $0?.isPromise ?? false }
    default: false
    }
  }

  /// The value in the style of what was written; nil where the two are of different kinds.
  private func candidate(written: String, for value: RecordedValue) -> String? {
    switch (self, value) {
    case (.number(let number, let tolerance), _):
      return Self.number(number, tolerance, written: written, for: value)
    case (.list(let expected), .list(let items)):
      let style = SequenceStyle(expected: expected, written: written)
      return style.text(for: items, brackets: ("[", "]"))
    case (.tuple(let expected), .tuple(let items)):
      let style = SequenceStyle(expected: expected, written: written)
      return style.text(for: items, brackets: ("(", ")"))
    default: return nil
    }
  }

  private static func number(
    _ number: WrittenNumber, _ tolerance: Tolerance?, written: String, for value: RecordedValue
  ) -> String? {
    guard case .finite(let exact) = value.number else { return nil }
    let end = ExpectationParser(written).numberEnd(from: 0)
    let center = String(written.prefix(end))
    let rest = String(written.dropFirst(end))
    let shape = NumberShape(code: center)
    // With a tolerance, a whole number is a rounded one.
    let isRounded = tolerance != nil && shape?.precision == .exact
    let text = shape?.text(for: isRounded ? exact.rounded(toPlace: 0) : exact, minus: "-")
    guard tolerance != nil else { return text ?? value.defaultLiteral() }
    // The tolerance stays; the number gets more digits where its own would stray too far.
    let choices = [text, value.defaultLiteral(), value.text].compactMap { $0.map { $0 + rest } }
    return choices.first { choice in
      (try? ExpectedValue(parsing: choice))?.judge(value).held ?? false
    }
  }
}

extension RecordedValue {
  /// What `?` becomes: whole numbers exactly, others to six significant digits, long lists
  /// shortened.
  func defaultLiteral() -> String? {
    switch self {
    case .integer(let value): return String(value)
    case .float, .double:
      if case .finite(let exact) = number { return exact.isZero ? "0" : exact.shortText() }
      return displayText
    case .list(let items):
      return SequenceStyle(expected: [], written: "").text(for: items, brackets: ("[", "]"))
    case .tuple(let items):
      return SequenceStyle(expected: [], written: "").text(for: items, brackets: ("(", ")"))
    case .elided: return nil
    case .described(let text):
      return number != nil || text.hasPrefix(".") ? text : "." + text
    default: return text
    }
  }
}

/// How a list was written: which ends were shown, and how precisely.
struct SequenceStyle {
  let expected: [ExpectedValue?]
  let written: [String]

  /// Lists up to this long are written out when nothing says how much to show.
  private static let longest = 12
  /// How many elements are shown at each end of a longer one.
  private static let shown = 3

  init(expected: [ExpectedValue?], written: String) {
    self.expected = expected
    self.written = Self.elements(of: written)
  }

  /// The recorded elements in this style; nil where one cannot be written.
  func text(for items: [RecordedValue], brackets: (String, String)) -> String? {
    let elidedPlace = items.firstIndex {
      if case .elided = $0 { true } else { false }
    }
    let (head, tail) = ends(of: items, elidedPlace: elidedPlace)
    var texts: [String] = []
    for index in 0..<head {
      guard let text = text(of: items[index], like: index) else { return nil }
      texts.append(text)
    }
    if head + tail < items.count || elidedPlace != nil { texts.append("…") }
    for place in (0..<tail).reversed() {
      let index = items.count - 1 - place
      let like = expected.count - 1 - place
      guard let text = text(of: items[index], like: max(like, 0)) else { return nil }
      texts.append(text)
    }
    return brackets.0 + texts.joined(separator: ", ") + brackets.1
  }

  /// How many elements to show at the start and at the end.
  private func ends(of items: [RecordedValue], elidedPlace: Int?) -> (head: Int, tail: Int) {
    var head = items.count
    var tail = 0
    if let first = expected.firstIndex(where: { $0 == nil }),
      let last = expected.lastIndex(where: { $0 == nil })
    {
      head = first
      tail = expected.count - 1 - last
    } else if expected.count != items.count, items.count > Self.longest || elidedPlace != nil {
      head = Self.shown
      tail = Self.shown
    }
    if let elidedPlace {
      head = min(head, elidedPlace)
      tail = min(tail, items.count - 1 - elidedPlace)
    }
    return head + tail <= items.count ? (head, tail) : (items.count, 0)
  }

  private func text(of item: RecordedValue, like index: Int) -> String? {
    if index < expected.count, index < written.count, let wanted = expected[index] {
      let (label, value) = Self.labelled(written[index])
      return wanted.rewritten(written: value, for: item).map { label + $0 }
    }
    // More elements than before: as precisely as the last number.
    let last = expected.indices.last { index in
      if case .number = expected[index] { index < written.count } else { false }
    }
    if let last, let like = expected[last], item.number != nil {
      return like.rewritten(written: written[last], for: item)
    }
    return item.defaultLiteral()
  }

  /// A tuple's element in its label, colon and spaces included, and its value.
  private static func labelled(_ element: String) -> (label: String, value: String) {
    let name = element.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard let first = name.first, !first.isNumber, element[name.endIndex...].hasPrefix(":") else {
      return ("", element)
    }
    let value = element[name.endIndex...].dropFirst().drop(while: \.isWhitespace)
    return (String(element[..<value.startIndex]), String(value))
  }

  /// The texts of a bracketed list's elements.
  static func elements(of text: String) -> [String] {
    let inside = text.dropFirst().dropLast()
    guard !inside.isEmpty else { return [] }
    var elements = [""]
    var depth = 0
    var isString = false
    var isEscaped = false
    for character in inside {
      if isString {
        if character == "\"", !isEscaped { isString = false }
        isEscaped = character == "\\" && !isEscaped
      } else {
        if character == "\"" { isString = true }
        if "[(".contains(character) { depth += 1 }
        if ")]".contains(character) { depth -= 1 }
        if character == ",", depth == 0 {
          elements.append("")
          continue
        }
      }
      elements[elements.count - 1].append(character)
    }
    return elements.map(\.trimmedOfSpaces)
  }
}
