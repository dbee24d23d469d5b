import Course
import StepRecords
import Testing

/// Evidence: by hand, and by law (what is rewritten holds).
@Suite("Rewriting expectations")
struct RewritingTests {
  @Test(
    "the style and precision stay",
    arguments: [
      ("0.0239", .float(0.023529412), "0.0235"),
      ("6.10e-05", .double(7.1234e-6), "7.12e-06"),
      ("6.1e-5", .double(7.16e-6), "7.2e-6"),
      ("1E+05", .double(2e6), "2E+06"),
      ("103", .integer(102), "102"),
      ("103", .float(102), "102"),
      ("42", .double(42.5), "42.5"),
      ("1.5", .double(-0.26), "-0.3"),
      ("−1.5", .double(-0.26), "−0.3"),
      // 0.03 would be off by more than is allowed, so digits are added.
      ("0.02 ± 0.001", .double(0.0317), "0.0317 ± 0.001"),
      ("0.02 ± 5%", .double(0.0317), "0.0317 ± 5%"),
      ("100 ± 5", .double(106.4), "106 ± 5"),
      ("[14, -71, 127]", .list([.integer(14), .integer(-72), .integer(127)]), "[14, -72, 127]"),
      ("[0.5, …]", .list([.double(0.25), .double(3)]), "[0.2, …]"),
      (
        "[0.50, 0.25]", .list([.double(0.125), .double(0.25), .double(0.333)]), "[0.12, 0.25, 0.33]"
      ),
      ("(1, 0.5)", .tuple([.integer(2), .double(0.75)]), "(2, 0.8)"),
      ("\"a\"", .string("b\n"), #""b\n""#),
      ("true", .boolean(false), "false"),
      (".int8", .described("Grid.uint8"), ".Grid.uint8"),
      ("holds", .verdict([VerdictCondition(name: "", holds: false)]), "fails"),
      ("3", .absent, "nil"),
      ("?", .float(0.023529412), "0.0235294"),
      ("?", .float(144), "144"),
      ("?", .double(42.0000001), "42.0"),
      ("?", .double(-0.0), "0"),
      ("?", .double(.nan), "nan"),
      ("?", .described("uint8"), ".uint8"),
      ("?", .described("18446744073709551615"), "18446744073709551615"),
      ("?", .list((0..<5).map { .integer($0) }), "[0, 1, 2, 3, 4]"),
      ("?", .list((0..<50).map { .integer($0) }), "[0, 1, 2, …, 47, 48, 49]"),
      (
        "?", .list([.integer(1), .integer(2), .elided(90), .integer(9)]), "[1, 2, …, 9]"
      ),
      ("5", .integer(5), "5"),
      ("< 0.1", .double(0.05), "< 0.1"),
      ("< 0.1", .double(0.5), nil),
      ("in 0...1", .double(2), nil),
      ("[< 1, 2]", .list([.double(0.5), .integer(3)]), nil),
      ("throws: x", .integer(1), nil),
    ] as [(String, RecordedValue, String?)])
  func byHand(written: String, value: RecordedValue, rewritten: String?) throws {
    let expected = try ExpectedValue(parsing: written)
    #expect(expected.rewritten(written: written, for: value) == rewritten)
  }

  private func value(_ random: inout ExpectationRandom, depth: Int) -> RecordedValue {
    switch Int.random(in: 0..<(depth > 2 ? 8 : 11), using: &random) {
    case 0: return .integer(Int(truncatingIfNeeded: random.next()))
    case 1: return .double(random.double(modest: true))
    case 2: return .double(random.double(modest: false))
    case 3: return .float(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
    case 4: return .string(random.code(pieces: 4))
    case 5: return .boolean(random.next() % 2 == 0)
    case 6: return .described("group(\(random.next() % 9), Axis.row)")
    case 7: return .integer(Int.random(in: -9...9, using: &random))
    case 8:
      let count = Int.random(in: 2...4, using: &random)
      return .tuple((0..<count).map { _ in value(&random, depth: depth + 1) })
    case 9:
      let count = Int.random(in: 0...20, using: &random)
      return .list((0..<count).map { _ in value(&random, depth: depth + 1) })
    default:
      let ends = (0..<4).map { _ in value(&random, depth: depth + 1) }
      return .list(ends[..<2] + [.elided(7)] + ends[2...])
    }
  }

  @Test("what is rewritten holds, and rewriting again changes nothing", arguments: 0..<20)
  func law(seed: Int) throws {
    var random = ExpectationRandom(seed: UInt64(seed) + 300)
    let styles = [
      "?", "0.5", "0.50", "1", "1e-4", "1.00e-04", "-3.25", "0.5 ± 0.01", "2 ± 3%", "[1, 0.5]",
      "[0.5, …, 1]", "[…]", "(1, 2)", "\"x\"", ".a", "true", "1_000", "0x1F", "inf",
    ]
    for _ in 0..<200 {
      let value = value(&random, depth: 0)
      let style = styles.randomElement(using: &random) ?? "?"
      let text = try ExpectedValue(parsing: style).rewritten(written: style, for: value)
      guard let text else {
        Issue.record("\(style) was not rewritten for \(value.text)")
        continue
      }
      let again = try ExpectedValue(parsing: text)
      #expect(again.judge(value).held, "\(text) for \(value.text)")
      #expect(again.rewritten(written: text, for: value) == text)
    }
  }

  @Test(
    "prose keeps its typography",
    arguments: [
      ("−71", .integer(-72), nil, "−72"),
      ("71", .integer(-72), nil, "−72"),
      ("1,024", .integer(1_234_567), nil, "1,234,567"),
      ("6.1·10⁻⁵", .double(7.26e-12), nil, "7.3·10⁻¹²"),
      ("6.1 × 10^-5", .double(7.26e4), nil, "7.3 × 10^4"),
      ("10⁻⁴", .double(1.2e-6), nil, "10⁻⁶"),
      ("10⁻⁴", .double(3e-6), nil, "3·10⁻⁶"),
      ("6.10e-05", .float(1e-4), nil, "1.00e-04"),
      ("39%", .double(0.414), "%", "41%"),
      ("39.0%", .double(0.41449), "%", "41.4%"),
      ("39%", .integer(41), nil, "41%"),
      ("39", .double(41.4), nil, "41"),
      ("0.5", .string("x"), nil, nil),
    ] as [(String, RecordedValue, String?, String?)])
  func prose(written: String, value: RecordedValue, unit: String?, rewritten: String?) {
    #expect(WrittenNumber.rewritten(prose: written, for: value, unit: unit) == rewritten)
  }
}
