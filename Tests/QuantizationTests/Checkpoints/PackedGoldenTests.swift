import Foundation
import Quantization
import TestSupport
import Testing

/// Evidence: golden vectors of compressed-tensors' own packing.
struct PackedGoldenTests {
  private struct Golden: Decodable {
    let cases: [Case]

    struct Case: Decodable {
      let bits: Int
      let rows: Int
      let columns: Int
      let groups: Int
      let codes: [Int]
      let zeros: [Int]
      let packed: [Int32]
      let packedShape: [Int]
      let packedZeros: [Int32]
      let packedZerosShape: [Int]
    }
  }

  @Test("codes and zero points lie in words as compressed-tensors packs them")
  func packing() throws {
    let golden = try TestFiles.golden("packed-layers/packed.json", as: Golden.self)
    try #require(golden.cases.count == 8)
    for one in golden.cases {
      let half = 1 << (one.bits - 1)
      let layer = try AffineLayer(
        bits: one.bits, rows: one.rows, columns: one.columns,
        codes: one.codes.map { UInt8($0 + half) },
        scales: [Float](repeating: 1, count: one.rows * one.groups),
        zeros: one.zeros.map { UInt8($0 + half) })
      let tensors = try PackQuantizedTensors(layer, isSymmetric: false)
      #expect(tensors.packed == one.packed, "\(one.bits) bits")
      #expect(tensors.zeroPoints == one.packedZeros, "\(one.bits) bits")
      let words = PackQuantizedTensors.words(one.columns, bits: one.bits).stream
      #expect(one.packedShape == [one.rows, words])
      #expect(
        one.packedZerosShape == [
          PackQuantizedTensors.words(one.rows, bits: one.bits).stream, one.groups,
        ])
    }
  }
}
