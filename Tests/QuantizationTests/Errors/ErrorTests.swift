import Quantization
import Tensors
import Testing

@Suite("Errors, by hand")
struct ErrorTests {
  @Test("the four measures of [3, 4] against [3, 2]")
  func measures() {
    let original: [Float] = [3, 2]
    let changed: [Float] = [3, 4]
    #expect(changed.meanSquaredError(from: original) == 2)  // (0 + 4) / 2
    #expect(changed.meanAbsoluteError(from: original) == 1)
    // Signal 13, noise 4: 10 log₁₀ 3.25 = 5.1188.
    #expect(abs(changed.signalToNoise(against: original) - 5.118_833_609_788_744) < 1e-12)
    // (9 + 8) / (5 √13) = 0.942990; one rounding each in the product and the root.
    #expect(abs(changed.cosineSimilarity(to: original) - 17 / (5 * 13.0.squareRoot())) < 1e-15)
  }

  @Test("they are defined without signal and without noise")
  func edges() {
    let zeros: [Float] = [0, 0]
    let ones: [Float] = [1, 1]
    #expect(ones.signalToNoise(against: ones) == .infinity)
    #expect(zeros.signalToNoise(against: zeros) == .infinity)
    #expect(ones.signalToNoise(against: zeros) == -.infinity)
    #expect(zeros.signalToNoise(against: ones) == 0)
    #expect(zeros.cosineSimilarity(to: zeros) == 1)
    #expect(zeros.cosineSimilarity(to: ones) == 0)
    #expect([Float]().meanSquaredError(from: [Float]()) == 0)
  }

  @Test("a cosine ignores length and turns with the sign")
  func cosine() {
    let matrix = Matrix(rows: 3, columns: 5, drawnFrom: .normal(), seed: 1)
    // Scaling by a power of two is exact; the root rounds twice.
    #expect(abs((4 * matrix).cosineSimilarity(to: matrix) - 1) < 1e-15)
    #expect(abs((-matrix).cosineSimilarity(to: matrix) + 1) < 1e-15)
  }

  @Test("E counts the output, not the weight")
  func outputError() {
    let weight = Matrix([[1, 2], [3, 4]])
    let approximation = Matrix([[1, 1], [3, 6]])
    let activations = Matrix([[10, 1], [0, 2]])  // two tokens
    // W − Ŵ = [[0, 1], [0, −2]]: outputs change by (1, −2) and (2, −4), so E = 5 + 20.
    let error = OutputError(
      weight: weight, approximation: approximation, activations: activations)
    #expect(error.squared == 25)
    // WX: (12, 34) and (4, 8): 144 + 1156 + 16 + 64 = 1380.
    #expect(error.relative == 25.0 / 1380)
    let none = OutputError(weight: weight, approximation: weight, activations: activations)
    #expect(none == OutputError(weight: weight, approximation: weight, activations: activations))
    #expect(none.squared == 0 && none.relative == 0)
  }
}

@Suite("Bias correction")
struct BiasCorrectionTests {
  @Test("by hand: the mean shift of each output comes off its bias")
  func byHand() throws {
    let weight = Matrix([[1, 2], [3, 4]])
    let quantized = Matrix([[1.5, 2], [3, 3]])
    // (Ŵ − W) E[x] = (0.5 × 2, −1 × 10) = (1, −10).
    let corrected = try correctedBias(
      [0, 1], weight: weight, quantized: quantized, inputMeans: [2, 10])
    #expect(corrected == [-1, 11])
  }

  @Test("by law: the mean output is that of the float layer again")
  func meanIsRestored() throws {
    let weight = Matrix(rows: 8, columns: 64, drawnFrom: .normal(), seed: 1)
    let inputs = Matrix(rows: 500, columns: 64, drawnFrom: .normal(mean: 1, deviation: 2), seed: 2)
    let quantized = try weight.fakeQuantized(QuantizationScheme(bits: 3, granularity: .channel))
    let means = (0..<64).map { Float(inputs.column($0).mean) }
    let bias = try correctedBias(
      [Float](repeating: 0, count: 8), weight: weight, quantized: quantized, inputMeans: means)
    let exact = inputs.productReference(weight.transposed())
    let moved = inputs.productReference(quantized.transposed())
    for output in 0..<8 {
      let shift = moved.column(output).mean + Double(bias[output]) - exact.column(output).mean
      // Outputs stay below 128 and are rounded once, by at most 2⁻¹⁸ each; the bias is smaller, and
      // 64 means below 2, off by 2⁻²⁴ each, count by how far weights moved: less than one in all.
      #expect(abs(shift) < 3 * 0x1p-18)
      // Without the correction the shift is far larger.
      #expect(abs(moved.column(output).mean - exact.column(output).mean) > 1e-3)
    }
  }

  @Test("by hand: lengths that do not fit are refused")
  func refusals() {
    let weight = Matrix([[1, 2], [3, 4]])
    #expect(throws: QuantizationError.countMismatch(what: "biases", found: 1, expected: 2)) {
      try correctedBias([1], weight: weight, quantized: weight, inputMeans: [1, 1])
    }
    #expect(throws: QuantizationError.countMismatch(what: "input means", found: 3, expected: 2)) {
      try correctedBias([1, 1], weight: weight, quantized: weight, inputMeans: [1, 1, 1])
    }
  }
}
