import Foundation
import Quantization
import Tensors
import Testing

/// Evidence: by hand, by law, and by compressed-tensors' own packing.
struct AffineLayerTests {
  /// A layer of random codes.
  private func layer(
    bits: Int, rows: Int = 64, columns: Int = 96, groups: Int = 3, seed: UInt64 = 1,
    symmetric: Bool = false, zeroes: ClosedRange<Int>? = nil
  ) throws -> AffineLayer {
    var generator = SeededGenerator(seed: seed)
    let limit = 1 << bits
    let zeroes = zeroes ?? 0...limit - 1
    return try AffineLayer(
      bits: bits, rows: rows, columns: columns,
      codes: (0..<rows * columns).map { _ in UInt8(generator.below(limit)) },
      scales: (0..<rows * groups).map { Float(1 + $0 % 7) / 64 },
      // The first is the least there may be, which chance alone would not promise of 192 out of 256.
      zeros: (0..<rows * groups).map { index in
        let other = index == 0 ? 0 : generator.below(zeroes.count)
        return symmetric ? UInt8(limit / 2) : UInt8(zeroes.lowerBound + other)
      })
  }

  @Test("GPTQ's tensors give the layer again, in both versions", arguments: [2, 3, 4, 8])
  func gptqRoundTrip(_ bits: Int) throws {
    let any = try layer(bits: bits)
    let second = try GPTQTensors(any, version: .second)
    #expect(
      second.qweight.count == 96 * bits / 32 * 64 && second.qzeros.count == 3 * 64 * bits / 32)
    #expect(try second.layer(bits: bits, rows: 64, columns: 96, version: .second) == any)
    let positive = try layer(bits: bits, zeroes: 1...(1 << bits) - 1)
    let first = try GPTQTensors(positive, version: .first)
    #expect(try first.layer(bits: bits, rows: 64, columns: 96, version: .first) == positive)
    #expect(throws: AffineLayerError.self) { try GPTQTensors(any, version: .first) }
  }

  @Test("by hand: the first eight inputs of an output are a word's nibbles, lowest first")
  func gptqWord() throws {
    let rows = 32
    let layer = try AffineLayer(
      bits: 4, rows: rows, columns: 32,
      codes: (0..<rows * 32).map { $0 / 32 == 5 ? UInt8($0 % 16) : 0 },
      scales: [Float](repeating: 1, count: rows), zeros: [UInt8](repeating: 8, count: rows))
    let tensors = try GPTQTensors(layer, version: .first)
    #expect(UInt32(bitPattern: tensors.qweight[5]) == 0x7654_3210)
    #expect(UInt32(bitPattern: tensors.qweight[rows + 5]) == 0xFEDC_BA98)
    #expect(tensors.qzeros.allSatisfy { UInt32(bitPattern: $0) == 0x7777_7777 })
    // Three bits: 32 codes are a stream of 96 bits, 7 6 5 … of which code 10 has bits 30, 31 and 32.
    let three = try AffineLayer(
      bits: 3, rows: rows, columns: 32,
      codes: (0..<rows * 32).map { $0 == 10 ? 0b101 : 0 },
      scales: [Float](repeating: 1, count: rows), zeros: [UInt8](repeating: 4, count: rows))
    let stream = try GPTQTensors(three, version: .first)
    #expect(UInt32(bitPattern: stream.qweight[0]) == 0b01 << 30)
    #expect(UInt32(bitPattern: stream.qweight[rows]) == 0b1)
  }

  @Test("compressed-tensors' tensors give the layer again", arguments: 1...8)
  func packedRoundTrip(_ bits: Int) throws {
    for rows in [64, 13] {
      let any = try layer(bits: bits, rows: rows, columns: 96)
      let packed = try PackQuantizedTensors(any, isSymmetric: false)
      #expect(try packed.layer(bits: bits, rows: rows, columns: 96) == any)
      let middle = try layer(bits: bits, rows: rows, columns: 96, symmetric: true)
      let without = try PackQuantizedTensors(middle, isSymmetric: true)
      #expect(without.zeroPoints == nil)
      #expect(try without.layer(bits: bits, rows: rows, columns: 96) == middle)
    }
    #expect(throws: AffineLayerError.self) {
      try PackQuantizedTensors(layer(bits: bits), isSymmetric: true)
    }
  }

  @Test("every affine method's result is held, within the rounding of a scale to half precision")
  func results() throws {
    let weight = Matrix(
      rows: 32, columns: 64, drawnFrom: .normal(mean: 0, deviation: 0.1), seed: 4)
    let inputs = Matrix(rows: 200, columns: 64, drawnFrom: .normal(mean: 0, deviation: 1), seed: 5)
    let input = try LayerInput(weight: weight, activations: inputs)
    for name in ["rtn", "gptq", "gptaq", "ldlq", "obq"] {
      for symmetric in [false, true] {
        for bits in [3, 4, 8] {
          let result = try LayerMethod(named: name).quantize(
            input, LayerOptions(bits: bits, groupSize: 32, symmetric: symmetric))
          let layer = try AffineLayer(result)
          #expect(layer.bits == bits && layer.groupCount == 2 && layer.groupsAreRuns)
          #expect(layer.isSymmetric == symmetric, "\(name)")
          let largest = weight.elements.map(\.magnitude).max() ?? 0
          // 2⁻¹¹ of a weight; a weight on a grid reaches half a step beyond the largest.
          #expect(
            layer.weight.maximumDifference(from: result.dequantized) <= largest * 1.2 * 0x1p-11)
        }
      }
    }
  }

  @Test("parts that do not fit together are refused")
  func refusals() {
    #expect(throws: AffineLayerError.self) {
      try AffineLayer(
        bits: 4, rows: 2, columns: 2, codes: [1, 2, 3], scales: [1, 1], zeros: [0, 0])
    }
    #expect(throws: AffineLayerError.self) {
      try AffineLayer(bits: 2, rows: 1, columns: 2, codes: [4, 0], scales: [1], zeros: [0])
    }
    #expect(throws: AffineLayerError.self) {
      try AffineLayer(
        bits: 2, rows: 1, columns: 2, codes: [1, 0], scales: [1], zeros: [0], groupIndex: [0, 1])
    }
    let nothing = GPTQTensors(qweight: [], qzeros: [], scales: [], groupIndex: [])
    #expect(throws: AffineLayerError.self) {
      try nothing.layer(bits: 4, rows: 32, columns: 32, version: .first)
    }
    let short = PackQuantizedTensors(packed: [1], scales: [1], zeroPoints: nil, groupIndex: nil)
    #expect(throws: AffineLayerError.self) { try short.layer(bits: 4, rows: 2, columns: 8) }
  }
}
