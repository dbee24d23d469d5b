import Grids
import Quantization
import Tensors
import Testing

@Suite("Integer products")
struct IntegerProductTests {
  struct Case: Decodable {
    let name: String
    let inner: Int
    let activations: [Int]
    let weight: [Int]
    let activationZeroPoints: [Int]
    let weightZeroPoints: [Int]
    let sums: [Int32]
  }

  private func matrix(
    _ codes: [Int], zeroPoints: [Int], columns: Int, granularity: Granularity,
    isSigned: Bool? = nil
  ) throws -> QuantizedMatrix {
    let isSigned = isSigned ?? codes.contains { $0 < 0 }
    let scheme = QuantizationScheme(
      bits: 8, symmetry: isSigned ? .symmetric(.fullSigned) : .asymmetric,
      granularity: granularity)
    return try QuantizedMatrix(
      rows: zeroPoints.count, columns: columns, codes: Codes(codes, isSigned: isSigned),
      scales: [Float](repeating: 1, count: zeroPoints.count), zeroPoints: zeroPoints,
      scheme: scheme)
  }

  @Test("by another framework: numpy's int32 sums, for every pair of signs")
  func numpy() throws {
    for example in try Golden<Case>.load("products").cases {
      let activations = try matrix(
        example.activations, zeroPoints: example.activationZeroPoints, columns: example.inner,
        granularity: .token)
      let weight = try matrix(
        example.weight, zeroPoints: example.weightZeroPoints, columns: example.inner,
        granularity: .channel)
      #expect(try activations.integerProduct(weight: weight).sums == example.sums)
      #expect(try activations.integerProductReference(weight: weight).sums == example.sums)
    }
  }

  @Test(
    "by second implementation: the corrected product is the plain one, bit for bit",
    arguments: [(1, 1, 1), (2, 3, 16), (5, 4, 33), (7, 9, 130), (3, 2, 1024)])
  func sameAsReference(tokens: Int, outputs: Int, inputs: Int) throws {
    let inputMatrix = Matrix(
      rows: tokens, columns: inputs, drawnFrom: .normal(mean: 0.5, deviation: 1), seed: 1)
    let weightMatrix = Matrix(rows: outputs, columns: inputs, drawnFrom: .normal(), seed: 2)
    for symmetry in [Symmetry.asymmetric, .symmetric(), .symmetric(.full)] {
      for weightGranularity in [Granularity.channel, .tensor] {
        let activations = try inputMatrix.quantizedPerToken(symmetry: symmetry)
        let weight = try weightMatrix.roundedToNearest(
          QuantizationScheme(bits: 8, granularity: weightGranularity))
        let reference = try activations.integerProductReference(weight: weight)
        #expect(try activations.integerProduct(weight: weight, threads: 1) == reference)
        #expect(try activations.integerProduct(weight: weight, threads: 3) == reference)
      }
    }
  }

  @Test("by law: it is the product of what the codes stand for")
  func dequantized() throws {
    let inputMatrix = Matrix(rows: 6, columns: 96, drawnFrom: .normal(), seed: 3)
    let weightMatrix = Matrix(rows: 5, columns: 96, drawnFrom: .normal(), seed: 4)
    let activations = try inputMatrix.quantizedPerToken(symmetry: .asymmetric)
    let weight = try weightMatrix.roundedToNearest(
      QuantizationScheme(bits: 8, symmetry: .symmetric(), granularity: .channel))
    let ours = try activations.integerProduct(weight: weight).dequantized()
    let floats = activations.dequantized().productReference(weight.dequantized().transposed())
    // Both factors are rounded once as floats, ε/2 each, over 96 products below 16 each, and the
    // result once: (2 × 96 × 16 + 1536) ε / 2.
    #expect(ours.maximumDifference(from: floats) < 2304 * .ulpOfOne)
  }

