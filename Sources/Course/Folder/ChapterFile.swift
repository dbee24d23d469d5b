/// A chapter that has not been read yet: its file and its name.
public struct ChapterFile: Hashable, Sendable {
  /// The path under the chapters folder without `.md`: `03-rounding`, `builds/cs-student`.
  public let id: String
  /// The file, as it is opened and as messages name it.
  public let path: String
  /// The number its name begins with.
  public let number: Int?
  /// What its citations are checked against.
  public let bibliography: Bibliography?

  /// A chapter's file.
  ///
  /// - Parameters:
  ///   - id: The chapter's id; its number is the digits before the first `-`.
  ///   - path: The file.
  ///   - bibliography: What citations are checked against; nil leaves them unchecked.
  public init(id: String, path: String, bibliography: Bibliography? = nil) {
    self.id = id
    self.path = path
    self.bibliography = bibliography
    let digits = id.prefix { $0.isASCII && $0.isNumber }
    number = id.dropFirst(digits.count).first == "-" ? Int(digits) : nil
  }

  /// Everything in the file.
  ///
  /// - Returns: The bytes as they are.
  /// - Throws: ``CourseError`` when the file is not there or cannot be read.
  public func bytes() throws(CourseError) -> [UInt8] {
    try FileReading.bytes(of: path)
  }

  /// Reads and parses the file.
  ///
  /// - Returns: The chapter, and everything its author should know, in line order.
  /// - Throws: ``CourseError`` when the file is not there or cannot be read.
  public func parse() throws(CourseError) -> (chapter: Chapter, diagnostics: [Diagnostic]) {
    ChapterParser(bytes: try bytes(), id: id, path: path, bibliography: bibliography).parse()
  }
}
