import Grids
import Quantization
import Tensors
import Testing

@Suite("Block codebooks")
struct BlockCodebookTests {
  struct Case: Decodable {
    let name: String
    let codebook: String
    let blockSize: Int
    let rows: Int
    let columns: Int
    let weight: [Float]
    let packed: [UInt8]
    let magnitudes: [Float]
    let table: [Float]
    let dequantized: [Float]
  }

  private func codebook(_ name: String) -> BlockCodebook {
    name == "nf4" ? .normalFloat4 : .float4BitsAndBytes
  }

  @Test("by another framework: bitsandbytes' nibbles, magnitudes and values, bit for bit")
  func bitsAndBytes() throws {
    for example in try Golden<Case>.load("blocks").cases {
      let weight = try Matrix(
        rows: example.rows, columns: example.columns, elements: example.weight)
      let quantized = try weight.quantizedInBlocks(
        codebook(example.codebook), blockSize: example.blockSize)
      #expect(quantized.codebook.table == example.table, "\(example.name)")
      #expect(quantized.magnitudes == example.magnitudes, "\(example.name)")
      #expect(quantized.packed().bytes == example.packed, "\(example.name)")
      #expect(quantized.dequantized().elements == example.dequantized, "\(example.name)")
    }
  }

  @Test("by second implementation: NF4's constants are the quantiles they come from")
  func quantiles() {
    for (constant, derived) in zip(BlockCodebook.normalFloat4.table, Codebook.normalFloat4.levels) {
      #expect((constant - derived).magnitude <= 1.2e-7)  // the table's own rounding
    }
  }

  @Test("by hand: a midpoint belongs to the level below it, and the next float does not")
  func midpoints() {
    for codebook in [BlockCodebook.normalFloat4, .float4BitsAndBytes] {
      for (index, threshold) in codebook.thresholds.enumerated() {
        #expect(codebook.encode(threshold) == Int(codebook.order[index]))
        #expect(codebook.encode(threshold.nextUp) == Int(codebook.order[index + 1]))
      }
      #expect(codebook.encode(-2) == Int(codebook.order[0]))
      #expect(codebook.encode(2) == Int(codebook.order[15]))
    }
  }

  @Test(
    "by second implementation: the fast loop gives the reference's codes, ties included",
    arguments: ["nf4", "fp4"], [1, 2, 7, 32, 64, 100, 5000])
  func sameAsReference(name: String, blockSize: Int) throws {
    let codebook = codebook(name)
    var weight = Matrix(rows: 37, columns: 101, drawnFrom: .laplace(scale: 0.02), seed: 6)
    weight.setRow(2, to: [Float](repeating: 0, count: 101))
    weight.setRow(3, to: weight.row(3).map { $0 * 1e-36 * 1e-4 })  // subnormal
    weight.setRow(4, to: weight.row(4).map { $0 * 1e38 })
    weight.setRow(5, to: (0..<101).map { $0 == 0 ? 1 : codebook.thresholds[$0 % 15] })
    let reference = try weight.quantizedInBlocksReference(codebook, blockSize: blockSize)
    for threads in [1, 3] {
      let quantized = try weight.quantizedInBlocks(
        codebook, blockSize: blockSize, threads: threads)
      #expect(quantized == reference)
    }
  }

  @Test("by hand: of zeros, a whole block has magnitude 0 and a last, shorter one 10⁻³⁸")
  func blocksOfZeros() throws {
    // What bitsandbytes 0.50 stores for 96 zeros in blocks of 64; all of them decode to zero.
    for codebook in [BlockCodebook.normalFloat4, .float4BitsAndBytes] {
      let quantized = try Matrix(rows: 1, columns: 96, repeating: 0).quantizedInBlocks(codebook)
      #expect(quantized.magnitudes == [0, 1e-38])
      #expect(quantized.dequantized() == Matrix(rows: 1, columns: 96, repeating: 0))
    }
    // Below 10⁻³⁸ the codes of a short block stand for shares of 10⁻³⁸, so it must be kept.
    let bound: Float = 1e-38
    let tiny = try Matrix([[bound * 0.2, bound * 0.4]]).quantizedInBlocks(.normalFloat4)
    #expect(tiny.magnitudes == [bound])
    // The level nearest to 0.4 is 0.44; of 0.4 × 10⁻³⁸ it would be a third.
    #expect(abs(tiny.dequantized()[0, 1] / bound - 0.44) < 0.001)
  }

