/// Records of comma-separated values, in which a quoted field may hold commas, quotes and line ends.
///
/// Source: RFC 4180; a line may also end with a line feed alone.
struct CSVRecords {
  /// A record and the line it begins on.
  struct Record: Equatable {
    let line: Int
    let fields: [String]
  }

  let records: [Record]

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - text: Its contents; an empty line is no record.
  ///   - path: What to call it in messages.
  /// - Throws: `Failure` where a quoted field does not end.
  init(_ text: String, path: String) throws {
    var reader = Reader(bytes: Array(text.utf8))
    var records: [Record] = []
    while reader.place < reader.bytes.count {
      let line = reader.line
      guard let fields = reader.record() else {
        throw Failure(
          .badData,
          "\(path):\(line): a quoted field of this record does not end; a quote inside one is doubled"
        )
      }
      if fields != [""] { records.append(Record(line: line, fields: fields)) }
    }
    self.records = records
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0
    var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let feed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The fields up to the end of a line that is not quoted; nil where a quote stays open.
    mutating func record() -> [String]? {
      var fields: [String] = []
      var field: [UInt8] = []
      var isQuoted = false
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        if byte == Self.feed { line += 1 }
        if isQuoted {
          if byte != Self.quote {
            field.append(byte)
          } else if place < bytes.count, bytes[place] == Self.quote {
            field.append(byte)
            place += 1
          } else {
            isQuoted = false
          }
          continue
        }
        switch byte {
        case Self.quote where field.isEmpty: isQuoted = true
        case UInt8(ascii: ","):
          fields.append(String(decoding: field, as: UTF8.self))
          field = []
        case Self.carriageReturn where place < bytes.count && bytes[place] == Self.feed: break
        case Self.feed:
          fields.append(String(decoding: field, as: UTF8.self))
          return fields
        default: field.append(byte)
        }
      }
      if isQuoted { return nil }
      fields.append(String(decoding: field, as: UTF8.self))
      return fields
    }
  }
}
