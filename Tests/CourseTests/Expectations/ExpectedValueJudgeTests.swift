import Course
import StepRecords
import Testing

/// Evidence: by hand.
@Suite("Judging values that are not numbers")
struct ExpectedValueJudgeTests {
  private static let long = RecordedValue.list([
    .integer(1), .integer(2), .elided(96), .integer(99), .integer(100),
  ])

  @Test(
    "kinds, lists, members",
    arguments: [
      ("\"int8\"", .string("int8"), true),
      ("\"int8\"", .string("int4"), false),
      ("true", .boolean(true), true),
      ("false", .integer(0), false),
      ("nil", .absent, true),
      ("nil", .integer(0), false),
      ("3", .absent, false),
      (".uint8", .described("uint8"), true),
      (".uint8", .described("IntegerGrid.uint8"), true),
      (".uint8", .described(".uint8"), true),
      ("IntegerGrid.uint8", .described("uint8"), true),
      (".uint8", .described("int8"), false),
      (".int8", .described("uint8"), false),
      (".uint8", .described("uint8 (0...255)"), true),
      (".int8", .described("int8 restricted (-127...127)"), false),
      (".group", .described("group(128)"), false),
      (".group(128)", .described("group(128)"), true),
      (".group(128)", .described("group(64)"), false),
      (".pair(.row, 1.5)", .described("pair(Main.Axis.row, 1.5)"), true),
      (".pair(.row, 1.5)", .described("pair(Main.Axis.column, 1.5)"), false),
      (".named(\"a.b\")", .described("named(\"a.b\")"), true),
      (".named(\"a.b\")", .described("named(\"b\")"), false),
      ("[1, 2]", .list([.integer(1), .integer(2)]), true),
      ("[1, 2]", .list([.integer(2), .integer(1)]), false),
      ("[1]", .list([.integer(1), .integer(2)]), false),
      ("[1, …]", .list([.integer(1), .integer(2)]), true),
      ("[…, 2]", .list([.integer(1), .integer(2)]), true),
      ("[…]", .list([]), true),
      ("[1, …, 2]", .list([.integer(1), .integer(2)]), true),
      ("[…, 2, …, 4, …]", .list([1, 2, 3, 4].map { .integer($0) }), true),
      ("[…, 4, …, 2, …]", .list([1, 2, 3, 4].map { .integer($0) }), false),
      ("[1, 2, …, 100]", long, true),
      ("[1, 2, 99, 100]", long, false),
      ("[1, 2, 3, …]", long, false),
      ("[0.5, 1e-2]", .list([.float(0.4999), .double(0.0101)]), true),
      ("[[1], [2]]", .list([.list([.integer(1)]), .list([.integer(2)])]), true),
      ("[< 1, 2 ± 1]", .list([.double(0.5), .integer(3)]), true),
      ("(1, 0.5)", .tuple([.integer(1), .double(0.5)]), true),
      ("(1, 0.5)", .list([.integer(1), .double(0.5)]), false),
      ("holds", .verdict([VerdictCondition(name: "", holds: true)]), true),
      ("fails", .verdict([VerdictCondition(name: "", holds: true)]), false),
      ("holds", .boolean(true), false),
      ("?", .integer(1), false),
      ("throws: x", .integer(1), false),
    ] as [(String, RecordedValue, Bool)])
  func judges(written: String, value: RecordedValue, held: Bool) throws {
    let judgement = try ExpectedValue(parsing: written).judge(value)
    #expect(judgement.held == held)
    #expect((judgement.reason == nil) == held)
    #expect(!judgement.actual.isEmpty)
  }

  @Test("a verdict over conditions names exactly those that held")
  func verdicts() throws {
    let mixed = RecordedValue.verdict([
      VerdictCondition(name: "normal", holds: true), VerdictCondition(name: "heavy", holds: false),
      VerdictCondition(name: "flat", holds: true),
    ])
    #expect(try ExpectedValue(parsing: "holds when flat, normal").judge(mixed).held)
    for wrong in ["holds", "fails", "holds when normal", "holds when normal, heavy, flat"] {
      #expect(try !ExpectedValue(parsing: wrong).judge(mixed).held)
    }
    #expect(mixed.text == "holds when normal, flat")
  }

  @Test("an element that does not hold is named")
  func element() throws {
    let value = RecordedValue.list([.integer(1), .integer(5)])
    #expect(try ExpectedValue(parsing: "[1, 2]").judge(value).reason == "element 1 is 5")
  }

  @Test("words of errors are searched, spaces evened out")
  func words() throws {
    let expected = try ExpectedValue(parsing: "throws: group size 48")
    #expect(expected.judge(text: "the group  size\n48 does not divide").held)
    #expect(!expected.judge(text: "group size 64").held)
    #expect(try ExpectedValue(parsing: "traps:").judge(text: "anything").held)
    #expect(try !ExpectedValue(parsing: "3").judge(text: "3").held)
  }

  @Test(
    "values as text",
    arguments: [
      (.float(0.023529412), "0.023529412", "0.0235294"),
      (.double(1.0 / 3), "0.3333333333333333", "0.333333"),
      (.float(144), "144.0", "144"),
      (.double(42.0000001), "42.0000001", "42.0"),
      (.double(6.1e-5), "6.1e-05", "6.1e-05"),
      (.double(1_234_567.89), "1234567.89", "1234567.9"),
      (.double(-1e20), "-1e+20", "-1e+20"),
      (.double(.nan), "nan", "nan"),
      (.float(-.infinity), "-inf", "-inf"),
      (.integer(-7), "-7", "-7"),
      (.string("a\"b\n"), #""a\"b\n""#, #""a\"b\n""#),
      (.described("uint8"), ".uint8", ".uint8"),
      (.described("group(128)"), ".group(128)", ".group(128)"),
      (.described("Matrix(rows: 2)"), "Matrix(rows: 2)", "Matrix(rows: 2)"),
      (.list([.integer(1), .elided(5), .absent]), "[1, …, nil]", "[1, …, nil]"),
      (.tuple([.boolean(true), .float(0.1)]), "(true, 0.1)", "(true, 0.1)"),
    ] as [(RecordedValue, String, String)])
  func texts(value: RecordedValue, text: String, display: String) {
    #expect(value.text == text)
    #expect(value.displayText == display)
  }

  @Test("units stand behind; a percentage is a fraction times 100")
  func units() {
    #expect(RecordedValue.float(0.0118).displayText(unit: "volts") == "0.0118 volts")
    #expect(RecordedValue.double(0.392).displayText(unit: "%") == "39.2%")
    #expect(RecordedValue.integer(1).displayText(unit: "%") == "100%")
    #expect(RecordedValue.integer(1).displayText(unit: nil) == "1")
  }
}
