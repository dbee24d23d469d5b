/// One thing a running chapter announces to its judge, in the order it happened.
///
/// Records are written one JSON object a line, each with a single `write`, so that whatever happened
/// before a trap is known after it. A step has held only when its `stepEnded` arrived.
public enum StepRecord: Hashable, Codable, Sendable {
  /// A step is about to run; `outputOffset` is how many bytes standard output held before it.
  case stepBegan(id: String, outputOffset: Int)
  /// A top-level statement of the running step is about to run: the line a trap is blamed on.
  case reached(line: Int)
  /// The value of an expectation, counted from 0 within its step.
  case value(expectation: Int, RecordedValue)
  /// A statement expected to throw did, with this description; `nil` when it returned instead.
  case thrown(expectation: Int, description: String?)
  /// A labelled value a reader should see.
  case shown(label: String, RecordedValue, unit: String?)
  /// Rows a reader should see.
  case table(ResultTable)
  /// A chart, as data.
  case chart(Chart)
  /// A step ran to its end.
  case stepEnded(id: String, outputOffset: Int, seconds: Double)
  /// An error left a step uncaught; the program stops.
  case uncaught(line: Int, description: String)
}

/// A small table of results: a header and rows of values.
public struct ResultTable: Hashable, Codable, Sendable {
  /// The caption, possibly empty.
  public let title: String
  /// Column names; as many as each row has values.
  public let columns: [String]
  /// The rows.
  public let rows: [[RecordedValue]]

  /// A table of results.
  public init(title: String, columns: [String], rows: [[RecordedValue]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }
}
