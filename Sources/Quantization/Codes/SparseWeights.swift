/// A few weights of a matrix kept apart, row by row.
///
/// Each takes a value, of 16 bits unless one is too large for that, and a column of 16 bits; where a
/// row begins in the list takes 32 bits a row.
public struct SparseWeights: Hashable, Sendable {
  /// The values, ascending by place, held as Float.
  public let values: [Float]
  /// The column of each value.
  public let columns: [Int]
  /// Where each row begins in the list, and at last the number of values.
  public let rowStarts: [Int]
  /// What a value takes: 16 bits where each is a float16 number, 32 otherwise.
  public let bitsPerValue: Int

  /// Weights kept apart, from one list a row.
  ///
  /// - Parameters:
  ///   - rows: For each row its columns, ascending, and values.
  ///   - bitsPerValue: 16, and then each value is a float16 number, or 32.
  public init(rows: [[(column: Int, value: Float)]], bitsPerValue: Int = 16) {
    values = rows.flatMap { $0.map(\.value) }
    columns = rows.flatMap { $0.map(\.column) }
    var starts = [0]
    for row in rows { starts.append(starts[starts.count - 1] + row.count) }
    rowStarts = starts
    self.bitsPerValue = bitsPerValue
  }

  /// How many there are.
  public var count: Int { values.count }

  /// The places in a matrix of so many columns, row-major.
  public func places(columnCount: Int) -> [Int] {
    (0..<rowStarts.count - 1).flatMap { row in
      (rowStarts[row]..<rowStarts[row + 1]).map { row * columnCount + columns[$0] }
    }
  }

  /// What they occupy; nothing where there are none.
  public var items: [StorageCost.Item] {
    count == 0
      ? []
      : [
        .init("outlier values", count: count, bitsEach: bitsPerValue),
        .init("outlier columns", count: count, bitsEach: 16),
        .init("outlier row starts", count: rowStarts.count, bitsEach: 32),
      ]
  }
}
