import Course
import Glibc
import StepRecords
import Testing

/// Evidence: by second implementation (the C library's `printf` prints binary numbers exactly and
/// rounds ties to even; 128-bit integers decide ties without any text), and by hand.
@Suite("Judging numbers")
struct NumberJudgeTests {
  private func printed(_ format: String, _ value: Double, _ digits: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 2000)
    let count = withVaList([Int32(digits), value]) {
      vsnprintf(&buffer, buffer.count, format, $0)
    }
    return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func holds(_ written: String, _ value: RecordedValue) throws -> Bool {
    try ExpectedValue(parsing: written).judge(value).held
  }

  @Test("a bound that is the value as it is written is neither above nor below it")
  func boundsAtTheValue() throws {
    // The nearest Double to 0.0275 lies above it, the nearest Float to 0.1 too, that to 0.3 below.
    for value in [RecordedValue.double(0.0275), .float(0.1), .double(0.3), .integer(4)] {
      let text = "\(value)"
      for right in ["<= \(text)", ">= \(text)", "in \(text)...9", "in -9...\(text)"] {
        #expect(try holds(right, value), "\(right) of \(text)")
      }
      #expect(try !holds("< \(text)", value) && !holds("> \(text)", value), "\(text)")
    }
    #expect(try holds("< 0.0276", .double(0.0275)) && holds("> 0.02749999", .double(0.0275)))
    #expect(try holds("> 0.1", .double(Double(Float(0.1)))))  // 0.10000000149011612
  }

  @Test("decimals agree with the C library on any double", arguments: 0..<20)
  func decimals(seed: Int) throws {
    var random = ExpectationRandom(seed: UInt64(seed))
    for round in 0..<300 {
      let value = random.double(modest: round % 4 != 0)
      let digits = Int.random(in: 1...(round % 4 == 0 ? 40 : 9), using: &random)
      let right = printed("%.*f", value, digits)
      #expect(try holds(right, .double(value)), "\(value) is written \(right)")
      // The last digit changed by one is wrong.
      var wrong = Array(right.utf8)
      wrong[wrong.count - 1] = wrong[wrong.count - 1] == 0x39 ? 0x38 : wrong[wrong.count - 1] + 1
      #expect(try !holds(String(decoding: wrong, as: UTF8.self), .double(value)))
    }
  }

  @Test("significant digits agree with the C library on any double and float", arguments: 0..<20)
  func significant(seed: Int) throws {
    var random = ExpectationRandom(seed: UInt64(seed) + 100)
    for _ in 0..<300 {
      let value = random.double(modest: false)
      let digits = Int.random(in: 0...17, using: &random)
      #expect(try holds(printed("%.*e", value, digits), .double(value)))
      let narrow = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard narrow.isFinite, narrow != 0 else { continue }
      #expect(try holds(printed("%.*e", Double(narrow), digits), .float(narrow)))
    }
  }

  @Test("ties go to even, decided in integers", arguments: 0..<10)
  func ties(seed: Int) throws {
    var random = ExpectationRandom(seed: UInt64(seed) + 200)
    for _ in 0..<300 {
      // A multiple of 1/64 has at most six decimals: at five and fewer, true ties are common.
      let sixtyFourths = Int.random(in: 0...200_000, using: &random)
      let value = Double(sixtyFourths) / 64
      let digits = Int.random(in: 1...5, using: &random)
      let power = (0..<digits).reduce(Int128(1)) { product, _ in product * 10 }
      let scaled = Int128(sixtyFourths) * power
      var (quotient, rest) = scaled.quotientAndRemainder(dividingBy: 64)
      if rest > 32 || rest == 32 && quotient % 2 == 1 { quotient += 1 }
      rest = quotient % power
      let fraction = String(rest)
      let padded = String(repeating: "0", count: digits - fraction.count) + fraction
      #expect(try holds("\(quotient / power).\(padded)", .double(value)))
      #expect(try holds("\(quotient / power).\(padded)", .float(Float(value))))
    }
  }

