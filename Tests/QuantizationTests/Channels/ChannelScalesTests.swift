import Quantization
import Tensors
import Testing

@Suite("Scales of input channels, and folding them into what comes before")
struct ChannelScalesTests {
  private let weight = Matrix(rows: 12, columns: 20, drawnFrom: .normal(), seed: 1)
  private let inputs = Matrix(rows: 7, columns: 20, drawnFrom: .normal(), seed: 2)

  private func scales(_ count: Int, seed: UInt64) throws -> ChannelScales {
    try ChannelScales([Float](count: count, drawnFrom: .uniform(0.1...9), seed: seed))
  }

  /// Two roundings a factor, one a product, and the sum's own: k ε Σ|aᵢ bᵢ| with a few more ε.
  private func expectSame(_ one: Matrix, _ other: Matrix, inner: Int, size: Float) {
    #expect(one.maximumDifference(from: other) <= Float(inner + 6) * size * 0x1p-24)
  }

  @Test("by hand: weights are multiplied, inputs and quantized weights divided")
  func byHand() throws {
    let scales = try ChannelScales([2, 0.5])
    #expect(scales.multiplied(into: Matrix([[3, 4], [-1, 8]])) == Matrix([[6, 2], [-2, 4]]))
    #expect(scales.divided(outOf: Matrix([[3, 4]])) == Matrix([[1.5, 8]]))
    #expect(ChannelScales.ones(2).multiplied(into: Matrix([[3, 4]])) == Matrix([[3, 4]]))
  }

