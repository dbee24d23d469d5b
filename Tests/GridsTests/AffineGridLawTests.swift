import Grids
import Testing

@Suite("Affine grids: by law, over seeded ranges, and against ONNX Runtime")
struct AffineGridLawTests {
  /// Grids over ranges of all magnitudes, with and without zero, in every kind of integers.
  static func grids(_ count: Int) -> [(lowest: Double, highest: Double, grid: AffineGrid)] {
    let generator = CounterGenerator(seed: 21)
    return (0..<count).map { index in
      let ends = [0, 1].map { end in
        let exponent = -30 + 60 * generator.uniform(at: 8 * index + end)
        let value = exponential(exponent) * (2 * generator.uniform(at: 8 * index + 2 + end) - 1)
        return value
      }
      let bits = 1 + Int(generator.bits(at: 8 * index + 4) % 8)
      let kind = generator.bits(at: 8 * index + 5) % 3
      let integers: IntegerGrid =
        kind == 0
        ? .unsigned(bits: bits) : .signed(bits: bits, restricted: kind == 2 && bits > 1)
      let lowest = min(ends[0], ends[1])
      let highest = max(ends[0], ends[1])
      return (lowest, highest, AffineGrid(covering: lowest...highest, as: integers))
    }
  }

  @Test("zero is on every grid, exactly, under every rounding rule")
  func zeroIsExact() {
    let rules: [Rounding] = [.halfToEven, .halfAwayFromZero, .halfUp, .stochastic(seed: 5)]
    for (lowest, highest, grid) in Self.grids(5000) {
      for rounding in rules {
        #expect(grid.fakeQuantized(0, rounding: rounding) == 0, "\(lowest)...\(highest)")
      }
      #expect(grid.integers.range.contains(grid.zeroPoint))
      #expect(grid.range.contains(0))
    }
  }

  @Test("codes survive decoding and encoding, under every rounding rule")
  func representableValuesAreKept() {
    for (_, _, grid) in Self.grids(400) {
      for (code, value) in zip(grid.integers.range, grid.values) {
        #expect(grid.encode(value) == code)
        #expect(grid.encode(value, rounding: .halfUp) == code)
        #expect(grid.encode(value, rounding: .halfAwayFromZero) == code)
        #expect(!grid.clips(value))
      }
    }
  }

  @Test("the error is at most half a step unless clipped, and clipping needs a number outside")
  func errorIsHalfStep() {
    for (number, (lowest, highest, grid)) in Self.grids(300).enumerated() {
      let low = min(lowest, 0)
      let high = max(highest, 0)
      for value in uniform(60, from: low * 1.1, to: high * 1.1, seed: UInt64(number)) {
        let value = Float(value)
        if grid.clips(value) {
          #expect(!grid.range.contains(Double(value)))
        } else {
          // Half a step, plus the rounding of the quotient (at most 255 steps, half a unit in the
          // last place: 255 × 2⁻²⁴ of a step) and as much again for the product on the way back.
          let slack = 1 + 4 * 255 * Float.ulpOfOne
          #expect(grid.error(of: value).magnitude <= grid.scale / 2 * slack)
        }
      }
    }
  }

  @Test("the grid reaches both ends of its range to within half a step")
  func rangeIsCovered() {
    for (lowest, highest, grid) in Self.grids(3000) {
      // The zero point was rounded, so the grid is shifted by half a step at most; the scale itself
      // is rounded to a Float, which 255 steps magnify.
      let slack = Double(grid.scale) * (0.5 + 255 * Double(Float.ulpOfOne))
      #expect(grid.range.lowerBound <= min(lowest, 0) + slack)
      #expect(grid.range.upperBound >= max(highest, 0) - slack)
    }
  }

  @Test("encoding never reverses an order")
  func encodingIsMonotone() {
    for (number, (lowest, highest, grid)) in Self.grids(200).enumerated() {
      let spread = uniform(100, from: lowest * 1.2, to: highest * 1.2, seed: UInt64(number))
      for rounding in [Rounding.halfToEven, .halfAwayFromZero, .halfUp] {
        let codes = grid.encode(spread.sorted().map { Float($0) }, rounding: rounding)
        #expect(zip(codes, codes.dropFirst()).allSatisfy { $0 <= $1 })
      }
    }
  }

  @Test("lists are encoded and decoded as their elements are")
  func listsAgreeWithElements() {
    let grid = AffineGrid(covering: -2...1, as: .int4)
    let values = normal(100, seed: 9)
    #expect(grid.encode(values) == values.map { grid.encode($0) })
    #expect(grid.decode(grid.encode(values)) == values.map { grid.fakeQuantized($0) })
    #expect(grid.fakeQuantized(values) == values.map { grid.fakeQuantized($0) })
  }

  @Test("the smallest and largest ranges a Float can hold still make a grid that works")
  func extremeRanges() {
    let tiny = AffineGrid(covering: 0...1e-44, as: .uint8)
    #expect(tiny.scale == .leastNormalMagnitude)
    #expect(tiny.fakeQuantized(.leastNonzeroMagnitude) == 0)
    let huge = Double(Float.greatestFiniteMagnitude)
    let wide = AffineGrid(covering: -huge...huge, as: .uint1)
    #expect(wide.scale == .greatestFiniteMagnitude)
    #expect(wide.decode(1) == .greatestFiniteMagnitude)
  }

  struct Case: Decodable {
    let grid: String
    let lowest: String
    let highest: String
    let scale: UInt32
    let zeroPoint: Int
    let values: [UInt32]
    let codes: [Int]
  }

  struct Cases: Decodable {
    let cases: [Case]
  }

  @Test("parameters and codes equal ONNX Runtime's QuantizeLinear, ties included")
  func agreesWithRuntime() throws {
    let cases = try Golden.load("affine.json", as: Cases.self).cases
    #expect(cases.count == 6)
    for example in cases {
      let lowest = try #require(Double(example.lowest))
      let highest = try #require(Double(example.highest))
      let integers: IntegerGrid = example.grid == "uint8" ? .uint8 : .int8
      let grid = AffineGrid(covering: lowest...highest, as: integers)
      #expect(grid.scale.bitPattern == example.scale)
      #expect(grid.zeroPoint == example.zeroPoint)
      #expect(grid.encode(floats(example.values)) == example.codes)
    }
  }
}
