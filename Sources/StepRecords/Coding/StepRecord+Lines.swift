internal import FoundationEssentials

extension StepRecord {
  /// The record as one line of JSON, its line feed included.
  ///
  /// One line a record lets the writer hand over each with a single `write`, and lets the reader lose
  /// at most the record that a crash cut short.
  public func line() -> [UInt8] {
    guard let data = try? JSONEncoder().encode(self) else { return [] }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }

  /// Every complete record in `bytes`, in order; a last line without its line feed is left out.
  ///
  /// - Parameter bytes: What a running chapter wrote, perhaps cut short by a crash.
  /// - Returns: The records of every line that reads as one.
  public static func records(in bytes: [UInt8]) -> [StepRecord] {
    let decoder = JSONDecoder()
    var records: [StepRecord] = []
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if let record = try? decoder.decode(StepRecord.self, from: Data(bytes[start..<end])) {
        records.append(record)
      }
      start = end + 1
    }
    return records
  }
}
