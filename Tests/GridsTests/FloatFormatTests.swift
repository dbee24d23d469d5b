import Grids
import Testing

@Suite("Floating formats: by hand and by law")
struct FloatFormatTests {
  static let small: [FloatFormat] = [.e4m3, .e5m2, .e2m1, .e2m3, .e3m2, .e8m0, .ue4m3]

  @Test(
    "reach and number of values",
    arguments: [
      (.e4m3, 8, 448, 0x1p-6, 0x1p-9, 253), (.e5m2, 8, 57_344, 0x1p-14, 0x1p-16, 247),
      (.e2m1, 4, 6, 1, 0.5, 15), (.e2m3, 6, 7.5, 1, 0.125, 63), (.e3m2, 6, 28, 0.25, 0.0625, 63),
      (.e8m0, 8, 0x1p127, 0x1p-127, 0x1p-127, 255), (.ue4m3, 7, 448, 0x1p-6, 0x1p-9, 127),
      (.float16, 16, 65_504, 0x1p-14, 0x1p-24, 63_487),
      (.bfloat16, 16, 0x1.FEp127, 0x1p-126, 0x1p-133, 65_279),
    ] as [(FloatFormat, Int, Float, Float, Float, Int)])
  func reach(
    format: FloatFormat, bits: Int, largest: Float, normal: Float, smallest: Float, count: Int
  ) {
    #expect(format.bits == bits)
    #expect(format.largest == largest)
    #expect(format.smallestNormal == normal)
    #expect(format.smallestPositive == smallest)
    #expect(format.values.count == count)
    #expect(zip(format.values, format.values.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("FP4 E2M1 is ± 0, 0.5, 1, 1.5, 2, 3, 4, 6")
  func fourBitValues() {
    let magnitudes: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    #expect((0..<8).map { FloatFormat.e2m1.decode($0) } == magnitudes)
    #expect((8..<16).map { FloatFormat.e2m1.decode($0) } == magnitudes.map { -$0 })
    #expect(FloatFormat.e2m1.decode(8).sign == .minus)
  }

  @Test("patterns by hand: 448 is 0.1111.110, 2⁻⁹ is 0.0000.001, 1 is 0.0111.000")
  func patterns() {
    #expect(FloatFormat.e4m3.encode(448) == 0b0_1111_110)
    #expect(FloatFormat.e4m3.encode(-0x1p-9) == 0b1_0000_001)
    #expect(FloatFormat.e4m3.encode(1) == 0b0_0111_000)
    #expect(FloatFormat.e5m2.encode(57_344) == 0b0_11110_11)
    #expect(FloatFormat.e8m0.encode(1) == 127)
    #expect(FloatFormat.float16.encode(1) == 0x3C00)
    #expect(FloatFormat.bfloat16.encode(1) == 0x3F80)
  }

  @Test("beyond the largest number: saturating stays, otherwise infinity or NaN")
  func overflow() {
    #expect(FloatFormat.e4m3.encode(464) == 0x7E)  // a tie with 480, which would be odd
    #expect(FloatFormat.e4m3.encode(464, saturating: false) == 0x7E)
    #expect(FloatFormat.e4m3.encode(465, saturating: false) == 0x7F)
    #expect(FloatFormat.e4m3.encode(465) == 0x7E)
    #expect(FloatFormat.e4m3.encode(-.infinity) == 0xFE)
    #expect(FloatFormat.e4m3.encode(.infinity, saturating: false) == 0x7F)
    #expect(FloatFormat.e5m2.encode(61_440, saturating: false) == 0x7C)  // a tie, to even: infinity
    #expect(FloatFormat.e5m2.encode(61_440) == 0x7B)
    #expect(FloatFormat.e5m2.encode(.infinity) == 0x7B)
    #expect(FloatFormat.e5m2.encode(-.infinity, saturating: false) == 0xFC)
    #expect(FloatFormat.e2m1.encode(100, saturating: false) == 7)
    #expect(FloatFormat.e2m1.encode(-.infinity) == 15)
  }

  @Test("NaN, negative zero, and signs a format does not have")
  func specials() {
    #expect(FloatFormat.e4m3.encode(.nan) == 0x7F)
    #expect(FloatFormat.e4m3.encode(-.nan) == 0xFF)
    #expect(FloatFormat.e5m2.encode(.nan) == 0x7E)
    #expect(FloatFormat.e2m1.encode(.nan) == 0)
    #expect(FloatFormat.e8m0.encode(.nan) == 255)
    for pattern: UInt32 in [0x7F, 0xFF] { #expect(FloatFormat.e4m3.decode(pattern).isNaN) }
    for pattern: UInt32 in [0x7D, 0x7E, 0x7F, 0xFD] {
      #expect(FloatFormat.e5m2.decode(pattern).isNaN)
    }
    #expect(FloatFormat.e5m2.decode(0x7C) == .infinity)
    #expect(FloatFormat.e5m2.decode(0xFC) == -.infinity)
    #expect(FloatFormat.e8m0.decode(255).isNaN)
    #expect(FloatFormat.e4m3.encode(-0.0) == 0x80)
    #expect(FloatFormat.ue4m3.encode(-1) == 0)
    #expect(FloatFormat.e8m0.encode(-1) == 0)
    #expect(FloatFormat.e8m0.encode(0) == 0)
  }

  @Test("every number of a format is kept", arguments: small + [.float16, .bfloat16])
  func valuesAreKept(format: FloatFormat) {
    for pattern in 0..<(UInt32(1) << UInt32(format.bits)) {
      let value = format.decode(pattern)
      if value.isNaN || value.isInfinite { continue }
      #expect(format.encode(value) == pattern)
      #expect(format.encode(value, saturating: false) == pattern)
      #expect(format.error(of: value) == 0)
    }
  }

  @Test("between two numbers the nearest wins and a tie goes to the even pattern", arguments: small)
  func nearest(format: FloatFormat) {
    let values = format.values
    for (lower, upper) in zip(values, values.dropFirst()) {
      let middle = Float((Double(lower) + Double(upper)) / 2)
      #expect(format.fakeQuantized(middle.nextDown) == lower)
      #expect(format.fakeQuantized(middle.nextUp) == upper)
      let expected: Float
      if format.mantissaBits == 0 {
        expected = upper  // no even neighbour inside a binade
      } else {
        let even = format.encode(lower) & 1 == 0
        expected = even ? lower : upper
      }
      #expect(format.fakeQuantized(middle) == expected, "\(lower) \(upper)")
    }
  }

  @Test("encoding never reverses an order", arguments: small)
  func monotone(format: FloatFormat) {
    let spread = uniform(4000, from: -1.2, to: 1.2, seed: 3).map {
      Float($0 * $0 * $0) * format.largest
    }
    let kept = spread.sorted().map { format.fakeQuantized($0) }
    #expect(zip(kept, kept.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("a format that is a Float keeps every kind of Float")
  func float32() {
    let float32 = FloatFormat(
      exponentBits: 8, mantissaBits: 23, bias: 127, specials: .infinityAndNaN)
    for index in 0..<100_000 {
      let pattern = UInt32(truncatingIfNeeded: CounterGenerator(seed: 8).bits(at: index))
      let value = Float(bitPattern: pattern)
      if value.isNaN { continue }
      #expect(float32.encode(value, saturating: false) == pattern)
      #expect(float32.decode(pattern) == value)
    }
  }

  @Test("a format describes itself")
  func description() {
    #expect(FloatFormat.e4m3.description == "E4M3 (8 bits, largest 448.0)")
    #expect(FloatFormat.ue4m3.description == "UE4M3 (7 bits, largest 448.0)")
  }
}
