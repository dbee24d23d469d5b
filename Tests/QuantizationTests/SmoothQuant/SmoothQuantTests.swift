import Quantization
import Tensors
import Testing

@Suite("SmoothQuant")
struct SmoothQuantTests {
  private struct Case: Decodable {
    let name: String
    let alpha: Double
    let weights: [[[Float]]]
    let inputs: [[Float]]
    let scales: [Float]
    let codes: [[[Int]]]
    let outputsPerToken: [[[Float]]]
    let outputsPerTensor: [[[Float]]]
  }

  @Test("golden: scales, codes and outputs of the paper's equations in PyTorch")
  func golden() throws {
    let golden = try Golden<Case>.load("smoothquant", in: "smoothquant")
    for example in golden.cases {
      let inputs = Matrix(example.inputs)
      let weights = example.weights.map { Matrix($0) }
      let largest = inputs.columnMaximumMagnitudes
      for scaling in ActivationScaling.allCases {
        let method = SmoothQuant(alpha: example.alpha, activationScaling: scaling)
        let scales = try method.scales(largestInputs: largest, consumers: weights)
        for (one, other) in zip(scales.values, example.scales) {
          #expect(abs(one / other - 1) < 1e-6)
        }
        let quantizer = try method.activationQuantizer(largestInputs: largest, scales: scales)
        for (index, weight) in weights.enumerated() {
          let quantized = try method.quantized(weight, scales: scales)
          #expect(Array(quantized.codes) == example.codes[index].flatMap { $0 })
          let output = try quantizer.output(of: quantized, on: scales.divided(outOf: inputs))
          let expected = Matrix(
            scaling == .token ? example.outputsPerToken[index] : example.outputsPerTensor[index])
          #expect(
            output.maximumDifference(from: expected)
              < Float(golden.tolerance) * expected.largestMagnitude)
        }
      }
    }
  }

  @Test("by hand: α shares the unevenness out")
  func alphas() throws {
    // Inputs reach 16 and 1, weights 1 and 4.
    let weight = Matrix([[1, -4], [0.5, 2]])
    func scales(_ alpha: Double) throws -> [Float] {
      try SmoothQuant(alpha: alpha).scales(largestInputs: [16, 1], consumers: [weight]).values
    }
    #expect(try scales(0) == [1, 0.25])
    #expect(try scales(0.5) == [4, 0.5])
    #expect(try scales(1) == [16, 1])
    #expect(throws: QuantizationError.parameter(name: "alpha", value: 1.5, expected: "0 to 1")) {
      try scales(1.5)
    }
  }

  @Test("by law: α = ½ gives inputs and weights the same largest magnitude, channel by channel")
  func half() throws {
    let weight = Matrix(rows: 8, columns: 16, drawnFrom: .normal(), seed: 1)
    let inputs = Matrix(rows: 12, columns: 16, drawnFrom: .normal(), seed: 2)
      .plantingOutlierColumns([3, 9], factor: 50)
    let scales = try SmoothQuant().scales(
      largestInputs: inputs.columnMaximumMagnitudes, consumers: [weight])
    let moved = scales.multiplied(into: weight).columnMaximumMagnitudes
    let left = scales.divided(outOf: inputs).columnMaximumMagnitudes
    for (one, other) in zip(moved, left) { #expect(abs(one / other - 1) < 1e-5) }
    // And what they compute stays: a factor and its inverse a product.
    let before = inputs.multiplyingTransposed(weight)
    let after = scales.divided(outOf: inputs)
      .multiplyingTransposed(scales.multiplied(into: weight))
    #expect(before.maximumDifference(from: after) < 30 * 0x1p-24 * 16 * 200)
  }

  @Test("by law: the sweep is the layer, exponent by exponent, and outliers make ½ better than 0")
  func sweep() throws {
    let weight = Matrix(rows: 24, columns: 64, drawnFrom: .normal(), seed: 3)
    let inputs = Matrix(rows: 40, columns: 64, drawnFrom: .normal(), seed: 4)
      .plantingOutlierColumns([5, 31], factor: 60)
    let method = SmoothQuant(activationScaling: .tensor)
    let points = try method.sweep([0, 0.5, 1], weight: weight, activations: inputs)
    #expect(points.map(\.alpha) == [0, 0.5, 1])
    let input = try LayerInput(weight: weight, activations: inputs)
    for point in points {
      var options = LayerOptions()
      options.alpha = point.alpha
      options.activationScaling = .tensor
      let result = try LayerMethod(named: "smoothquant").quantize(input, options)
      let errors = LayerErrors(input, result)
      #expect(errors.outputError == point.error.squared)
      #expect(errors.weightOutputError == point.weightError.squared)
    }
    #expect(points[1].error.squared < points[0].error.squared / 10)
  }

  @Test("by hand: statistics alone give the weights; zero channels say so; 8 bits by default")
  func hostile() throws {
    let weight = Matrix(rows: 3, columns: 4, drawnFrom: .normal(), seed: 5)
    var inputs = Matrix(rows: 2, columns: 4, drawnFrom: .normal(), seed: 6)
    inputs.setColumn(2, to: [0, 0])
    var statistics = InputStatistics(columns: 4)
    try statistics.add(inputs)
    let method = try LayerMethod(named: "smoothquant")
    let summed = try method.quantize(LayerInput(weight: weight, statistics: statistics))
    let whole = try method.quantize(LayerInput(weight: weight, activations: inputs))
    #expect(summed.output == nil && whole.output != nil)
    #expect(summed.codes == whole.codes && summed.inputScales == whole.inputScales)
    #expect(whole.notes.count == 1 && whole.notes[0].hasPrefix("1 of 4 input channels"))
    #expect(whole.inputScales?[2] == 1e-5)
    #expect(whole.bitsPerWeight == 8 + 16.0 / 4)

    let silent = Matrix(rows: 1, columns: 4, repeating: 0)
    let nothing = try method.quantize(LayerInput(weight: weight, activations: silent))
    #expect(nothing.output == Matrix(rows: 1, columns: 3, repeating: 0))
    #expect(throws: QuantizationError.inputsNeeded(method: "smoothquant")) {
      try method.quantize(LayerInput(weight: weight))
    }
    var options = LayerOptions(bits: 9)
    #expect(throws: QuantizationError.bits(9, allowed: 2...8, who: "smoothquant")) {
      try method.quantize(LayerInput(weight: weight, activations: inputs), options)
    }
    // Scales so large that a weight leaves float32 are named, not turned into NaN.
    options = LayerOptions()
    options.alpha = 1
    let vast = try LayerInput(
      weight: Matrix([[1e8, 1]]), activations: Matrix([[1e35, 1]]))
    #expect {
      try method.quantize(vast, options)
    } throws: { error in
      (error as? QuantizationError)?.description.hasPrefix("weight × scale[0, 0] is inf") == true
    }
  }
}
