/// A chapter's bytes made safe to read: valid UTF-8, lines ended by `\n`, no byte order mark, no NULs.
///
/// Line numbers are those of the file: `\r\n` and a lone `\r` each end one line, as CommonMark says.
struct SourceText {
  /// The whole text.
  let text: String
  /// Its lines without their ends; the empty line behind a final `\n` is not one.
  let lines: [Substring]
  /// What had to be mended.
  let problems: [Problem]

  /// Something that had to be mended, and the line of its first appearance.
  struct Problem: Hashable {
    let id: String
    let line: Int
    let summary: String
  }

  /// Reads bytes that may be anything.
  init(bytes: [UInt8]) {
    var problems: [Problem] = []
    var body = bytes[...]
    if body.starts(with: [0xEF, 0xBB, 0xBF]) {
      body = body.dropFirst(3)
    } else if body.starts(with: [0xFF, 0xFE]) || body.starts(with: [0xFE, 0xFF]) {
      problems.append(
        Problem(
          id: "invalid-utf8", line: 1,
          summary: "the file is UTF-16; save it as UTF-8"))
    }
    var unified = Self.withUnixLineEnds(body)
    if let nul = unified.firstIndex(of: 0), problems.isEmpty {
      problems.append(
        Problem(
          id: "nul-character", line: Self.line(of: nul, in: unified),
          summary: "there is a NUL character here; remove it (it is read as \u{FFFD})"))
    }
    if unified.contains(0) {
      let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
      unified = unified.flatMap { $0 == 0 ? replacement : [$0] }
    }
    if let valid = String(validating: unified, as: UTF8.self) {
      text = valid
    } else {
      if !problems.contains(where: { $0.id == "invalid-utf8" }) {
        problems.append(Self.invalidUTF8(in: unified))
      }
      text = String(decoding: unified, as: UTF8.self)
    }
    var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { Substring($0) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    self.lines = lines
    self.problems = problems
  }

  /// The text of a range of lines, counted from 1; lines outside the file are left out.
  func text(ofLines range: Range<Int>) -> String {
    lines(in: range).joined(separator: "\n")
  }

  /// A range of lines, counted from 1; lines outside the file are left out.
  func lines(in range: Range<Int>) -> ArraySlice<Substring> {
    let lower = min(max(range.lowerBound - 1, 0), lines.count)
    let upper = min(max(range.upperBound - 1, lower), lines.count)
    return lines[lower..<upper]
  }

  private static func withUnixLineEnds(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(0x0D) else { return Array(bytes) }
    var unified: [UInt8] = []
    unified.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D {
        unified.append(0x0A)
      } else if byte != 0x0A || previous != 0x0D {
        unified.append(byte)
      }
      previous = byte
    }
    return unified
  }

  private static func line(of index: Int, in bytes: [UInt8]) -> Int {
    1 + bytes[..<index].count { $0 == 0x0A }
  }

  private static func invalidUTF8(in bytes: [UInt8]) -> Problem {
    var iterator = bytes.makeIterator()
    var parser = UTF8.ForwardParser()
    var position = 0
    scan: while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded): position += encoded.count
      case .emptyInput, .error: break scan
      }
    }
    let index = min(position, bytes.count - 1)
    let line = line(of: index, in: bytes)
    let column = index - (bytes[..<index].lastIndex(of: 0x0A) ?? -1)
    let byte = String(bytes[index], radix: 16, uppercase: true)
    return Problem(
      id: "invalid-utf8", line: line,
      summary:
        "the text is not valid UTF-8: byte 0x\(byte) at column \(column); save the file as UTF-8"
    )
  }
}
