import Quantization
import Tensors
import Testing

/// Weights far from 1: nothing is lost without a word.
///
/// Evidence: by law, over every method of the table.
@Suite("Very small and very large weights")
struct ExtremeSizeTests {
  private func layer(_ size: Float) throws -> LayerInput {
    try LayerInput(
      weight: size * Matrix(rows: 6, columns: 256, drawnFrom: .normal(), seed: 51),
      activations: Matrix(rows: 40, columns: 256, drawnFrom: .normal(), seed: 52))
  }

  private func quantize(_ method: LayerMethod, _ input: LayerInput) throws -> LayerResult? {
    var options = LayerOptions()
    if method.options.contains(.iterations), method.isSlow { options.iterations = 3 }
    do { return try method.quantize(input, options) } catch { return nil }
  }

  @Test(
    "a result that is no better than zeros says so, or is refused",
    arguments: LayerMethod.all.map(\.name), [1e-12, 1e-7, 1e-5, 1e4, 1e6, 1e18] as [Float])
  func nothingLostInSilence(name: String, size: Float) throws {
    let method = try LayerMethod(named: name)
    let input = try layer(size)
    guard let result = try quantize(method, input) else { return }
    if LayerErrors(input, result).sqnr < 1 {
      #expect(!result.notes.isEmpty, "\(name): \(LayerErrors(input, result).sqnr) dB")
    }
  }

  @Test("errors are numbers wherever weights are", arguments: LayerMethod.all.map(\.name))
  func errorsAreNumbers(name: String) throws {
    let method = try LayerMethod(named: name)
    for size in [1e-30, 1e37] as [Float] {
      let input = try layer(size)
      guard let result = try quantize(method, input) else { continue }
      let errors = LayerErrors(input, result)
      for value in [errors.outputError, errors.relativeOutputError, errors.weightMSE] {
        #expect(value?.isFinite == true, "\(name) at \(size)")
      }
    }
  }

  @Test("by hand: E of weights whose product leaves float32")
  func beyondFloat() {
    let error = OutputError(
      weight: Matrix([[3e37, 0]]), approximation: Matrix([[1e37, 0]]),
      activations: Matrix([[1e3, 5]]))
    #expect(abs(error.squared / 4e80 - 1) < 1e-6)  // (2e37 · 1e3)²; inputs are rounded to float32
    #expect(abs(error.relative - 4.0 / 9) < 1e-6)
  }

  @Test(
    "spqr keeps its outliers in 32 bits where 16 would lose them",
    arguments: [1e-5, 1e-12] as [Float])
  func smallOutliers(size: Float) throws {
    let method = try LayerMethod(named: "spqr")
    let usual = try method.quantize(layer(1))
    let small = try method.quantize(layer(size))
    #expect(small.outliers?.values.allSatisfy { $0 != 0 } == true)
    #expect(small.outliers?.bitsPerValue == 32 && usual.outliers?.bitsPerValue == 16)
    let lost = LayerErrors(try layer(1), usual).sqnr - LayerErrors(try layer(size), small).sqnr
    #expect(abs(lost) < 0.5)  // the same layer but for the rounding of outliers and scales
  }

  @Test(
    "a damping beyond sense is refused as that, and what is no number by every type that takes weights"
  )
  func refusals() throws {
    let weight = Matrix(rows: 4, columns: 8, drawnFrom: .normal(), seed: 1)
    let input = try LayerInput(
      weight: weight, activations: Matrix(rows: 20, columns: 8, drawnFrom: .normal(), seed: 2))
    for name in ["gptq", "ldlq", "obq", "spqr", "quip"] {
      var options = LayerOptions()
      options.damping = 1e30
      let refused = QuantizationError.parameter(
        name: "damping", value: 1e30, expected: "0 to 1000000")
      #expect(throws: refused, "\(name)") {
        _ = try LayerMethod(named: name).quantize(input, options)
      }
    }
    var broken = weight
    broken[2, 3] = .nan
    let unknown = broken
    #expect(throws: QuantizationError.self) { _ = try BitNetWeights.ternary(unknown) }
    #expect(throws: QuantizationError.self) { _ = try BitNetWeights.binary(unknown) }
    let factor = try HessianFactor(input.statistics(for: "gptq"))
    let scheme = QuantizationScheme(bits: 4, granularity: .group(0))
    #expect(throws: QuantizationError.self) { _ = try GPTQ(scheme).quantized(unknown, factor) }
    #expect(throws: QuantizationError.self) { _ = try LDLQ(scheme).quantized(unknown, factor) }
  }
}