  @Test("by law: packing and unpacking nibbles gives the codes back")
  func packing() throws {
    let weight = Matrix(rows: 3, columns: 21, drawnFrom: .normal(), seed: 7)
    let quantized = try weight.quantizedInBlocks(.normalFloat4)
    #expect(quantized.packed().unpacked() == quantized.codes)
  }

  @Test("by hand: a NaN is named, a block of no size is refused")
  func refusals() throws {
    var weight = Matrix(rows: 2, columns: 100, drawnFrom: .normal(), seed: 1)
    #expect(throws: QuantizationError.sizeNotPositive(name: "block size", value: 0)) {
      try weight.quantizedInBlocks(.float4BitsAndBytes, blockSize: 0)
    }
    weight[1, 99] = .infinity
    #expect(
      throws: QuantizationError.notFinite(name: "matrix", row: 1, column: 99, value: .infinity)
    ) { try weight.quantizedInBlocks(.float4BitsAndBytes) }
  }
}

@Suite("Double quantization")
struct DoubleQuantizationTests {
  struct Case: Decodable {
    let name: String
    let magnitudes: [Float]
    let offset: Float
    let codes: [UInt8]
    let blockMagnitudes: [Float]
    let levels: [Float]
    let decoded: [Float]
  }

  @Test("by another framework: bitsandbytes' codes of 300 magnitudes")
  func bitsAndBytes() throws {
    let golden = try Golden<Case>.load("double-quantization")
    for example in golden.cases {
      let quantized = DoubleQuantizedScales(example.magnitudes)
      #expect(quantized.levels == example.levels)
      // The offset, in its own last place; the block's magnitude is a difference of the two.
      #expect((quantized.offset - example.offset).magnitude <= example.offset.ulp)
      for (ours, theirs) in zip(quantized.magnitudes, example.blockMagnitudes) {
        #expect((ours - theirs).magnitude <= 2 * example.offset.ulp)
      }
      let different = zip(quantized.codes, example.codes).filter { $0 != $1 }
      #expect(different.count <= Int(golden.tolerance))
      #expect(different.allSatisfy { abs(Int($0) - Int($1)) <= 1 })
      let decoded = zip(quantized.decoded(), example.decoded).filter {
        ($0 - $1).magnitude > 4 * example.offset.ulp
      }
      #expect(decoded.count <= different.count)
    }
  }

  @Test("by law: magnitudes come back to within a fraction of a percent on average")
  func accuracy() throws {
    let weight = Matrix(rows: 256, columns: 1024, drawnFrom: .normal(), seed: 8)
    let plain = try weight.quantizedInBlocks(.normalFloat4)
    let double = plain.doublyQuantized()
    let errors = zip(plain.magnitudes, double.magnitudes).map { Double(abs($1 - $0) / $0) }
    let mean = errors.reduce(0, +) / Double(errors.count)
    #expect(abs(mean - 0.0016) < 0.0002)  // 0.16 % to its last digit and sampling of 4,096 blocks
    #expect(double.codes == plain.codes)
  }

  @Test("by hand: equal scales are stored exactly, none at all cost nothing")
  func edges() {
    let equal = DoubleQuantizedScales([0.5, 0.5, 0.5])
    #expect(equal.offset == 0.5)
    #expect(equal.decoded() == [0.5, 0.5, 0.5])
    let none = DoubleQuantizedScales([])
    #expect(none.decoded().isEmpty)
    #expect(none.storageItems.allSatisfy { $0.bits == 0 })
  }

  @Test("by hand: any codebook will do")
  func anyCodebook() {
    // Mean 2.5; distances −1.5, −0.5, 0.5, 1.5 over 1.5; levels −1, 0, 1: the middle ones become 0.
    let quantized = DoubleQuantizedScales([1, 2, 3, 4], codebook: Codebook(levels: [-1, 0, 1]))
    #expect(quantized.codes == [0, 1, 1, 2])
    #expect(quantized.decoded() == [1, 2.5, 2.5, 4])
  }
}
