import Grids
import Testing

@Suite("Floating formats: against ml_dtypes and PyTorch, and the fast form against the definition")
struct FloatFormatGoldenTests {
  struct Format: Decodable {
    let decoded: [UInt32]
    let inputs: [UInt32]
    let codes: [UInt32]
    let saturatedCodes: [UInt32]?
  }

  struct SmallFloats: Decodable {
    let e4m3: Format
    let e5m2: Format
    let e2m1: Format
    let e2m3: Format
    let e3m2: Format
    let e8m0: Format
  }

  private func expectSame(_ value: Float, _ expected: Float) {
    #expect(value.bitPattern == expected.bitPattern || (value.isNaN && expected.isNaN))
  }

  @Test("every pattern decodes and every input encodes as the frameworks say")
  func smallFloats() throws {
    let golden = try Golden.load("small-floats.json", as: SmallFloats.self)
    let pairs: [(FloatFormat, Format)] = [
      (.e4m3, golden.e4m3), (.e5m2, golden.e5m2), (.e2m1, golden.e2m1), (.e2m3, golden.e2m3),
      (.e3m2, golden.e3m2), (.e8m0, golden.e8m0),
    ]
    for (format, expected) in pairs {
      #expect(expected.decoded.count == 1 << format.bits)
      #expect(expected.inputs.count > 60)
      for (pattern, value) in floats(expected.decoded).enumerated() {
        expectSame(format.decode(UInt32(pattern)), value)
      }
      for (input, code) in zip(floats(expected.inputs), expected.codes) {
        #expect(format.encode(input, saturating: false) == code, "\(format) \(input)")
      }
      for (input, code) in zip(floats(expected.inputs), expected.saturatedCodes ?? []) {
        #expect(format.encode(input) == code, "\(format) \(input)")
      }
    }
    #expect(golden.e4m3.saturatedCodes != nil)
  }

  struct SixteenBits: Decodable {
    struct Table: Decodable {
      let patterns: [UInt16]
      let decoded: [UInt32]
      let inputs: [UInt32]
      let codes: [UInt16]
    }

    let float16: Table
    let bfloat16: Table
  }

  @Test("half precision and bfloat16 agree with PyTorch")
  func sixteenBits() throws {
    let golden = try Golden.load("sixteen-bit-floats.json", as: SixteenBits.self)
    for (pattern, value) in zip(golden.float16.patterns, floats(golden.float16.decoded)) {
      expectSame(Float(float16Bits: pattern), value)
    }
    for (pattern, value) in zip(golden.bfloat16.patterns, floats(golden.bfloat16.decoded)) {
      expectSame(Float(bfloat16Bits: pattern), value)
    }
    for (input, code) in zip(floats(golden.float16.inputs), golden.float16.codes)
    where !input.isNaN {
      #expect(input.float16Bits == code, "\(input)")
    }
    for (input, code) in zip(floats(golden.bfloat16.inputs), golden.bfloat16.codes)
    where !input.isNaN {
      #expect(input.bfloat16Bits == code, "\(input)")
    }
  }

  @Test("the fast decoders equal the definition on every pattern")
  func fastDecoders() {
    for pattern in UInt16.min...UInt16.max {
      let half = FloatFormat.float16.decode(UInt32(pattern)).bitPattern
      #expect(Float(float16Bits: pattern).bitPattern == half)
      let brain = FloatFormat.bfloat16.decode(UInt32(pattern)).bitPattern
      #expect(Float(bfloat16Bits: pattern).bitPattern == brain)
    }
  }

  @Test("the fast encoders equal the definition on every sign, exponent and leading mantissa")
  func fastEncoders() {
    // All upper halves of a Float, with the lower bits on and beside every place a tie can be, and
    // one pseudorandom lower half each.
    let lower: [UInt32] = [0, 1, 0x0FFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001, 0xFFFF]
    var differences = 0
    for upper in 0...UInt32(0xFFFF) {
      let random = UInt32(CounterGenerator(seed: 13).bits(at: Int(upper)) >> 48)
      for low in lower + [random, random & 0xE000, random & 0xF000] {
        let value = Float(bitPattern: upper << 16 | low)
        let half = FloatFormat.float16.encode(value, saturating: false)
        let brain = FloatFormat.bfloat16.encode(value, saturating: false)
        if UInt32(value.float16Bits) != half || UInt32(value.bfloat16Bits) != brain {
          differences += 1
        }
      }
    }
    #expect(differences == 0)
  }
}