  @Test("by hand: a scale that is not positive and finite is refused by its place")
  func refusals() {
    for (bad, index) in [([1, 0], 1), ([-2, 1], 0), ([1, .infinity], 1), ([.nan], 0)]
      as [([Float], Int)]
    {
      #expect {
        try ChannelScales(bad)
      } throws: { error in
        guard case .scaleNotPositive(_, index) = error as? QuantizationError else { return false }
        return true
      }
    }
    let scales = ChannelScales.ones(3)
    #expect(
      throws: QuantizationError.countMismatch(
        what: "outputs of the layer before", found: 2, expected: 3)
    ) { try scales.folded(into: LinearLayer(weight: Matrix([[1], [2]]))) }
    #expect(throws: QuantizationError.countMismatch(what: "gains", found: 1, expected: 3)) {
      try scales.folded(into: NormalizationGain(gain: [1]))
    }
  }

  @Test("by law: folded into a normalisation, a layer's output stays", arguments: [true, false])
  func foldsIntoNormalization(hasOffset: Bool) throws {
    let norm = NormalizationGain(
      gain: [Float](count: 20, drawnFrom: .normal(), seed: 3),
      offset: hasOffset ? [Float](count: 20, drawnFrom: .normal(), seed: 4) : [])
    let scales = try scales(20, seed: 5)
    let before = norm(inputs).multiplyingTransposed(weight)
    let after = try scales.folded(into: norm)(inputs)
      .multiplyingTransposed(scales.multiplied(into: weight))
    expectSame(before, after, inner: 20, size: 60)
    #expect(try scales.folded(into: norm).gain != norm.gain)
  }

  @Test("by law: folded into the linear layer before, through a ReLU, the output stays")
  func foldsThroughReLU() throws {
    let first = LinearLayer(
      weight: weight, bias: [Float](count: 12, drawnFrom: .normal(), seed: 6))
    let second = Matrix(rows: 5, columns: 12, drawnFrom: .normal(), seed: 7)
    let scales = try scales(12, seed: 8)
    func run(_ first: LinearLayer, _ second: Matrix) -> Matrix {
      first(inputs).mapped { max($0, 0) }.multiplyingTransposed(second)
    }
    let folded = try scales.folded(into: first)
    expectSame(
      run(first, second), run(folded, scales.multiplied(into: second)), inner: 32, size: 100)
    // The bias moves too: without it the law would be broken.
    var forgotten = folded
    forgotten.bias = first.bias
    #expect(
      run(forgotten, scales.multiplied(into: second))
        .maximumDifference(from: run(first, second)) > 0.1)
  }

  @Test("by law: planted outliers by a power of two leave every bit of the output")
  func planting() throws {
    let norm = NormalizationGain(gain: [Float](count: 20, drawnFrom: .normal(), seed: 9))
    let scales = try ChannelScales.planting(outliersIn: [3, 17, 3], of: 20, factor: 64)
    let loud = try scales.folded(into: norm)
    #expect(loud.gain[3] == 64 * norm.gain[3] && loud.gain[4] == norm.gain[4])
    let quiet = scales.multiplied(into: weight)
    #expect(quiet[5, 17] == weight[5, 17] / 64)
    func reference(_ norm: NormalizationGain, _ weight: Matrix) -> Matrix {
      norm(inputs).multiplied(byReferenceTransposed: weight)
    }
    #expect(reference(loud, quiet) == reference(norm, weight))
    for factor in [0, -1, .infinity, .nan] as [Float] {
      #expect(throws: QuantizationError.self) {
        try ChannelScales.planting(outliersIn: [0], of: 2, factor: factor)
      }
    }
  }

  @Test("by hand: equalising meets in the geometric middle")
  func equalizing() throws {
    // Rows reach 8 and 1, columns 2 and 4: s = √(8/2) = 2 and √(1/4) = ½.
    let first = Matrix([[8, -1], [1, 0.5]])
    let second = Matrix([[2, -4], [1, 3]])
    let scales = try ChannelScales.equalizing(first, second)
    #expect(scales.values == [2, 0.5])
    let moved = try scales.folded(into: LinearLayer(weight: first, bias: [6, 6]))
    #expect(moved.weight == Matrix([[4, -0.5], [2, 1]]) && moved.bias == [3, 12])
    #expect(scales.multiplied(into: second) == Matrix([[4, -2], [2, 1.5]]))
    // Dead ends keep their scale.
    #expect(try ChannelScales.equalizing(Matrix([[0], [1]]), Matrix([[1, 0]])).values == [1, 1])
    #expect(throws: QuantizationError.self) {
      try ChannelScales.equalizing(Matrix([[1]]), Matrix([[1, 2]]))
    }
    #expect(throws: QuantizationError.self) {
      try ChannelScales.equalizing(Matrix([[.nan]]), Matrix([[1]]))
    }
  }

  @Test("by law: an equalised ReLU chain computes what it did, with ranges that meet")
  func chain() throws {
    let uneven = [Float](count: 12, drawnFrom: .uniform(0.01...8), seed: 20)
    let layers = [
      LinearLayer(
        weight: weight.scalingRows(by: uneven),
        bias: [Float](count: 12, drawnFrom: .normal(), seed: 21)),
      LinearLayer(
        weight: Matrix(rows: 9, columns: 12, drawnFrom: .normal(), seed: 22),
        bias: [Float](count: 9, drawnFrom: .normal(), seed: 23)),
      LinearLayer(weight: Matrix(rows: 4, columns: 9, drawnFrom: .normal(), seed: 24)),
    ]
    func run(_ layers: [LinearLayer]) -> Matrix {
      var values = layers[0](inputs)
      for layer in layers.dropFirst() { values = layer(values.mapped { max($0, 0) }) }
      return values
    }
    let chain = try EqualizedChain(layers)
    let before = run(layers)
    let after = run(chain.layers)
    // Some hundred roundings, each within 2⁻²⁴ of values up to the largest.
    #expect(
      after.maximumDifference(from: before) < 400 * 0x1p-24 * before.largestMagnitude)
    #expect(chain.lastChange <= 1e-4 && chain.rounds < 100)
    for index in 1..<3 {
      let into = chain.layers[index - 1].weight.rowMaximumMagnitudes
      let out = chain.layers[index].weight.columnMaximumMagnitudes
      for (one, other) in zip(into, out) { #expect(abs(one / other - 1) < 1e-3) }
    }
    #expect(try EqualizedChain([layers[0]]).layers == [layers[0]])
  }
}

extension Matrix {
  /// Products summed in order, so that a factor of a power of two cannot change a bit.
  fileprivate func multiplied(byReferenceTransposed other: Matrix) -> Matrix {
    Matrix(rows: rows, columns: other.rows) { row, column in
      var sum: Float = 0
      for index in 0..<columns { sum += self[row, index] * other[column, index] }
      return sum
    }
  }
}
