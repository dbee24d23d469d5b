import Course
import StepRecords
import Testing

/// Evidence: by hand.
@Suite("Expectation grammar")
struct ExpectationParserTests {
  private static func number(
    _ value: Double, _ precision: WrittenNumber.Precision,
    _ tolerance: ExpectedValue.Tolerance? = nil
  ) -> ExpectedValue {
    .number(written(value, precision), tolerance: tolerance)
  }

  private static func written(
    _ value: Double, _ precision: WrittenNumber.Precision
  ) -> WrittenNumber {
    WrittenNumber(value: value, precision: precision, isNegative: value.sign == .minus)
  }

  @Test(
    "every form of the table",
    arguments: [
      ("0.0273", number(0.0273, .decimals(4))),
      ("6.10e-05", number(6.1e-5, .significant(3))),
      ("1e-4", number(1e-4, .significant(1))),
      ("0", number(0, .exact)),
      ("-0", number(-0.0, .exact)),
      ("−71", number(-71, .exact)),
      ("1_024", number(1024, .exact)),
      ("0x1F", number(31, .exact)),
      ("0.0273 ± 0.0005", number(0.0273, .decimals(4), .absolute(0.0005))),
      ("0.0273 ± 2%", number(0.0273, .decimals(4), .relative(0.02))),
      ("100±5 %", number(100, .exact, .relative(0.05))),
      ("< 1e-4", .less(written(1e-4, .significant(1)), orEqual: false)),
      ("<=1", .less(written(1, .exact), orEqual: true)),
      ("≥ 0.9", .greater(written(0.9, .decimals(1)), orEqual: true)),
      ("> -1", .greater(written(-1, .exact), orEqual: false)),
      ("in 0.1...0.2", .within(written(0.1, .decimals(1)), written(0.2, .decimals(1)))),
      ("in -3 … 4", .within(written(-3, .exact), written(4, .exact))),
      ("inf", number(.infinity, .exact)),
      ("-inf", number(-.infinity, .exact)),
      ("nan", .member("nan")),
      ("\"int8\"", .string("int8")),
      (#""a\"b\\\n\u{e9}""#, .string("a\"b\\\né")),
      ("true", .boolean(true)),
      ("nil", .absent),
      (".uint8", .member("uint8")),
      (".group(128)", .member("group(128)")),
      (".text(\")\")", .member("text(\")\")")),
      ("IntegerGrid.uint8", .member("IntegerGrid.uint8")),
      ("[]", .list([])),
      (
        "[14, -71, 127]",
        .list([number(14, .exact), number(-71, .exact), number(127, .exact)])
      ),
      (
        "[0.5, …, [1], ...]",
        .list([number(0.5, .decimals(1)), nil, .list([number(1, .exact)]), nil])
      ),
      ("(1, 0.5)", .tuple([number(1, .exact), number(0.5, .decimals(1))])),
      ("(code: 1, error: 0.5)", .tuple([number(1, .exact), number(0.5, .decimals(1))])),
      ("(1)", number(1, .exact)),
      ("holds", .verdict(.holds)),
      ("fails", .verdict(.fails)),
      ("holds when normal, heavy-tailed", .verdict(.holdsWhen(["normal", "heavy-tailed"]))),
      ("error: overflows", .compileError("overflows")),
      ("traps: out of range", .trap("out of range")),
      ("traps:", .trap("")),
      ("throws: group size 48", .thrown("group size 48")),
      ("?", .unfilled),
      ("  ?  ", .unfilled),
    ] as [(String, ExpectedValue)])
  func forms(written: String, expected: ExpectedValue) throws {
    #expect(try ExpectedValue(parsing: written) == expected)
  }

  @Test(
    "anything else is refused with what to write",
    arguments: [
      ("", "write a number"), ("uint8", ".uint8"), ("39%", "write the fraction"),
      ("1,024", "1024"), (".5", "write 0 before"), ("5.", "5.0"), ("[1, 2", "comma or ]"),
      ("[1 2]", "comma or ]"), ("\"open", "add \""), ("in 0.2...0.1", "lower end first"),
      ("in 0.1..<0.2", "0.1...0.2"), ("144 the even one", "in the prose"),
      ("1.2.3", "in the prose"),
      ("0.5 ± -1", "positive"), ("1e", "not a number"), ("12abc", "not a number"),
      ("< true", "not a number"), ("holdsx", ".holdsx"), (". ", "dot"), ("\"\\q\"", "backslash"),
      ("1e999999", "not a number"), ("=> 3", "write a number"),
    ])
  func refusals(written: String, advice: String) {
    let error = #expect(throws: ExpectationSyntaxError.self) {
      try ExpectedValue(parsing: written)
    }
    #expect(error?.description.contains(advice) == true, "\(error?.description ?? "none")")
  }

