import Grids
import Quantization
import Tensors
import Testing

@Suite("Round to nearest, by hand")
struct RoundToNearestByHandTests {
  @Test("ties go to the even code", arguments: [(0.5, 0), (1.5, 2), (2.5, 2)] as [(Float, Int8)])
  func tiesGoToEven(weight: Float, code: Int8) throws {
    let row = try Matrix(rows: 1, columns: 2, elements: [7, weight])  // scale is exactly 1
    let quantized = try row.roundedToNearest(QuantizationScheme(bits: 4, groupSize: 2))
    #expect(quantized == QuantizedMatrix(codes: [7, code], scales: [1]))
  }

  @Test("an asymmetric group puts zero on a code of its own")
  func asymmetric() throws {
    // From −1 to 2 in 4 bits: scale 3/15 = 0.2, zero at −(−1/0.2) = 5.
    let row = try Matrix(rows: 1, columns: 4, elements: [-1, 0, 1, 2])
    let scheme = QuantizationScheme(bits: 4, granularity: .group(4))
    let quantized = try row.roundedToNearest(scheme)
    #expect(quantized.scales == [0.2])
    #expect(quantized.zeroPoints == [5])
    #expect(quantized.codes == [0, 5, 10, 15])
    #expect(quantized.dequantized() == row)
  }

  @Test("a group without negative values starts at zero, as one without positive values ends there")
  func oneSided() throws {
    let rows = Matrix([[3, 6, 9, 15], [-3, -6, -9, -15]])
    let quantized = try rows.roundedToNearest(
      QuantizationScheme(bits: 4, granularity: .channel))
    #expect(quantized.zeroPoints == [0, 15])
    #expect(quantized.codes == [3, 6, 9, 15, 12, 9, 6, 0])
  }

  @Test("the three symmetric grids differ in scale, codes and zero point")
  func symmetricGrids() throws {
    let row = Matrix([[-7.5, 0, 3, 7.5]])
    func rounded(_ grid: SymmetricGrid) throws -> QuantizedMatrix {
      let scheme = QuantizationScheme(
        bits: 4, symmetry: .symmetric(grid), granularity: .channel)
      return try row.roundedToNearest(scheme)
    }
    let restricted = try rounded(.restricted)  // 7.5/7; 3 is 2.8 steps
    #expect(restricted.scales == [Float(7.5 / 7)])
    #expect(restricted.codes == [-7, 0, 3, 7])
    let full = try rounded(.full)  // 15/15 = 1, zero at 8; 7.5 rounds to 8 and clips to 7
    #expect(full.scales == [1])
    #expect(full.zeroPoints == [8])
    #expect(full.codes == [0, 8, 11, 15])
    let signed = try rounded(.fullSigned)
    #expect(signed.scales == [1])
    #expect(signed.zeroPoints == [0])
    #expect(signed.codes == [-8, 0, 3, 7])
  }

  @Test("a group of zeros has scale 1 and comes back as zeros")
  func zeros() throws {
    let matrix = Matrix([[0, -0.0, 0, 0], [1, 2, 3, 4]])
    for symmetry in [Symmetry.asymmetric, .symmetric(), .symmetric(.full)] {
      let quantized = try matrix.roundedToNearest(
        QuantizationScheme(bits: 3, symmetry: symmetry, granularity: .channel))
      #expect(quantized.scales[0] == 1)
      #expect(quantized.dequantized().row(0) == [0, 0, 0, 0])
    }
  }

  @Test("a rectangle shares one scale")
  func rectangles() throws {
    let matrix = Matrix([[7, 1, 14, 2], [3, 5, 4, 6]])
    let quantized = try matrix.roundedToNearest(
      QuantizationScheme(
        bits: 4, symmetry: .symmetric(), granularity: .block(rows: 2, columns: 2)))
    #expect(quantized.scales == [1, 2])
    #expect(quantized.codes == [7, 1, 7, 1, 3, 5, 2, 3])
    #expect(quantized.scale(row: 1, column: 2) == 2)
    #expect(quantized.dequantized() == matrix)
  }

  @Test("a clipping range moves what lies outside to the end")
  func clipping() throws {
    // 100/1 for two bits; half of the magnitudes are at most 2, so 2/127 for eight.
    let row = Matrix([[1, 2, 3, 100]])
    let all = try row.roundedToNearest(
      QuantizationScheme(bits: 2, symmetry: .symmetric(), granularity: .channel))
    #expect(all.codes == [0, 0, 0, 1])
    let cut = try row.roundedToNearest(
      QuantizationScheme(
        bits: 8, symmetry: .symmetric(), granularity: .channel, range: .percentile(50)))
    #expect(cut.scales == [Float(2.0 / 127)])
    #expect(cut.codes == [64, 127, 127, 127])  // 1 is 63.5 steps: a tie, to even
  }

  @Test("tokens are quantized each by its own range")
  func perToken() throws {
    let quantized = try Matrix([[1, -127], [2, 254]]).quantizedPerToken()
    #expect(quantized.scales == [1, 2])
    #expect(quantized.codes == [1, -127, 1, 127])
  }
}

@Suite("Round to nearest, by law")
struct RoundToNearestLawTests {
  static let weight = Matrix(rows: 12, columns: 96, drawnFrom: .normal(deviation: 0.1), seed: 3)

