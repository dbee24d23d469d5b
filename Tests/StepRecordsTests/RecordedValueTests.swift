import StepRecords
import Testing

/// By hand: values as a chapter has them, and as they cross to the judge.
@Suite("recorded values")
struct RecordedValueTests {
  private enum Kind {
    case uint8
    case group(Int)
  }
  private struct Plain { let size = 3 }

  @Test("every kind of value is recorded by what it is when the program runs")
  func kinds() {
    #expect(RecordedValue(recording: true) == .boolean(true))
    #expect(RecordedValue(recording: Int8(-7)) == .integer(-7))
    #expect(RecordedValue(recording: UInt64.max) == .described("18446744073709551615"))
    #expect(RecordedValue(recording: Float(0.1)) == .float(0.1))
    #expect(RecordedValue(recording: 0.1) == .double(0.1))
    #expect(RecordedValue(recording: "text"[...]) == .string("text"))
    #expect(RecordedValue(recording: Character("é")) == .string("é"))
    #expect(RecordedValue(recording: Optional<Int>.none as Any) == .absent)
    #expect(RecordedValue(recording: Optional(Optional(3)) as Any) == .integer(3))
    #expect(
      RecordedValue(recording: (1, half: Float(0.5))) == .tuple([.integer(1), .float(0.5)]))
    #expect(RecordedValue(recording: [1, 2].map { $0 * 2 }) == .list([.integer(2), .integer(4)]))
    #expect(RecordedValue(recording: [Int?.none, 1]) == .list([.absent, .integer(1)]))
    #expect(RecordedValue(recording: Kind.uint8) == .described("uint8"))
    #expect(RecordedValue(recording: Kind.group(128)) == .described("group(128)"))
    #expect(RecordedValue(recording: 1...3) == .described("1...3"))
    #expect(RecordedValue(recording: ["b": 2, "a": 1]) == .described("[\"a\": 1, \"b\": 2]"))
    #expect(RecordedValue(recording: Set([3])) == .described("[3]"))
    #expect(RecordedValue(recording: Plain()) == .described("Plain(size: 3)"))
    #expect(RecordedValue(recording: RecordedValue.integer(1)) == .integer(1))
  }

  @Test("a long collection keeps its head and its tail")
  func long() {
    guard case .list(let elements) = RecordedValue(recording: Array(0..<5000)) else {
      Issue.record("an array is a list")
      return
    }
    #expect(elements.count == 1025)
    #expect(elements[511] == .integer(511))
    #expect(elements[512] == .elided(5000 - 1024))
    #expect(elements[513] == .integer(5000 - 512))
  }

  @Test("whatever is recorded crosses as JSON unchanged, NaN and -0 included")
  func coding() throws {
    let value = RecordedValue.list([
      .absent, .boolean(false), .integer(.min), .float(.leastNonzeroMagnitude),
      .double(.infinity), .double(-0.0), .string("\"\n\u{0}é"), .tuple([.elided(3)]),
      .verdict([VerdictCondition(name: "a", holds: true)]), .described("uint8"),
    ])
    let records = StepRecord.records(
      in: StepRecord.value(expectation: 2, value).line()
        + StepRecord.value(expectation: 3, .float(.nan)).line())
    #expect(records[0] == .value(expectation: 2, value))
    guard case .value(_, .list(let items)) = records[0], case .double(let zero) = items[5],
      case .value(3, .float(let number)) = records[1]
    else {
      Issue.record("two values were written")
      return
    }
    #expect(zero.sign == .minus)
    #expect(number.isNaN)
  }

  @Test("a record that a crash cut short is left out, and those before it stand")
  func cut() {
    let whole = StepRecord.reached(line: 12).line()
    let bytes = whole + StepRecord.stepBegan(id: "next", outputOffset: 0).line().dropLast(3)
    #expect(StepRecord.records(in: bytes) == [.reached(line: 12)])
    #expect(StepRecord.records(in: []) == [])
  }
}
