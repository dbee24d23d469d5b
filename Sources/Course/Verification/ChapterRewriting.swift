/// A chapter's text on its way from what is written to what was found.
///
/// Only the numbers that change are touched: every other byte stays, line ends and bytes that are no
/// UTF-8 included.
struct ChapterRewriting {
  /// How far below the line that is known for it a number in prose may stand.
  private static let reach = 40
  /// Emphasis and code that may stand around a number, inside a link or before a comment.
  private static let marks = ["", "**", "*", "__", "_", "`"]

  private let separator: UInt8
  private var lines: [[UInt8]]

  /// The text as it is written.
  init(_ bytes: [UInt8]) {
    let lineFeed = UInt8(ascii: "\n")
    separator = bytes.contains(lineFeed) ? lineFeed : UInt8(ascii: "\r")
    lines = bytes.split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
  }

  /// The text as it is now.
  var bytes: [UInt8] {
    Array(lines.joined(separator: [separator]))
  }

  /// Makes one change.
  ///
  /// - Parameter change: The change.
  /// - Returns: Whether what changes was found.
  mutating func make(_ change: AcceptedChange) -> Bool {
    let first = change.line - 1
    guard lines.indices.contains(first) else { return false }
    switch change.place {
    case .expectation: return replace(on: first) { Self.expectation(in: $0, change) }
    case .prose:
      // A link may stand a few lines below the one its paragraph begins on, but in the paragraph.
      for index in first...min(first + Self.reach, lines.count - 1) {
        if index > first, Self.endsProse(String(decoding: lines[index], as: UTF8.self)) { break }
        if replace(on: index, { Self.prose(in: $0, change) }) { return true }
      }
      return false
    }
  }

  /// Puts a text where another was found on a line.
  private mutating func replace(
    on index: Int, _ find: (String) -> (range: Range<String.Index>, text: String)?
  ) -> Bool {
    guard let line = String(validating: lines[index], as: UTF8.self), let found = find(line) else {
      return false
    }
    lines[index] = Array(
      (line[..<found.range.lowerBound] + found.text + line[found.range.upperBound...]).utf8)
    return true
  }

  /// What stands behind the `=>` of a line's expectation, however far behind.
  private static func expectation(
    in line: String, _ change: AcceptedChange
  ) -> (range: Range<String.Index>, text: String)? {
    for arrow in line.ranges(of: "=>").reversed() {
      let rest = line[arrow.upperBound...]
      guard let start = rest.firstIndex(where: { !$0.isWhitespace }),
        let last = rest.lastIndex(where: { !$0.isWhitespace }), rest[start...last] == change.old
      else { continue }
      return (start..<line.index(after: last), change.new)
    }
    return nil
  }

  /// The number of a link, or the one before a value comment, outside of code and other comments.
  private static func prose(
    in line: String, _ change: AcceptedChange
  ) -> (range: Range<String.Index>, text: String)? {
    let hidden = hiddenRanges(in: line)
    for mark in marks {
      let forms = [
        ("[\(mark)", "\(mark)](#\(change.name))"), ("[\(mark)", "\(mark)](#\(change.name) "),
        (mark, "\(mark)<!--=\(change.name)-->"), (mark, "\(mark)<!--= \(change.name) -->"),
      ]
      for (before, after) in forms {
        let found = line.ranges(of: before + change.old + after).first { range in
          !hidden.contains { $0.lowerBound < range.lowerBound && range.lowerBound < $0.upperBound }
            && (!before.isEmpty || !runsOn(line[..<range.lowerBound]))
        }
        if let found { return (found, before + change.new + after) }
      }
    }
    return nil
  }

  /// Whether a text's end and a number behind it are one number or one word.
  private static func runsOn(_ text: Substring) -> Bool {
    guard let last = text.last else { return false }
    return last.isLetter || last.isNumber || ".,_·×^-−–+".contains(last)
  }

  /// Code spans, and comments that are none behind a number.
  private static func hiddenRanges(in line: String) -> [Range<String.Index>] {
    var ranges: [Range<String.Index>] = []
    var place = line.startIndex
    while place < line.endIndex {
      let rest = line[place...]
      if rest.hasPrefix("<!--"), !rest.hasPrefix("<!--=") {
        let end = rest.firstRange(of: "-->")?.upperBound ?? line.endIndex
        ranges.append(place..<end)
        place = end
      } else if rest.hasPrefix("`") {
        let ticks = rest.prefix { $0 == "`" }
        let inside = line[ticks.endIndex...]
        let closing = inside.ranges(of: ticks).first { range in
          inside[..<range.lowerBound].last != "`" && inside[range.upperBound...].first != "`"
        }
        if let closing { ranges.append(place..<closing.upperBound) }
        place = closing?.upperBound ?? ticks.endIndex
      } else {
        place = line.index(after: place)
      }
    }
    return ranges
  }

  /// Whether a line is blank or a fence's, apart from quotation marks before it.
  private static func endsProse(_ line: String) -> Bool {
    let text = line.drop { $0.isWhitespace || $0 == ">" }
    return text.isEmpty || text.hasPrefix("```") || text.hasPrefix("~~~")
  }
}
