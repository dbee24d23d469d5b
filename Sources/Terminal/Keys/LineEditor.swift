/// A line being typed: its text, a cursor, and what keys do to them.
///
/// What counts as one step for the cursor is what a reader sees as one character; how far it moves on
/// the screen is that character's width.
package struct LineEditor {
  /// What a key came to.
  package enum Outcome: Hashable, Sendable {
    /// The line or its cursor changed, or nothing did.
    case edited
    /// Enter: the line is done.
    case submitted
    /// Escape: the line is given up.
    case cancelled
    /// Ctrl-D on an empty line.
    case ended
  }

  private var characters: [Character]
  /// How many characters stand before the cursor.
  package private(set) var cursor: Int
  private let candidates: [String]
  private var completion: (stem: String, next: Int)?

  /// A line with something in it, the cursor after it.
  ///
  /// - Parameters:
  ///   - text: What stands there already.
  ///   - candidates: What Tab completes to.
  package init(_ text: String = "", completingTo candidates: [String] = []) {
    characters = Array(text)
    cursor = characters.count
    self.candidates = candidates
  }

  /// The line.
  package var text: String { String(characters) }

  /// Does what a key asks.
  ///
  /// - Parameter key: The key.
  /// - Returns: Whether the line goes on.
  package mutating func take(_ key: TerminalKey) -> Outcome {
    if key != .tab { completion = nil }
    switch key {
    case .enter: return .submitted
    case .escape: return .cancelled
    case .control("d"):
      if characters.isEmpty { return .ended }
      delete(cursor..<min(cursor + 1, characters.count))
    case .character(let character): insert(character)
    case .backspace: delete(max(0, cursor - 1)..<cursor)
    case .delete: delete(cursor..<min(cursor + 1, characters.count))
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .wordLeft: cursor = wordStart
    case .wordRight: cursor = wordEnd
    case .control("u"): delete(0..<cursor)
    case .control("k"): delete(cursor..<characters.count)
    case .control("w"): delete(wordStart..<cursor)
    case .tab: complete()
    default: break
    }
    return .edited
  }

  /// The part of the line that fits, and the column in it where the cursor stands.
  ///
  /// - Parameter width: Columns there are, the cursor's own included.
  package func view(width: Int) -> (text: String, column: Int) {
    let width = max(2, width)
    let widths = characters.map { DisplayWidth.of($0) }
    var start = 0
    var before = widths[..<cursor].reduce(0, +)
    while before > width - 1, start < cursor {
      before -= widths[start]
      start += 1
    }
    var end = start
    var used = 0
    while end < characters.count, used + widths[end] <= width - 1 {
      used += widths[end]
      end += 1
    }
    return (String(characters[start..<end]), before)
  }

  private mutating func insert(_ character: Character) {
    // A mark joins what stands before it, so the text decides where characters begin.
    let before = String(characters[..<cursor]) + String(character)
    characters = Array(before + String(characters[cursor...]))
    cursor = min(before.count, characters.count)
  }

  private mutating func delete(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private var wordStart: Int {
    var place = cursor
    while place > 0, characters[place - 1].isWhitespace { place -= 1 }
    while place > 0, !characters[place - 1].isWhitespace { place -= 1 }
    return place
  }

  private var wordEnd: Int {
    var place = cursor
    while place < characters.count, characters[place].isWhitespace { place += 1 }
    while place < characters.count, !characters[place].isWhitespace { place += 1 }
    return place
  }

  /// Tab shows, one after the other, every candidate that begins as the line does, then those that
  /// hold it somewhere.
  private mutating func complete() {
    let (stem, next) = completion ?? (text, 0)
    let lower = stem.lowercased()
    let fitting =
      candidates.filter { $0.lowercased().hasPrefix(lower) }
      + candidates.filter {
        !$0.lowercased().hasPrefix(lower) && $0.lowercased().contains(lower)
      }
    guard !fitting.isEmpty else { return }
    characters = Array(fitting[next % fitting.count])
    cursor = characters.count
    completion = (stem, next + 1)
  }
}
