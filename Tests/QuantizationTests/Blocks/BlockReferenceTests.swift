import Quantization
import Tensors
import Testing

@Suite("by second implementation: fast loops of block formats against plain ones")
struct BlockReferenceTests {
  @Test("random rows give the same bytes", arguments: BlockGoldenTests.names)
  func rows(name: String) throws {
    let format = try BlockFormat(named: name)
    let columns = 3 * 256
    let seeds = Matrix(rows: 1, columns: 12, drawnFrom: .normal(), seed: 5)
    for (seed, size) in seeds.elements.enumerated() {
      // Widths from 10⁻⁶ to 10⁶ and more, every fourth row with most values equal.
      var row = Matrix(rows: 1, columns: columns, drawnFrom: .normal(), seed: UInt64(seed)).elements
      let factor = Float(sign: .plus, exponent: Int(size * 10), significand: 1.1)
      for index in row.indices {
        row[index] *= factor
        if seed % 4 == 3 { row[index] = (row[index] / factor).rounded() * factor }
      }
      let importance = Matrix(
        rows: 1, columns: columns, drawnFrom: .normal(), seed: UInt64(seed) + 100
      ).elements.map { $0 * $0 }
      for weights in [nil, importance] {
        let bytes = try format.encoded(row, importance: weights)
        let reference = try format.encodedReference(row, importance: weights)
        let different = zip(bytes, reference).filter { $0 != $1 }.count
        #expect(different == 0, "\(name), row \(seed), importance \(weights != nil)")
        let values = try format.decoded(bytes)
        #expect(
          zip(values, try format.decodedReference(bytes)).allSatisfy {
            $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN
          }, "\(name), row \(seed)")
      }
    }
  }

  @Test("any bytes decode to the same values", arguments: BlockGoldenTests.names)
  func bytes(name: String) throws {
    let format = try BlockFormat(named: name)
    var state: UInt64 = 7
    let bytes = (0..<format.bytesPerBlock * 64).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
    let values = try format.decoded(bytes)
    #expect(
      zip(values, try format.decodedReference(bytes)).allSatisfy {
        $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN
      })
    _ = try format.unpacked(bytes)  // any bytes are blocks; none may trap
  }

  @Test("by law: no byte depends on the number of threads", arguments: BlockGoldenTests.names)
  func threads(name: String) throws {
    let format = try BlockFormat(named: name)
    let weight = Matrix(rows: 7, columns: 512, drawnFrom: .normal(), seed: 3)
    let one = try format.quantized(weight, threads: 1)
    #expect(try format.quantized(weight, threads: 3) == one)
    #expect(try format.dequantized(one, threads: 1) == format.dequantized(one, threads: 4))
  }
}
