/// What an extended header of a tar archive says of the next part.
///
/// Each record is `LENGTH KEY=VALUE` and a line feed, the length that of the whole record in bytes.
///
/// Source: POSIX.1-2017, pax, "pax Extended Header".
struct PaxRecords {
  /// The next part's name; nil where it is not said.
  private(set) var path: [UInt8]?
  /// The next part's length; nil where it is not said.
  private(set) var size: Int?
  /// Whether the next part leaves out zeros, which nobody here puts back.
  private(set) var isSparse = false

  /// Reads records.
  ///
  /// - Parameter content: All of them.
  /// - Throws: `TarHeader.Failure` for records of another form.
  init(_ content: [UInt8]) throws(TarHeader.Failure) {
    let damaged = TarHeader.Failure(reason: "an extended header is damaged")
    var rest = content[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != 0x20 }
      guard (1...9).contains(digits.count), let length = Self.number(digits),
        length > digits.count + 1, length <= rest.count
      else { throw damaged }
      let record = rest.prefix(length).dropFirst(digits.count + 1)
      guard record.last == 0x0A, let equals = record.firstIndex(of: 0x3D) else { throw damaged }
      rest = rest.dropFirst(length)
      let key = String(decoding: record[..<equals], as: UTF8.self)
      let value = record[(equals + 1)...].dropLast()
      switch key {
      case "path": path = Array(value)
      case "size":
        guard (1...18).contains(value.count), let size = Self.number(value) else { throw damaged }
        self.size = size
      default: if key.hasPrefix("GNU.sparse.") { isSparse = true }
      }
    }
  }

  /// Decimal digits, at most eighteen.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