  @Test("nothing written makes the parser crash", arguments: 0..<40)
  func fuzz(seed: Int) {
    var random = ExpectationRandom(seed: UInt64(seed) + 2000)
    let pieces = [
      "[", "]", "(", ")", "1", "0.5", "e-4", "-", "−", "±", "%", "…", "...", ",", " ", "\"", "\\",
      "in ", "< ", ">=", ".a", "nil", "holds when ", "?", "_", "x:", "u{", "é", ".", "0x", "inf",
    ]
    for _ in 0..<400 {
      let text = (0..<12).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      if let value = try? ExpectedValue(parsing: text) {
        _ = value.judge(.list([.integer(1), .double(0.5)]))
        _ = value.rewritten(written: text, for: .double(0.25))
        _ = value.rewritten(written: text, for: .list([.integer(1), .elided(3), .double(0.5)]))
      }
      _ = WrittenNumber(prose: text)
    }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: ExpectationSyntaxError.self) { try ExpectedValue(parsing: deep) }
  }

  @Test(
    "numbers as prose writes them",
    arguments: [
      ("−71", -71, .exact), ("1,024", 1024, .exact), ("1,024.50", 1024.5, .decimals(2)),
      ("6.1·10⁻⁵", 6.1e-5, .significant(2)), ("6.10 × 10^-5", 6.1e-5, .significant(3)),
      ("6.1×10^{-5}", 6.1e-5, .significant(2)), ("10⁻⁴", 1e-4, .significant(1)),
      ("10^6", 1e6, .significant(1)), ("6.10e-05", 6.1e-5, .significant(3)),
      ("39%", 39, .exact), ("39.2 %", 39.2, .decimals(1)), ("+0.5", 0.5, .decimals(1)),
      ("10", 10, .exact), ("-0.0", -0.0, .decimals(1)),
    ] as [(String, Double, WrittenNumber.Precision)])
  func prose(text: String, value: Double, precision: WrittenNumber.Precision) throws {
    let number = try #require(WrittenNumber(prose: text))
    #expect(number.value == value && number.precision == precision)
    #expect(number.isPercent == text.hasSuffix("%"))
    #expect(number.isNegative == (value.sign == .minus))
  }

  @Test(
    "what is no number stays a link",
    arguments: ["", "two", "1.2.3", "e8", "10⁻", "2⁸", "1,02", "§3.1", "0.5 dB", "1 000", "%", "-"])
  func notNumbers(text: String) {
    #expect(WrittenNumber(prose: text) == nil)
  }

  @Test("digits beyond a double are kept")
  func digits() throws {
    let long = try #require(WrittenNumber(code: "9007199254740993"))
    #expect(ExpectedValue.number(long, tolerance: nil).judge(.integer(9_007_199_254_740_993)).held)
    #expect(!ExpectedValue.number(long, tolerance: nil).judge(.integer(9_007_199_254_740_992)).held)
    // 0.1 as a double is 0.1000000000000000055…: twenty decimals tell them apart.
    let exact = try ExpectedValue(parsing: "0.10000000000000000000")
    let stored = try ExpectedValue(parsing: "0.10000000000000000555")
    #expect(!exact.judge(.double(0.1)).held)
    #expect(stored.judge(.double(0.1)).held)
  }
}
