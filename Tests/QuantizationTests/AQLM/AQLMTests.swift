import Quantization
import Tensors
import Testing

@Suite("AQLM and vector codebooks")
struct AQLMTests {
  private func layer(_ rows: Int = 48, _ columns: Int = 64) throws -> LayerInput {
    let weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(deviation: 0.02), seed: 1)
    let mixing =
      Matrix.identity(columns)
      + Matrix(rows: columns, columns: columns, drawnFrom: .normal(deviation: 0.2), seed: 3)
    let inputs = Matrix(rows: 200, columns: columns, drawnFrom: .normal(), seed: 4)
      .multiplied(by: mixing)
    return try LayerInput(weight: weight, activations: inputs)
  }

  /// Codebooks of 16 entries, so that a small layer cannot learn itself by heart.
  private func search(_ beam: Int = 1, seed: UInt64 = 0) -> AQLM {
    AQLM(codebooks: 2, bits: 4, beam: beam, iterations: 6, tolerance: 0, seed: seed)
  }

  @Test("by law: the loss never rises, phase by phase, and every phase is worth something once")
  func monotone() throws {
    let input = try layer()
    let hessian = try input.statistics(for: "").hessian
    for beam in [1, 4] {
      let course = try search(beam).solve(input.weight, hessian: hessian).course
      #expect(course.count > 3)
      for (earlier, later) in zip(course, course.dropFirst()) {
        #expect(later.loss <= earlier.loss)
      }
      for phase in [AQLM.Phase.codebooks, .scales, .codes] {
        let helped = zip(course, course.dropFirst()).contains {
          $1.phase == phase && $1.loss < $0.loss
        }
        #expect(helped, "\(phase)")
      }
    }
  }

  @Test("by second implementation: codes, codebooks and scales give Ŵ and the loss")
  func parts() throws {
    let input = try layer()
    let hessian = try input.statistics(for: "").hessian
    let solution = try search().solve(input.weight, hessian: hessian)
    #expect(solution.codes.perRow == 16 && solution.codes.values.count == 48 * 16)
    #expect(solution.codebooks.rows == 2 && solution.codebooks.columns == 16 * 8)
    for row in 0..<48 {
      for column in 0..<64 {
        var sum: Float = 0
        for codebook in 0..<2 {
          let code = Int(solution.codes.values[row * 16 + column / 8 * 2 + codebook])
          sum += solution.codebooks[codebook, code * 8 + column % 8]
        }
        #expect(solution.dequantized[row, column] == sum * solution.scales[row])
      }
    }
    let error = OutputError(
      weight: input.weight, approximation: solution.dequantized,
      activations: try #require(input.activations))
    // E = tokens · loss; float32 products on both sides.
    #expect((error.squared - 200 * solution.loss).magnitude < 1e-3 * error.squared)
    #expect(solution.storage.bits == 48 * 16 * 4 + 2 * 16 * 8 * 16 + 48 * 16)
  }

  @Test("by law: with 2 bits far better than rounding to 2 bits, and the seed decides the rest")
  func better() throws {
    let input = try layer(96, 128)
    let result = try LayerMethod(named: "aqlm").quantize(input)
    let nearest = try LayerMethod(named: "rtn").quantize(input, LayerOptions(bits: 2))
    let after = try #require(LayerErrors(input, result).outputError)
    let before = try #require(LayerErrors(input, nearest).outputError)
    #expect(after < 0.3 * before)
    let again = try LayerMethod(named: "aqlm").quantize(input, LayerOptions(seed: 0))
    #expect(again.vectorCodes == result.vectorCodes && again.dequantized == result.dequantized)
    let other = try LayerMethod(named: "aqlm").quantize(input, LayerOptions(seed: 5))
    #expect(other.vectorCodes != result.vectorCodes)
  }

  @Test("by second implementation: a beam as wide as a tiny problem finds its best codes")
  func beamFindsTheBest() throws {
    // One vector, two codebooks of two entries: four sums, all tried.
    let weight = Matrix(rows: 3, columns: 8, drawnFrom: .normal(), seed: 11)
    let hessian = DoubleMatrix.identity(8)
    let solution = try AQLM(codebooks: 2, bits: 1, beam: 4, iterations: 5, tolerance: 0).solve(
      weight, hessian: hessian)
    for row in 0..<3 {
      var losses: [Double] = []
      for choice in 0..<4 {
        var loss = 0.0
        for column in 0..<8 {
          let sum =
            solution.codebooks[0, (choice & 1) * 8 + column]
            + solution.codebooks[1, (choice >> 1) * 8 + column]
          let error = Double(weight[row, column] - sum * solution.scales[row])
          loss += error * error / 2
        }
        losses.append(loss)
      }
      let codes = solution.codes.values[row * 2..<row * 2 + 2]
      let own = losses[Int(codes[codes.startIndex]) + 2 * Int(codes[codes.startIndex + 1])]
      #expect(own <= (losses.min() ?? 0) * 1.0001 + 1e-9)
    }
  }

  @Test("hostile: widths eight does not divide, silent inputs, zero rows, bad requests")
  func hostile() throws {
    let method = try LayerMethod(named: "aqlm")
    let narrow = try LayerInput(
      weight: Matrix(rows: 2, columns: 12, repeating: 1),
      activations: Matrix(rows: 4, columns: 12, drawnFrom: .normal(), seed: 1))
    #expect(
      throws: QuantizationError.vectorsDoNotTile(method: "aqlm", length: 8, columns: 12)
    ) { try method.quantize(narrow) }
    let silent = try LayerInput(
      weight: Matrix(rows: 4, columns: 16, drawnFrom: .normal(), seed: 2),
      activations: Matrix(rows: 4, columns: 16, repeating: 0))
    #expect(try method.quantize(silent).dequantized.elements.allSatisfy { $0.isFinite })
    for change: (inout LayerOptions) -> Void in [
      { $0.codebooks = 0 }, { $0.beam = 0 }, { $0.bits = 13 }, { $0.iterations = -1 },
      { $0.codebookBits = 17 }, { ($0.bits, $0.codebooks, $0.codebookBits) = (2, 3, 8) },
    ] {
      var options = LayerOptions()
      change(&options)
      #expect(throws: QuantizationError.self) { try method.quantize(silent, options) }
    }
  }

  /// What was asked, and the codebooks and the width it means.
  static let layoutCases: [(bits: Int?, codebooks: Int?, width: Int?, count: Int, each: Int)] = [
    (nil, nil, nil, 2, 8), (2, nil, nil, 2, 8), (1, nil, nil, 1, 8), (4, nil, nil, 4, 8),
    (2, 1, nil, 1, 16), (2, nil, 4, 4, 4), (3, nil, 12, 2, 12), (3, 4, nil, 4, 6),
    (nil, 3, nil, 3, 8), (nil, nil, 16, 1, 16), (nil, 1, 6, 1, 6), (2, 2, 8, 2, 8),
  ]

  @Test(
    "by hand: bits are what indices take a weight, codebooks × their width / 8",
    arguments: layoutCases)
  func layouts(bits: Int?, codebooks: Int?, width: Int?, count: Int, each: Int) throws {
    var options = LayerOptions(bits: bits)
    (options.codebooks, options.codebookBits, options.iterations) = (codebooks, width, 0)
    let input = try LayerInput(
      weight: Matrix(rows: 2, columns: 16, drawnFrom: .normal(), seed: 1),
      activations: Matrix(rows: 4, columns: 16, drawnFrom: .normal(), seed: 2))
    let result = try LayerMethod(named: "aqlm").quantize(input, options)
    #expect(result.vectorCodes?.perRow == 2 * count)
    #expect(result.codebooks?.rows == count && result.codebooks?.columns == 8 << each)
    let codes = try #require(result.storage.items.first { $0.name == "codes" })
    #expect(codes.bitsEach == each && codes.bits == 32 * count * each / 8)
  }

  @Test("by hand: what makes no whole codebooks says what would")
  func noLayout() throws {
    let input = try LayerInput(
      weight: Matrix(rows: 1, columns: 8, repeating: 1),
      activations: Matrix([[1, 2, 3, 4, 5, 6, 7, 8]]))
    for (bits, codebooks, width) in [(2, 3, nil), (3, nil, 7), (nil, nil, 12), (8, 2, nil)]
      as [(Int?, Int?, Int?)]
    {
      var options = LayerOptions(bits: bits)
      (options.codebooks, options.codebookBits) = (codebooks, width)
      #expect(
        throws: QuantizationError.codebooksDoNotFit(
          bits: bits ?? 2, codebooks: codebooks, codebookBits: width)
      ) { try LayerMethod(named: "aqlm").quantize(input, options) }
    }
    #expect(
      QuantizationError.codebooksDoNotFit(bits: 2, codebooks: 3, codebookBits: nil).description
        == "2 bits a weight are 16 for eight, and 3 codebooks do not make that; codebooks × their bits "
        + "must be 16, with at most 16 of either")
  }

  @Test("by law: one codebook of 2¹⁶ entries learns a layer of fewer vectors by heart")
  func oneWideCodebook() throws {
    let input = try layer(8, 32)
    var options = LayerOptions(bits: 2)
    options.codebooks = 1
    let result = try LayerMethod(named: "aqlm").quantize(input, options)
    // 32 vectors, 65,536 entries: each is its own, but for the rounding of its scale.
    #expect(result.dequantized.maximumDifference(from: input.weight) < 0.1 * 0x1p-20)
    #expect(result.storage.items[1].count == 65_536 * 8)
  }

  @Test("by law: a weight times a power of two has the same codes, up to the largest there is")
  func units() throws {
    let input = try layer(8, 64)
    let hessian = try input.statistics(for: "").hessian
    let plain = try search().solve(input.weight, hessian: hessian)
    for exponent in [-90, 3, 120] {
      let factor = Float(sign: .plus, exponent: exponent, significand: 1)
      let scaled = try search().solve(factor * input.weight, hessian: hessian)
      #expect(scaled.codes == plain.codes && scaled.codebooks == plain.codebooks)
      #expect(scaled.scales == plain.scales.map { $0 * factor })
      #expect(scaled.dequantized == factor * plain.dequantized)
      #expect(scaled.loss == plain.loss * Double(factor) * Double(factor))
    }
    // Rows of 64 weights whose norm is eight times each of them, and that leaves float32.
    let vast = try LayerMethod(named: "aqlm").quantize(
      LayerInput(
        weight: Matrix(rows: 2, columns: 64, repeating: 1.5e38), activations: input.activations))
    #expect(vast.scales.elements.allSatisfy { $0.isFinite && $0 > 0 })
    #expect(vast.dequantized.elements.allSatisfy { abs($0 / 1.5e38 - 1) < 1e-5 })
  }

  @Test("by hand: k-means of vectors in two heaps finds both")
  func heaps() {
    var generator = SeededGenerator(seed: 1)
    let vectors = Matrix([[0, 0], [0, 1], [10, 10], [10, 11], [0, 0.5]])
    let codebook = VectorCodebook.kMeans(of: vectors, count: 2, using: &generator)
    let nearest = codebook.nearest(to: vectors)
    #expect(nearest[0] == nearest[1] && nearest[2] == nearest[3] && nearest[0] != nearest[2])
    #expect(codebook.entries.row(nearest[0]) == [0, 0.5])
    #expect(codebook.entries.row(nearest[2]) == [10, 10.5])
  }

  @Test("by law: more entries never hurt much, fewer vectors than entries are all kept")
  func entries() {
    let vectors = Matrix(rows: 600, columns: 4, drawnFrom: .normal(), seed: 2)
    var errors: [Double] = []
    for count in [1, 4, 16, 64] {
      var generator = SeededGenerator(seed: 3)
      let codebook = VectorCodebook.kMeans(of: vectors, count: count, using: &generator)
      #expect(codebook.entries.rows == count)
      let nearest = codebook.entries.selectingRows(codebook.nearest(to: vectors))
      errors.append(nearest.squaredDistance(to: vectors))
    }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $1 < 0.8 * $0 })
    var generator = SeededGenerator(seed: 3)
    let all = VectorCodebook.kMeans(of: vectors, count: 1000, using: &generator)
    #expect(all.entries == vectors)
    let alike = Matrix(rows: 20, columns: 3, repeating: 1)
    #expect(VectorCodebook.kMeans(of: alike, count: 4, using: &generator).entries.rows == 1)
  }
}
