import Quantization
import Tensors
import Testing

@Suite("LLM.int8()")
struct LLMInt8Tests {
  private struct Case: Decodable {
    let name: String
    let threshold: Float
    let weight: [[Float]]
    let inputs: [[Float]]
    let weightCodes: [[Int]]
    let weightLargest: [Float]
    let weightDecoded: [[Float]]
    let inputCodes: [[Int]]
    let inputLargest: [Float]
    let outlierColumns: [Int]
    let output: [[Float]]
  }

  @Test(
    "golden: bitsandbytes' codes, and with its arithmetic its outputs; ours within its constant")
  func golden() throws {
    let golden = try Golden<Case>.load("llm-int8", in: "llm-int8")
    for example in golden.cases {
      let weight = try VectorwiseCodes(Matrix(example.weight))
      #expect(Array(weight.codes.codes) == example.weightCodes.flatMap { $0 })
      #expect(weight.largest == example.weightLargest)
      #expect(weight.dequantized(.bitsandbytes) == Matrix(example.weightDecoded))
      let decoded = Matrix(example.weightDecoded)
      // R/127 and its product are rounded once each, R · (1/127) and its product as well.
      #expect(
        weight.dequantized().maximumDifference(from: decoded)
          <= 4 * 0x1p-24 * decoded.largestMagnitude)
      let method = LLMInt8(threshold: example.threshold, arithmetic: .bitsandbytes)
      let inputs = Matrix(example.inputs)
      let parts = try method.decomposed(inputs)
      #expect(Array(parts.codes.codes) == example.inputCodes.flatMap { $0 })
      #expect(parts.largest == example.inputLargest)
      #expect(parts.outlierColumns == example.outlierColumns)
      let output = try method.output(of: weight, on: inputs)
      let expected = Matrix(example.output)
      let tolerance =
        example.outlierColumns.isEmpty
        ? 0 : Float(golden.tolerance) * max(1, expected.largestMagnitude)
      #expect(output.maximumDifference(from: expected) <= tolerance, "\(example.name)")
      // Its 1/127² is 1.8·10⁻⁵ too large, and that of no output whose parts are larger than this.
      let exact = try LLMInt8(threshold: example.threshold).output(of: weight, on: inputs)
      let size = inputs.mapped(abs).multiplyingTransposed(decoded.mapped(abs)).largestMagnitude
      #expect(exact.maximumDifference(from: expected) <= 2e-5 * size, "\(example.name)")
    }
  }

  @Test("by hand: one over 127 squared is exact unless bitsandbytes' constant is asked for")
  func constant() throws {
    // Codes 127 and 127 with largest magnitudes 127 and 127: the product is 127² exactly.
    let inputs = Matrix([[127]])
    let weight = try VectorwiseCodes(inputs)
    let method = LLMInt8(threshold: 1000)
    #expect(try method.output(of: weight, on: inputs) == Matrix([[16129]]))
    let theirs = try LLMInt8(threshold: 1000, arithmetic: .bitsandbytes)
      .output(of: weight, on: inputs)
    #expect(abs(theirs[0, 0] / 16129 - 1 - 1.8e-5) < 1e-6)
    var options = LayerOptions()
    options.threshold = 1000
    options.bitsandbytes = true
    let input = try LayerInput(weight: inputs, activations: inputs)
    #expect(try LayerMethod(named: "llm-int8").quantize(input, options).output == theirs)
  }

  @Test(
    "by law: the largest weights a layer may have are decoded, and so are products of large halves")
  func vast() throws {
    let weight = Matrix([[1.6e38, -3e37], [1e30, 0]])
    let result = try LayerMethod(named: "llm-int8").quantize(LayerInput(weight: weight))
    #expect(result.codes == [127, -24, 127, 0])
    // R/127 · 127 rounds twice.
    #expect(abs(result.dequantized[0, 0] / 1.6e38 - 1) < 2 * 0x1p-24)
    #expect(result.dequantized[0, 0] == 127 * result.scales[0, 0])
    // Magnitudes of 10²⁰ and 2·10¹⁸ multiply to 2·10³⁸; their codes' product is 16129 times a 16129th.
    let codes = try VectorwiseCodes(Matrix([[1e20]]))
    let output = try LLMInt8(threshold: 1e30).output(of: codes, on: Matrix([[2e18]]))
    #expect(abs(output[0, 0] / 2e38 - 1) < 4 * 0x1p-24)
  }

  @Test("by hand: the outlier column is multiplied in floats, with decoded weights")
  func byHand() throws {
    // Row 0 of X keeps 2.54 once 10 is out; column 1 leaves the integers of both tokens.
    let inputs = Matrix([[2.54, 10], [1.27, 3]])
    let weight = Matrix([[1.27, 0.5]])
    let parts = try LLMInt8().decomposed(inputs)
    #expect(parts.outlierColumns == [1])
    #expect(parts.codes.codes == [127, 0, 54, 0])  // the 3 still set the second token's scale
    #expect(parts.largest == [2.54, 3])
    let codes = try VectorwiseCodes(weight)
    #expect(codes.codes.codes == [127, 50])
    let output = try LLMInt8().output(of: codes, on: inputs)
    // 2.54 · 1.27 + 10 · 0.5, and 54 · 3/127 · 1.27 + 3 · 0.5, with some roundings in float32.
    #expect(abs(output[0, 0] - 8.2258) < 8 * 0x1p-24 * 8)
    #expect(abs(output[1, 0] - (54 * 3 * 0.01 + 1.5)) < 8 * 0x1p-24 * 4)
  }

  @Test("by law: the method is the pieces, and says how many channels were outliers")
  func method() throws {
    let weight = Matrix(rows: 6, columns: 32, drawnFrom: .normal(), seed: 1)
    let inputs = Matrix(rows: 5, columns: 32, drawnFrom: .normal(), seed: 2)
      .plantingOutlierColumns([4, 20], factor: 100)
    let input = try LayerInput(weight: weight, activations: inputs)
    let llm = try LayerMethod(named: "llm-int8")
    let result = try llm.quantize(input)
    #expect(
      result.output == (try LLMInt8().output(of: VectorwiseCodes(weight), on: inputs)))
    #expect(result.notes == ["2 of 32 input channels reach 6.0 and were multiplied in floats"])
    #expect(result.bitsPerWeight == 8 + 16.0 / 32)
    // Without the decomposition the same outliers cost far more.
    var options = LayerOptions()
    options.threshold = 1e9
    let undivided = try llm.quantize(input, options)
    let with = LayerErrors(input, result).outputError ?? .infinity
    let without = LayerErrors(input, undivided).outputError ?? 0
    #expect(without > 3 * with)
    #expect(try llm.quantize(LayerInput(weight: weight)).output == nil)
  }

  @Test("by hand: zero tokens, tokens of outliers alone, tiny rows, NaN, a bad threshold")
  func hostile() throws {
    let weight = try VectorwiseCodes(Matrix([[0, 0], [1, -2]]))
    #expect(weight.codes.codes == [0, 0, 64, -127])
    #expect(weight.dequantized().row(0) == [0, 0])
    let inputs = Matrix([[0, 0], [7, -9]])
    let output = try LLMInt8().output(of: weight, on: inputs)
    #expect(output.row(0) == [0, 0])
    // Every channel is an outlier: the product is that of the decoded weights alone.
    #expect(abs(output[1, 1] - (7 * 64 * 2 / 127 + 18)) < 1e-5)
    let tiny = try VectorwiseCodes(Matrix([[0x1p-133, -0x1p-134]]))
    #expect(tiny.codes.codes == [127, -64])  // −63.5 is a tie
    #expect(throws: QuantizationError.self) { try VectorwiseCodes(Matrix([[.nan]])) }
    #expect(throws: QuantizationError.parameter(name: "threshold", value: 0, expected: "above 0")) {
      try LLMInt8(threshold: 0).decomposed(inputs)
    }
    #expect(throws: QuantizationError.activationsDoNotMatch(activationColumns: 1, weightColumns: 2))
    { try LLMInt8().output(of: weight, on: Matrix([[1]])) }
  }
}
