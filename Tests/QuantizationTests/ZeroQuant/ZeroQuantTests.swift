import Quantization
import Tensors
import Testing

@Suite("ZeroQuant")
struct ZeroQuantTests {
  private let weight = Matrix(rows: 6, columns: 64, drawnFrom: .normal(), seed: 1)
  private let inputs = Matrix(rows: 9, columns: 64, drawnFrom: .normal(mean: 1), seed: 2)

  @Test("by second implementation: groups of symmetric weights, tokens in eight bits")
  func outputs() throws {
    let method = try LayerMethod(named: "zeroquant")
    for symmetric in [true, false] {
      for (bits, group) in [(8, 16), (4, 32), (4, 0)] {
        let options = LayerOptions(bits: bits, groupSize: group, symmetric: symmetric)
        let result = try method.quantize(
          LayerInput(weight: weight, activations: inputs), options)
        let plain = try weight.fakeQuantized(QuantizationScheme(bits: bits, groupSize: group))
        #expect(result.dequantized == plain)
        #expect(result.codes.isSigned)
        let tokens = try inputs.fakeQuantized(
          QuantizationScheme(
            bits: 8, symmetry: symmetric ? .symmetric() : .asymmetric, granularity: .token))
        let expected = tokens.multiplyingTransposed(plain)
        let output = try #require(result.output)
        // 64 products and their sums, below 60 together, each rounded within 2⁻²⁴.
        #expect(output.maximumDifference(from: expected) < 64 * 60 * 0x1p-24)
      }
    }
  }

  @Test("by law: an offset makes asymmetric tokens better, and no inputs make no output")
  func symmetry() throws {
    let method = try LayerMethod(named: "zeroquant")
    let shifted = inputs.mapped { $0 + 5 }
    let input = try LayerInput(weight: weight, activations: shifted)
    func error(_ symmetric: Bool) throws -> Double {
      let result = try method.quantize(
        input, LayerOptions(bits: 8, groupSize: 0, symmetric: symmetric))
      let exact = ActivationQuantizer(
        symmetry: symmetric ? .symmetric() : .asymmetric)
      #expect(
        result.output
          == (try exact.output(
            of: ZeroQuant(bits: 8, groupSize: 0).quantized(weight), on: shifted)))
      return shifted.meanSquaredError(
        from: try exact.fakeQuantized(shifted))
    }
    #expect(try error(false) < error(true))
    #expect(try method.quantize(LayerInput(weight: weight)).output == nil)
  }
}
