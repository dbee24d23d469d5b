/// Why a formula cannot be read, and where.
public struct TeXError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The UTF-8 offset in the formula.
  public let offset: Int
  /// The line in the formula, counted from 0.
  public let line: Int
  /// The column in that line, in characters counted from 1.
  public let column: Int
  /// What is wrong and what to do, in one sentence without its end.
  public let summary: String

  /// The summary with its place in the formula.
  public var description: String {
    line == 0 ? "\(summary) (column \(column))" : "\(summary) (line \(line + 1), column \(column))"
  }

  /// An error at an offset of a formula.
  init(_ summary: String, at offset: Int, in bytes: [UInt8]) {
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    self.offset = offset
    self.summary = summary
    line = before.count { $0 == 0x0A }
    column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
  }
}
