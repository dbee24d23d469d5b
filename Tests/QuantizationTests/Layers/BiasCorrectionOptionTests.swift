import Quantization
import Tensors
import Testing

@Suite("Bias correction, of any method")
struct BiasCorrectionOptionTests {
  private static let weight = Matrix(rows: 8, columns: 256, drawnFrom: .normal(), seed: 1)
  private static let inputs = Matrix(
    rows: 30, columns: 256, drawnFrom: .normal(mean: 0.5), seed: 2)

  private static var options: LayerOptions {
    var options = LayerOptions()
    options.biasCorrection = true
    return options
  }

  @Test("by hand: what rounding takes from the mean comes back, and E is what is left around it")
  func byHand() throws {
    // 0.5 becomes 0, so the output loses x₁/2: 1 and 2 of two tokens, 1.5 on average. ½² + ½² is left.
    let input = try LayerInput(
      weight: Matrix([[7, 0.5]]), activations: Matrix([[1, 2], [0, 4]]))
    var options = LayerOptions(symmetric: true)
    options.biasCorrection = true
    let result = try LayerMethod(named: "rtn").quantize(input, options)
    #expect(result.biasCorrection == [1.5])
    let errors = LayerErrors(input, result)
    #expect(errors.outputError == 0.5 && errors.weightOutputError == 5)
    #expect(errors.relativeOutputError == 0.5 / 68)
    #expect(result.storage.items.last == .init("bias correction", count: 1, bitsEach: 16))
    #expect(result.bitsPerWeight == 4 + 16.0 / 2 + 16.0 / 2)
  }

  @Test(
    "by law: every method without an output of its own takes it, and E falls by tokens × shift²",
    arguments: LayerMethod.all.map(\.name))
  func everyMethod(name: String) throws {
    let method = try LayerMethod(named: name)
    let input = try LayerInput(weight: Self.weight, activations: Self.inputs)
    guard !method.computesOutput else {
      let error = #expect(throws: QuantizationError.self) {
        try method.quantize(input, Self.options)
      }
      #expect(error?.description.hasPrefix("\(name) does not use bias-correction") == true)
      return
    }
    let plain = try method.quantize(input)
    let result = try method.quantize(input, Self.options)
    #expect(result.dequantized == plain.dequantized && result.codes == plain.codes)
    #expect(plain.biasCorrection == nil && result.loss == plain.loss)
    let bias = try #require(result.biasCorrection)
    let before = try #require(LayerErrors(input, plain).outputError)
    let errors = LayerErrors(input, result)
    let after = try #require(errors.outputError)
    #expect(errors.weightOutputError == before)
    let shifts = bias.reduce(0.0) { $0 + Double($1) * Double($1) }
    // E = n · (spread + shift²) for each output; float32 outputs of 256 products on both sides.
    #expect(abs(before - after - 30 * shifts) <= 1e-4 * before)
    #expect(after <= before)
    #expect(result.storage.bits == plain.storage.bits + 8 * 16)
  }

  @Test("by law: sums over inputs do as well as the inputs, and nothing does not do")
  func statistics() throws {
    var sums = InputStatistics(columns: 256)
    try sums.add(Self.inputs)
    let gptq = try LayerMethod(named: "gptq")
    let whole = try gptq.quantize(
      LayerInput(weight: Self.weight, activations: Self.inputs), Self.options)
    let summed = try gptq.quantize(
      LayerInput(weight: Self.weight, statistics: sums), Self.options)
    #expect(summed.biasCorrection == whole.biasCorrection)
    #expect(throws: QuantizationError.inputsNeeded(method: "bias correction")) {
      try LayerMethod(named: "rtn").quantize(LayerInput(weight: Self.weight), Self.options)
    }
    var turned = Self.options
    turned.then = "zeroquant"
    #expect(throws: QuantizationError.self) {
      try LayerMethod(named: "rotation").quantize(
        LayerInput(weight: Self.weight, activations: Self.inputs), turned)
    }
  }
}