  @Test("no weight moves by more than half a step", arguments: 1...8)
  func halfAStep(bits: Int) throws {
    var symmetries: [Symmetry] = [.asymmetric, .symmetric(.full)]
    if bits > 1 { symmetries.append(.symmetric()) }
    for symmetry in symmetries {
      let quantized = try Self.weight.roundedToNearest(
        QuantizationScheme(bits: bits, symmetry: symmetry, granularity: .group(32)))
      let decoded = quantized.dequantized()
      for row in 0..<12 {
        for column in 0..<96 {
          let scale = quantized.scale(row: row, column: column)
          let moved = (decoded[row, column] - Self.weight[row, column]).magnitude
          // Half a step, and three float32 roundings (scale, quotient, product) of up to 255 steps.
          #expect(moved <= scale * (0.5 + 3 * 255 * 0x1p-24))
        }
      }
    }
  }

  @Test("quantizing what was dequantized changes nothing")
  func idempotent() throws {
    let scheme = QuantizationScheme(bits: 4, groupSize: 16)
    let once = try Self.weight.roundedToNearest(scheme)
    let twice = try once.dequantized().roundedToNearest(scheme)
    #expect(once.codes == twice.codes)
  }

  @Test("zero stays exactly zero on every grid", arguments: 1...8)
  func zeroIsExact(bits: Int) throws {
    var elements = Self.weight.elements
    for index in stride(from: 0, to: elements.count, by: 7) { elements[index] = 0 }
    let sparse = try Matrix(rows: 12, columns: 96, elements: elements)
    let decoded = try sparse.fakeQuantized(
      QuantizationScheme(bits: bits, granularity: .group(24)))
    for index in stride(from: 0, to: elements.count, by: 7) {
      #expect(decoded.elements[index] == 0)
    }
  }

  @Test("one bit more takes about 6 dB off the noise")
  func sixDecibels() throws {
    let matrix = Matrix(rows: 64, columns: 512, drawnFrom: .uniform(-1...1), seed: 9)
    let ratios = try (2...8).map { bits in
      try matrix.fakeQuantized(QuantizationScheme(bits: bits, granularity: .tensor))
        .signalToNoise(against: matrix)
    }
    for (fewer, more) in zip(ratios, ratios.dropFirst()) {
      // 20 log₁₀((2ᵇ⁺¹ − 1)/(2ᵇ − 1)) for a uniform density: 7.4 at 2 bits, 6.04 at 7; 0.15 for the
      // rounded zero point, which at few bits shifts the grid.
      #expect(more - fewer > 5.9 && more - fewer < 7.6)
    }
  }
}

@Suite("Round to nearest, by second implementation")
struct RoundToNearestReferenceTests {
  @Test(
    "the fast loops give the reference's codes, scales and zero points",
    arguments: [
      Granularity.tensor, .channel, .group(0), .group(1), .group(7), .group(16), .group(112),
      .block(rows: 5, columns: 28), .block(rows: 35, columns: 112), .token,
    ])
  func sameAsReference(granularity: Granularity) throws {
    var weight = Matrix(rows: 35, columns: 112, drawnFrom: .studentT(degreesOfFreedom: 3), seed: 8)
    weight.setRow(3, to: [Float](repeating: 0, count: 112))
    weight.setRow(4, to: [Float](repeating: -2.5, count: 112))
    weight.setRow(5, to: (0..<112).map { Float($0) })
    weight.setRow(6, to: weight.row(6).map { $0 * 1e-36 * 1e-6 })  // subnormal weights
    weight.setRow(7, to: weight.row(7).map { $0 * 1e36 })
    let symmetries: [Symmetry] = [
      .asymmetric, .symmetric(), .symmetric(.full), .symmetric(.fullSigned),
    ]
    for symmetry in symmetries {
      for bits in symmetry == .symmetric() ? 2...8 : 1...8 {
        let scheme = QuantizationScheme(bits: bits, symmetry: symmetry, granularity: granularity)
        let reference = try weight.roundedToNearestReference(scheme)
        for threads in [1, 3] {
          #expect(try weight.roundedToNearest(scheme, threads: threads) == reference)
        }
        #expect(reference.dequantized(threads: 2) == reference.dequantizedReference())
      }
    }
  }

  @Test(
    "so they do when the range is searched for",
    arguments: [
      RangeChoice.meanSquaredError(norm: 2), .meanSquaredError(norm: 2.4), .octav,
      .percentile(99),
    ])
  func sameAsReference(range: RangeChoice) throws {
    let weight = Matrix(rows: 6, columns: 64, drawnFrom: .laplace(scale: 0.1), seed: 4)
    for granularity in [Granularity.channel, .group(16), .block(rows: 3, columns: 32)] {
      for symmetry in [Symmetry.asymmetric, .symmetric()] {
        let scheme = QuantizationScheme(
          bits: 3, symmetry: symmetry, granularity: granularity, range: range)
        let reference = try weight.roundedToNearestReference(scheme)
        #expect(try weight.roundedToNearest(scheme, threads: 2) == reference)
      }
    }
  }

  @Test("a matrix large enough for several threads gives the same on one")
  func threads() throws {
    let weight = Matrix(rows: 1030, columns: 1024, drawnFrom: .normal(), seed: 5)
    let scheme = QuantizationScheme(bits: 4)
    #expect(try weight.roundedToNearest(scheme) == weight.roundedToNearest(scheme, threads: 1))
  }
}
