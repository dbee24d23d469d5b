import Grids
import Testing

@Suite("Affine grids: by hand")
struct AffineGridTests {
  @Test("−2.4…3.6 in a byte: the scale is 6/255 and zero is code 102")
  func firstExample() {
    let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
    #expect(grid.scale == Float(6.0 / 255))
    #expect(grid.zeroPoint == 102)  // 2.4 / (6/255) = 2.4 × 42.5 = 102
    #expect(grid.decode(102) == 0)
    #expect(1.0 / grid.scale == 42.5)
    #expect(grid.position(of: 1) == 144.5)
  }

  @Test(
    "one lies exactly between two codes, and the rule decides",
    arguments: [
      (.halfToEven, 144, 60), (.halfAwayFromZero, 145, 59), (.halfUp, 145, 60),
    ] as [(Rounding, Int, Int)])
  func oneIsTie(rounding: Rounding, code: Int, mirrored: Int) {
    let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
    #expect(grid.encode(1.0, rounding: rounding) == code)  // 42.5 + 102
    #expect(grid.encode(-1.0, rounding: rounding) == mirrored)  // −42.5 + 102
    #expect((1 - grid.fakeQuantized(1, rounding: rounding)).magnitude < 0.011_765)
    #expect((1 - grid.fakeQuantized(1, rounding: rounding)).magnitude > 0.011_764)
  }

  @Test("stochastic rounding gives one both of its neighbours, evenly")
  func oneIsTieStochastically() {
    let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
    let ones = [Float](repeating: 1, count: 10_000)
    let codes = grid.encode(ones, rounding: .stochastic(seed: 1))
    let upper = codes.count { $0 == 145 }
    #expect(codes.allSatisfy { $0 == 144 || $0 == 145 })
    #expect((upper - 5000).magnitude < 250)  // five standard errors of 10,000 fair coins: 250
    #expect(codes == grid.encode(ones, rounding: .stochastic(seed: 1)))
    #expect(codes[9] == grid.encode(1, rounding: .stochastic(seed: 1), at: 9))
  }

  @Test("[−10, 10] in a byte hangs half a step over the lower end")
  func bothEndsCannotBeExact() {
    let wide = AffineGrid(covering: -10...10, as: .uint8)
    #expect((10 / wide.scale - 127.5).magnitude <= 1e-5)  // the scale is rounded to a Float
    #expect(wide.zeroPoint == 128)  // 127.5 is a tie; 128 is even
    #expect((wide.decode(0) - -10.039_22).magnitude < 5e-6)  // −128 × 20/255
    #expect((wide.decode(255) - 9.960_78).magnitude < 5e-6)  // 127 × 20/255
    #expect(wide.range == Double(wide.decode(0))...Double(wide.decode(255)))
  }

  @Test("a range without zero is widened to hold it")
  func nudging() {
    let positive = AffineGrid(covering: 2...6, as: .uint2)
    #expect(positive.scale == 2)  // (6 − 0) / 3
    #expect(positive.zeroPoint == 0)
    #expect(positive.range == 0...6)
    #expect(positive.values == [0, 2, 4, 6])
    let negative = AffineGrid(covering: -6...(-2), as: .int2)
    #expect(negative.scale == 2)
    #expect(negative.zeroPoint == 1)
    #expect(negative.range == -6...0)
  }

  @Test(
    "a range of zero width decodes exactly", arguments: [IntegerGrid.uint8, .int8, .int4Restricted])
  func zeroRange(integers: IntegerGrid) {
    let grid = AffineGrid(covering: 0...0, as: integers)
    #expect(grid.scale == 1)
    #expect(grid.zeroPoint == 0)
    #expect(grid.fakeQuantized(0) == 0)
    #expect(AffineGrid(symmetric: 0, as: integers).scale == 1)
    #expect(AffineGrid(symmetric: 0, as: integers).fakeQuantized(0) == 0)
  }

