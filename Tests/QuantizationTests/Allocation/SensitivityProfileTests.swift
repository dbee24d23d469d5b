import Quantization
import Tensors
import Testing

@Suite("Sensitivity profile")
struct SensitivityProfileTests {
  private let weight = Matrix(rows: 12, columns: 32, drawnFrom: .normal(), seed: 1)
  private let activations = Matrix(rows: 40, columns: 32, drawnFrom: .normal(), seed: 2)
    .plantingOutlierColumns([4], factor: 9)

  @Test("by law: sizes and losses are those of the method's own result")
  func sameAsTheMethod() throws {
    let input = try LayerInput(weight: weight, activations: activations)
    let method = try LayerMethod(named: "rtn")
    let profile = try SensitivityProfile(
      name: "layer", of: input, method: method, bits: [8, 2, 4],
      options: LayerOptions(groupSize: 16))
    #expect(profile.choices.map(\.bits) == [2, 4, 8])
    for choice in profile.choices {
      let result = try method.quantize(input, LayerOptions(bits: choice.bits, groupSize: 16))
      #expect(choice.bytes == result.storage.bytes)
      #expect(choice.loss == LayerErrors(input, result).outputError)
    }
  }

  @Test("by law: the curvature is the output error over the tokens, from sums alone")
  func curvature() throws {
    let method = try LayerMethod(named: "rtn")
    let kept = try SensitivityProfile(
      name: "kept", of: LayerInput(weight: weight, activations: activations), method: method,
      bits: [3])
    var sums = InputStatistics(columns: 32, precision: .double)
    try sums.add(activations)
    let summed = try SensitivityProfile(
      name: "summed", of: LayerInput(weight: weight, statistics: sums), method: method, bits: [3],
      measure: .curvature)
    let expected = kept.choices[0].loss / 40
    // Float32 outputs of inner size 32 against float64 sums: 32 × 2⁻²⁴ of the sum, generously.
    #expect((summed.choices[0].loss - expected).magnitude < 1e-5 * expected)
  }

  @Test("by hand: the mean trace multiplies the length of the change, whatever its direction")
  func meanTrace() throws {
    // Two inputs, one ten times the other: H = 2 diag(100, 1), mean trace 101.
    let loud = try LayerInput(
      weight: Matrix([[0.3, 1]]), activations: Matrix([[10, 0], [0, 1]]).scaled(by: 2))
    let quiet = try LayerInput(
      weight: Matrix([[1, 0.3]]), activations: Matrix([[10, 0], [0, 1]]).scaled(by: 2))
    let method = try LayerMethod(named: "rtn")
    func loss(_ input: LayerInput, _ measure: SensitivityMeasure) throws -> Double {
      try SensitivityProfile(
        name: "", of: input, method: method, bits: [1], measure: measure
      ).choices[0].loss
    }
    let change = try loss(loud, .weightError)
    #expect(change > 0)
    // tr H / 2 = (2/2)(400 + 4) / 2 = 202.
    #expect((try loss(loud, .meanTrace) - 202 * change).magnitude < 1e-9)
    #expect(try loss(loud, .meanTrace) == loss(quiet, .meanTrace))
    #expect(try loss(loud, .outputError) > 50 * loss(quiet, .outputError))
  }

  @Test("a measure without its data, or a width without a method, is refused")
  func refusals() throws {
    let alone = try LayerInput(weight: weight)
    let method = try LayerMethod(named: "rtn")
    for measure in [SensitivityMeasure.outputError, .curvature, .meanTrace] {
      #expect(throws: QuantizationError.self) {
        try SensitivityProfile(
          name: "", of: alone, method: method, bits: [4], measure: measure)
      }
    }
    #expect(throws: QuantizationError.bits(9, allowed: 1...8, who: "rtn")) {
      try SensitivityProfile(
        name: "", of: alone, method: method, bits: [9], measure: .weightError)
    }
    #expect(throws: QuantizationError.self) {
      try SensitivityProfile(name: "", of: alone, method: method, bits: [], measure: .weightError)
    }
  }
}

extension Matrix {
  fileprivate func scaled(by factor: Float) -> Matrix { factor * self }
}
