import Grids
import Testing

@Suite("Block formats: by hand, by law, and against ml_dtypes")
struct BlockTests {
  @Test("a block whose largest value is 5 gets scale 1, and one of 7 is clipped to 6")
  func microscalingByHand() throws {
    var values = [Float](repeating: 0, count: 32)
    values[0] = 5  // ⌊log₂ 5⌋ − 2 = 0; 5 is a tie between 4 and 6 and goes to the even pattern, 4
    values[1] = -3
    values[2] = 0.25  // a tie between 0 and 0.5: to 0
    var block = try MXFloat4Block(encoding: values)
    #expect(block.scaleExponent == 127)
    #expect(block.scale == 1)
    #expect(Array(block.decoded.prefix(3)) == [4, -3, 0])
    #expect(Array(block.codes.prefix(2)) == [6, 0b1101])
    values[0] = 7
    block = try MXFloat4Block(encoding: values)
    #expect(block.scale == 1)
    #expect(block.decoded[0] == 6)
    values[0] = 8
    #expect(try MXFloat4Block(encoding: values).scale == 2)
  }

  @Test("a block scaled by a power of two keeps its codes", arguments: [-80, -3, 5, 100])
  func microscalingFollowsPowers(power: Int) throws {
    let values = normal(32, seed: 14)
    let factor = Float(sign: .plus, exponent: power, significand: 1)
    let block = try MXFloat4Block(encoding: values)
    let scaled = try MXFloat4Block(encoding: values.map { $0 * factor })
    #expect(scaled.codes == block.codes)
    #expect(Int(scaled.scaleExponent) == Int(block.scaleExponent) + power)
  }

  @Test("zeros, subnormal numbers and the largest Floats have defined scales")
  func microscalingEdges() throws {
    let zeros = try MXFloat4Block(encoding: [Float](repeating: 0, count: 32))
    #expect(zeros.scaleExponent == 0)
    #expect(zeros.decoded.allSatisfy { $0 == 0 })
    #expect(MXFloat4Block.scaleExponent(largestMagnitude: .leastNonzeroMagnitude) == 0)
    #expect(MXFloat4Block.scaleExponent(largestMagnitude: .greatestFiniteMagnitude) == 252)
    let huge = try MXFloat4Block(
      encoding: [Float](repeating: .greatestFiniteMagnitude, count: 32))
    #expect(huge.decoded.allSatisfy { $0 == 0x1.8p127 })  // 6 × 2¹²⁵
  }

  @Test("an NVFP4 block whose largest value is 6 times an E4M3 number keeps it exactly")
  func nvidiaByHand() throws {
    var values = [Float](repeating: 0, count: 16)
    values[3] = -10.5  // 6 × 1.75
    values[4] = 1.75
    values[5] = 2.6  // 1.4857 scales: to 1.5
    let block = try NVFloat4Block(encoding: values)
    #expect(block.scale == 1.75)
    #expect(block.scaleCode == 0b0_0111_110)
    #expect(block.decoded[3] == -10.5)
    #expect(block.decoded[4] == 1.75)
    #expect(block.decoded[5] == 2.625)
  }

  @Test("a tensor scale brings small blocks into E4M3's reach")
  func nvidiaTensorScale() throws {
    let values = normal(16, seed: 15).map { $0 * 1e-6 }
    let without = try NVFloat4Block(encoding: values)
    #expect(without.scaleCode == 0)  // 1e-6 / 6 is far below 2⁻¹⁰
    #expect(without.decoded.allSatisfy { $0 == 0 })
    let largest = values.map { $0.magnitude }.max() ?? 0
    let tensorScale = NVFloat4Block.tensorScale(largestMagnitude: largest)
    let block = try NVFloat4Block(encoding: values, tensorScale: tensorScale)
    #expect(FloatFormat.e4m3.decode(UInt32(block.scaleCode)) == 448)
    for (value, decoded) in zip(values, block.decoded) {
      // Neighbouring E2M1 numbers are at most 2 apart, and the largest is 6: a third of the block's.
      #expect((value - decoded).magnitude <= largest / 6 * 1.0001)
    }
    #expect(NVFloat4Block.tensorScale(largestMagnitude: 0) == 1)
  }

  @Test("blocks from outside are refused with the reason")
  func refusals() throws {
    #expect(throws: GridError.blockLength(31, expected: 32)) {
      try MXFloat4Block(encoding: [Float](repeating: 1, count: 31))
    }
    #expect(throws: GridError.valueNotFinite(index: 2)) {
      try NVFloat4Block(encoding: [1, 1, .nan] + [Float](repeating: 1, count: 13))
    }
    #expect(throws: GridError.code(16, index: 1, allowed: 0...15)) {
      try MXFloat4Block(scaleExponent: 1, codes: [0, 16] + [UInt8](repeating: 0, count: 30))
    }
    #expect(throws: GridError.scale(0)) {
      try NVFloat4Block(encoding: [Float](repeating: 1, count: 16), tensorScale: 0)
    }
  }

  struct Case: Decodable {
    let values: [UInt32]
    let tensorScale: UInt32?
    let scale: UInt8
    let codes: [UInt8]
    let decoded: [UInt32]
  }

  struct Cases: Decodable {
    let mx: [Case]
    let nv: [Case]
  }

  @Test("scales, codes and values equal those formed with ml_dtypes")
  func golden() throws {
    let cases = try Golden.load("blocks.json", as: Cases.self)
    #expect(cases.mx.count == 3 && cases.nv.count == 3)
    for example in cases.mx {
      let block = try MXFloat4Block(encoding: floats(example.values))
      #expect(block.scaleExponent == example.scale)
      #expect(block.codes == example.codes)
      #expect(block.decoded.map { $0.bitPattern } == example.decoded)
      #expect(try MXFloat4Block(scaleExponent: example.scale, codes: example.codes) == block)
    }
    for example in cases.nv {
      let tensorScale = Float(bitPattern: try #require(example.tensorScale))
      let block = try NVFloat4Block(encoding: floats(example.values), tensorScale: tensorScale)
      #expect(block.scaleCode == example.scale)
      #expect(block.codes == example.codes)
      #expect(block.decoded.map { $0.bitPattern } == example.decoded)
    }
  }
}