  @Test(
    "by hand",
    arguments: [
      ("42.5", .float(42.49999919), true),
      ("0.1", .double(0.15), true),  // 0.1499999999999999944…
      ("0.2", .double(0.15), false),
      ("0.2", .float(0.15), true),  // 0.1500000059604644775…
      ("0.2", .double(0.25), true),
      ("0.3", .double(0.35), true),  // 0.3499999999999999778…
      ("0.4", .double(0.35), false),
      ("0.0235294", .float(0.023529412), true),
      ("0", .float(-0.0), true),
      ("-0", .float(-0.0), true),
      ("-0", .float(0.0), false),
      ("-0", .integer(0), false),
      ("0.0", .double(-0.04), true),
      ("-0.0", .double(-0.04), true),
      ("-0.0", .double(0.04), false),
      ("0", .double(1e-300), false),
      ("102", .integer(102), true),
      ("102", .float(102), true),
      ("102", .float(102.00001), false),
      ("102.0", .float(102.00001), true),
      ("3.00", .integer(3), true),
      ("1.0e-4", .double(9.96e-5), true),
      ("1.0e-4", .double(9.94e-5), false),
      ("18446744073709551615", .described("18446744073709551615"), true),
      ("18446744073709551614", .described("18446744073709551615"), false),
      ("0.1 ± 0.05", .double(0.15), true),
      ("0.1 ± 0.05", .double(0.05), true),  // 0.05 is stored a little above: inside
      ("0.1 ± 0.05", .float(0.15), false),  // a little above 0.15: outside
      ("1 ± 0.5", .double(1.5), true),
      ("1 ± 0.5", .double(0.5), true),
      ("200 ± 2%", .integer(204), true),
      ("200 ± 2%", .integer(205), false),
      ("-200 ± 2%", .integer(-196), true),
      ("5 ± 0", .integer(5), true),
      ("5 ± 0", .integer(6), false),
      ("< 0.1", .double(0.1), false),  // 0.1 is stored a little above, and is 0.1 all the same
      ("<= 0.1", .double(0.1), true),
      ("< 0.3", .double(0.3), false),  // 0.3 is stored a little below
      ("<= 5", .integer(5), true),
      (">= 5", .float(5), true),
      ("> 5", .float(5), false),
      ("in 1...2", .integer(2), true),
      ("in 1...2", .double(2.0000001), false),
      ("0.5", .double(.nan), false),
      ("< 1", .double(.nan), false),
      ("> 1", .double(.nan), false),
      ("in -inf...inf", .double(.nan), false),
      ("nan", .double(.nan), true),
      (".nan", .float(.nan), true),
      ("nan", .double(1), false),
      ("inf", .float(.infinity), true),
      ("inf", .float(-.infinity), false),
      ("-.infinity", .float(-.infinity), true),
      (".infinity", .double(.infinity), true),
      ("inf", .double(1e308), false),
      ("> 1e300", .double(.infinity), true),
      ("< -1e300", .double(-.infinity), true),
      ("< 5", .double(.infinity), false),
      ("1 ± 5", .double(.infinity), false),
      ("1", .boolean(true), false),
      ("1", .string("1"), false),
    ] as [(String, RecordedValue, Bool)])
  func byHand(written: String, value: RecordedValue, held: Bool) throws {
    #expect(try holds(written, value) == held)
  }

  @Test("a tolerance says how much of it was used")
  func used() throws {
    let judgement = try ExpectedValue(parsing: "10 ± 4").judge(.integer(11))
    #expect(judgement.toleranceUsed == 0.25)
    let relative = try ExpectedValue(parsing: "200 ± 2%").judge(.integer(206))
    #expect(relative.toleranceUsed == 1.5 && !relative.held)
    #expect(relative.reason == "is 206, off by 6 where 4 is allowed")
    #expect(try ExpectedValue(parsing: "5").judge(.integer(5)).toleranceUsed == nil)
  }

  @Test("what did not hold is told to the digits written")
  func reasons() throws {
    let wrong = try ExpectedValue(parsing: "0.0239").judge(.float(0.023529412))
    #expect(wrong.reason == "is 0.0235 (0.023529412)" && wrong.actual == "0.023529412")
    let tie = try ExpectedValue(parsing: "0.2").judge(.double(0.15))
    #expect(
      tie.reason == "is 0.1 (0.15), in binary exactly 0.1499999999999999944488849")
    let whole = try ExpectedValue(parsing: "42").judge(.double(42.5))
    #expect(whole.reason?.contains("exactly") == true)
  }
}