  @Test("by hand: a bias joins the sums at the product of both scales")
  func bias() throws {
    // Scales 0.5 and 0.25: a unit of the sum is worth 0.125, so a bias of 1.3 is 10.4 → 10.
    let activations = try QuantizedMatrix(
      rows: 1, columns: 2, codes: [4, 6], scales: [0.5], zeroPoints: [0],
      scheme: QuantizationScheme(bits: 8, granularity: .token))
    let weight = try QuantizedMatrix(
      rows: 1, columns: 2, codes: Codes([3, -1] as [Int8]), scales: [0.25], zeroPoints: [0],
      scheme: QuantizationScheme(bits: 8, symmetry: .symmetric(), granularity: .channel))
    let product = try activations.integerProduct(weight: weight)
    #expect(product.sums == [6])
    let biased = try product.addingBias([1.3])
    #expect(biased.sums == [16])
    #expect(biased.dequantized() == Matrix([[2]]))
    // Onto a grid of step 0.75 with zero at 3: M = 0.125/0.75 = 1/6; 16/6 = 2.67 → 3; 3 + 3 = 6.
    let grid = AffineGrid(scale: 0.75, zeroPoint: 3, as: .uint8)
    #expect(try biased.requantized(to: grid) == [6])
  }

  @Test("by hand: scales inside the sum, unequal inner sizes and sums too long are refused")
  func refusals() throws {
    let matrix = Matrix(rows: 2, columns: 32, drawnFrom: .normal(), seed: 1)
    let activations = try matrix.quantizedPerToken()
    let grouped = try matrix.roundedToNearest(QuantizationScheme(bits: 8, groupSize: 16))
    #expect(
      throws: QuantizationError.scaleInsideSum(operand: "weight", granularity: .group(16))
    ) { try activations.integerProduct(weight: grouped) }
    let narrow = try Matrix(rows: 2, columns: 16, repeating: 1).quantizedPerToken()
    #expect(
      throws: QuantizationError.activationsDoNotMatch(activationColumns: 32, weightColumns: 16)
    ) { try activations.integerProduct(weight: narrow) }
    // 255 × 255 × 33,026 is above 2³¹ − 1, and 33,025 is not.
    let long = try Matrix(rows: 1, columns: 33_026, repeating: 1)
      .quantizedPerToken(symmetry: .asymmetric)
    #expect(
      throws: QuantizationError.accumulatorOverflow(columns: 33_026, largestColumns: 33_025)
    ) { try long.integerProduct(weight: long) }
    let fits = try Matrix(rows: 1, columns: 33_025, repeating: 1)
      .quantizedPerToken(symmetry: .asymmetric)
    #expect(try fits.integerProduct(weight: fits).sums == [33_025 * 255 * 255])
    // A signed code less a zero point of −128 reaches 255 too.
    let shifted = try self.matrix(
      [Int](repeating: 127, count: 33_026), zeroPoints: [-128], columns: 33_026,
      granularity: .token, isSigned: true)
    #expect(
      throws: QuantizationError.accumulatorOverflow(columns: 33_026, largestColumns: 33_025)
    ) { try shifted.integerProduct(weight: shifted) }
  }
}

@Suite("Fixed-point factors")
struct FixedPointMultiplierTests {
  @Test("by hand: 0.3 is 0.6 × 2⁻¹")
  func byHand() throws {
    let factor = try FixedPointMultiplier(0.3)
    #expect(factor.shift == 1)
    #expect(factor.mantissa == 1_288_490_189)  // 0.6 × 2³¹ = 1288490188.8
    #expect(factor.apply(1000) == 300)
    let half = try FixedPointMultiplier(0.5)
    #expect([1, 2, 3, 5, -1, -3].map(half.apply) == [0, 1, 2, 2, 0, -2])  // ties to even
    #expect(try FixedPointMultiplier(0).apply(123) == 0)
    #expect(try FixedPointMultiplier(1).apply(Int32.min) == Int32.min)
    #expect(try FixedPointMultiplier(4).apply(Int32.max) == Int32.max)  // clamped
    #expect(try FixedPointMultiplier(0x1p30).apply(-1) == -0x4000_0000)
  }

  @Test("by law: the factor is off by at most 2⁻³¹ of itself, the result by at most half and that")
  func accuracy() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let exact = generator.openUniform() * (generator.below(2) == 0 ? 1e-4 : 3)
      let value = Int32(truncatingIfNeeded: generator.below(1 << 28)) - (1 << 27)
      let factor = try FixedPointMultiplier(exact)
      #expect(abs(factor.factor - exact) <= exact * 0x1p-31)
      let product = Double(value) * exact
      #expect(abs(Double(factor.apply(value)) - product) <= 0.5 + abs(product) * 0x1p-31)
    }
  }

  @Test(
    "by hand: factors that cannot be are refused", arguments: [-1, Double.nan, .infinity, 0x1p31])
  func refusals(factor: Double) {
    #expect(throws: QuantizationError.self) { try FixedPointMultiplier(factor) }
  }
}
