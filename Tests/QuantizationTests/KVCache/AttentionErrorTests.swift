import Quantization
import Tensors
import Testing

@Suite("Attention error")
struct AttentionErrorTests {
  struct Case: Decodable {
    let isCausal: Bool
    let queries: [Float]
    let keys: [Float]
    let values: [Float]
    let codedKeys: [Float]
    let codedValues: [Float]
    let scoreMSE: Double
    let klDivergence: Double
    let totalVariation: Double
    let outputError: Double
    let relativeOutputError: Double
  }

  @Test("golden: numpy's float64 sums")
  func golden() throws {
    let golden = try Golden<Case>.load("attention-error")
    for example in golden.cases {
      func matrix(_ values: [Float]) throws -> Matrix {
        try Matrix(rows: values.count / 8, columns: 8, elements: values)
      }
      let found = try AttentionError(
        queries: matrix(example.queries), keys: matrix(example.keys),
        values: matrix(example.values), codedKeys: matrix(example.codedKeys),
        codedValues: matrix(example.codedValues), isCausal: example.isCausal)
      for (value, expected) in [
        (found.scoreMSE, example.scoreMSE), (found.klDivergence, example.klDivergence),
        (found.totalVariation, example.totalVariation), (found.outputError, example.outputError),
        (found.relativeOutputError, example.relativeOutputError),
      ] {
        #expect((value - expected).magnitude <= golden.tolerance * expected.magnitude)
      }
    }
  }

  @Test("by hand: one query, two tokens, a score that changes sides")
  func byHand() throws {
    // √d = 2 with four channels: scores 1 and 0, then 0 and 0. p = (σ, 1 − σ), p̂ = (½, ½).
    let keys = Matrix([[2, 0, 0, 0], [0, 0, 0, 0]])
    let values = Matrix([[1], [0]])
    let error = try AttentionError(
      queries: Matrix([[1, 0, 0, 0]]), keys: keys, values: values,
      codedKeys: Matrix(rows: 2, columns: 4, repeating: 0), codedValues: values)
    let first = 0.731_058_578_630_004_9  // e / (e + 1)
    #expect(error.scoreMSE == 0.5)
    #expect((error.totalVariation - (first - 0.5)).magnitude < 1e-15)
    #expect((error.outputError - (first - 0.5) * (first - 0.5)).magnitude < 1e-15)
    let divergence = 0.11094407167172735  // σ ln 2σ + (1 − σ) ln 2(1 − σ)
    #expect((error.klDivergence - divergence).magnitude < 1e-15)
  }

  @Test("by law: no change, no error; a shift of every key along no query changes no weight")
  func invariances() throws {
    let queries = Matrix(rows: 4, columns: 6, drawnFrom: .normal(), seed: 1)
    let keys = Matrix(rows: 20, columns: 6, drawnFrom: .normal(), seed: 2)
    let values = Matrix(rows: 20, columns: 6, drawnFrom: .normal(), seed: 3)
    let none = try AttentionError(
      queries: queries, keys: keys, values: values, codedKeys: keys, codedValues: values)
    #expect(none.scoreMSE == 0 && none.klDivergence == 0 && none.totalVariation == 0)
    #expect(none.outputError == 0 && none.relativeOutputError == 0)
    // The same vector added to every key adds the same number to all scores of a query.
    let shifted = Matrix(rows: 20, columns: 6) { keys[$0, $1] + Float($1) * 0.5 }
    let moved = try AttentionError(
      queries: queries, keys: keys, values: values, codedKeys: shifted, codedValues: values)
    #expect(moved.scoreMSE > 0.01)
    // Float32 keys carry the shift to about 10⁻⁷; the divergence is second order in that.
    #expect(moved.klDivergence < 1e-12 && moved.totalVariation < 1e-6)
  }

  @Test("by law: keys with outlier channels are better off with a scale a channel")
  func channelsBeatTokens() throws {
    let keys = Matrix(rows: 512, columns: 64, drawnFrom: .normal(), seed: 7)
      .plantingOutlierColumns([5, 40], factor: 10)
    let queries = Matrix(rows: 64, columns: 64, drawnFrom: .normal(), seed: 8)
    func error(_ sharing: CacheSharing) throws -> AttentionError {
      var cache = try QuantizedCache(
        channels: 64, codec: CacheCodec(.integer(bits: 2), sharing: sharing))
      try cache.append(keys)
      return try AttentionError(
        queries: queries, keys: keys, values: keys, codedKeys: cache.dequantized,
        codedValues: keys)
    }
    let token = try error(.token(group: 0))
    let channel = try error(.channel(tokens: 32))
    #expect(channel.scoreMSE < token.scoreMSE / 2)
    #expect(channel.klDivergence < token.klDivergence)
  }

  @Test("errors name the shapes")
  func refusals() throws {
    let two = Matrix(rows: 2, columns: 2, repeating: 1)
    let three = Matrix(rows: 3, columns: 2, repeating: 1)
    #expect(throws: QuantizationError.countMismatch(what: "coded tokens", found: 3, expected: 2)) {
      try AttentionError(
        queries: two, keys: two, values: two, codedKeys: three, codedValues: two)
    }
    #expect(throws: QuantizationError.countMismatch(what: "tokens", found: 2, expected: 3)) {
      try AttentionError(
        queries: three, keys: two, values: two, codedKeys: two, codedValues: two, isCausal: true)
    }
    #expect(throws: QuantizationError.self) {
      try AttentionError(
        queries: Matrix([[.infinity, 0]]), keys: two, values: two, codedKeys: two,
        codedValues: two)
    }
  }
}