  @Test("symmetric grids: R/127 restricted, R/127.5 with all codes, zero in the middle")
  func symmetric() {
    let restricted = AffineGrid(symmetric: 2.54, as: .int8Restricted)
    #expect(restricted.scale == Float(2.54 / 127))
    #expect(restricted.encode(2.54) == 127)
    #expect(restricted.encode(-2.54) == -127)
    let full = AffineGrid(symmetric: 7.5, as: .int4)
    #expect(full.scale == 1)  // 2 × 7.5 / 15
    #expect(full.values == (-8...7).map { Float($0) })
    let unsigned = AffineGrid(symmetric: 7.5, as: .uint4)
    #expect(unsigned.zeroPoint == 8)
    #expect(unsigned.values == full.values)
  }

  @Test("numbers beyond the ends clamp, infinities too, and NaN becomes the zero point")
  func clamping() {
    let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
    #expect(grid.encode(100) == 255)
    #expect(grid.encode(-100) == 0)
    #expect(grid.encode(.infinity) == 255)
    #expect(grid.encode(-.infinity) == 0)
    #expect(grid.encode(.greatestFiniteMagnitude) == 255)
    #expect(grid.encode(.nan) == 102)
    #expect(grid.clips(3.62))
    #expect(!grid.clips(3.61))  // within half a step of the end
    #expect(!grid.clips(.nan))
    #expect(grid.error(of: 100) == grid.decode(255) - 100)
  }

  @Test("a grid describes itself")
  func description() {
    #expect(
      AffineGrid(covering: -2.4...3.6, as: .uint8).description
        == "256 codes 0...255, 0.0235294 apart, zero at 102, from -2.4 to 3.6")
    #expect(
      AffineGrid(covering: -10...10, as: .uint8).description
        == "256 codes 0...255, 0.0784314 apart, zero at 128, from -10.0392 to 9.96078")
    #expect(
      AffineGrid(scale: 1, zeroPoint: 0, as: .int4Restricted).description
        == "15 codes -7...7, 1 apart, zero at 0, from -7 to 7")
    #expect(
      AffineGrid(scale: 0.000_244_140_62, zeroPoint: 0, as: .uint1).description
        == "2 codes 0...1, 0.000244141 apart, zero at 0, from 0 to 0.000244141")
    #expect(
      AffineGrid(scale: 99_999.96, zeroPoint: 0, as: .uint1).description
        == "2 codes 0...1, 100000 apart, zero at 0, from 0 to 100000")
  }

  @Test("ranges, limits, scales and zero points from outside are refused with the reason")
  func refusals() throws {
    #expect(throws: GridError.self) {
      try AffineGrid(validatingLowest: -.infinity, highest: 1, as: .uint8)
    }
    #expect(throws: GridError.self) {
      try AffineGrid(validatingLowest: 0, highest: .nan, as: .uint8)
    }
    #expect(throws: GridError.rangeNotFinite(lowest: 0, highest: 1e39)) {
      try AffineGrid(validatingLowest: 0, highest: 1e39, as: .uint8)
    }
    #expect(throws: GridError.rangeReversed(lowest: 2, highest: 1)) {
      try AffineGrid(validatingLowest: 2, highest: 1, as: .uint8)
    }
    #expect(throws: GridError.limit(-1)) { try AffineGrid(validatingLimit: -1, as: .int8) }
    #expect(throws: GridError.scale(0)) {
      try AffineGrid(validatingScale: 0, zeroPoint: 0, as: .int8)
    }
    #expect(throws: GridError.zeroPoint(200, allowed: -128...127)) {
      try AffineGrid(validatingScale: 1, zeroPoint: 200, as: .int8)
    }
    #expect(
      try AffineGrid(validatingLowest: -2.4, highest: 3.6, as: .uint8)
        == AffineGrid(covering: -2.4...3.6, as: .uint8))
    #expect(
      try AffineGrid(validatingLimit: 2, as: .int4) == AffineGrid(symmetric: 2, as: .int4))
    #expect(
      try AffineGrid(validatingScale: 2, zeroPoint: 1, as: .int4)
        == AffineGrid(scale: 2, zeroPoint: 1, as: .int4))
  }

  @Test("the convenience forms stop numbers that are not finite")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      _ = AffineGrid(covering: 0...(.infinity), as: .uint8)
    }
    await #expect(processExitsWith: .failure) { _ = AffineGrid(symmetric: .nan, as: .uint8) }
    await #expect(processExitsWith: .failure) {
      _ = AffineGrid(scale: 1, zeroPoint: 300, as: .uint8)
    }
  }
}
