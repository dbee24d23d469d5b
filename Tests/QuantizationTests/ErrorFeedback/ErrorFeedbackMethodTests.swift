import Quantization
import Tensors
import Testing

@Suite("gptq, obq and ldlq as methods of a layer")
struct ErrorFeedbackMethodTests {
  private func quantize(
    _ name: String, _ layer: FeedbackLayer, _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> LayerResult {
    var options = LayerOptions(bits: 3, groupSize: 12)
    change(&options)
    return try LayerMethod(named: name).quantize(
      LayerInput(weight: layer.weight, activations: layer.inputs), options)
  }

  @Test("loss and damping are reported, and codes times scales are what is dequantized")
  func reports() throws {
    let layer = try FeedbackLayer()
    for name in ["gptq", "obq", "ldlq"] {
      let result = try quantize(name, layer)
      #expect(result.damping == 0.01)
      #expect((result.loss ?? 0) > 0 && result.notes.isEmpty && result.groupIndex == nil)
      let zerosToo = 3 + 19.0 / 12
      #expect(result.bitsPerWeight == zerosToo)
      let symmetric = try quantize(name, layer) { $0.symmetric = true }
      let scalesAlone = 3 + 16.0 / 12
      #expect(symmetric.bitsPerWeight == scalesAlone)
      #expect(symmetric.zeros.elements.allSatisfy { $0 == 4 })
    }
  }

  @Test("every option reaches the algorithm")
  func options() throws {
    let layer = try FeedbackLayer()
    let plain = try quantize("gptq", layer)
    let ordered = try quantize("gptq", layer) { $0.actOrder = true }
    #expect(ordered.groupIndex != nil && ordered.codes != plain.codes)
    // Codes, a scale and a zero a group, the group index a column.
    let bits: Double = 3 + 19.0 / 12 + 32.0 / 9
    #expect(abs(ordered.bitsPerWeight - bits) < 1e-12)
    let fixed = try quantize("gptq", layer) {
      $0.actOrder = true
      $0.staticGroups = true
    }
    #expect(fixed.groupIndex == nil && fixed.codes != ordered.codes)
    #expect(try quantize("ldlq", layer) { $0.actOrder = true }.codes == ordered.codes)
    #expect(
      try quantize("ldlq", layer) {
        $0.actOrder = true
        $0.staticGroups = true
      }.codes == fixed.codes)
    #expect(try quantize("gptq", layer) { $0.staleScales = true }.codes != plain.codes)
    #expect(
      try quantize("gptq", layer) {
        $0.staleScales = true
        $0.blockSize = 12
      }.codes == plain.codes)
    #expect(try quantize("gptq", layer) { $0.damping = 1 }.codes != plain.codes)
    #expect(
      try quantize("gptq", layer) { $0.range = .meanSquaredError(norm: 2.4) }.codes != plain.codes)
    #expect(
      throws: QuantizationError.optionsExcludeEachOther("static-groups", "stale-scales")
    ) {
      _ = try quantize("gptq", layer) {
        $0.staticGroups = true
        $0.staleScales = true
      }
    }
  }

  @Test("statistics summed elsewhere give what the activations give")
  func statistics() throws {
    let layer = try FeedbackLayer(precision: .single)
    let fromSums = try LayerMethod(named: "gptq").quantize(
      LayerInput(weight: layer.weight, statistics: layer.statistics),
      LayerOptions(bits: 3, groupSize: 12))
    #expect(try fromSums.codes == quantize("gptq", layer).codes)
    #expect(throws: QuantizationError.inputsNeeded(method: "gptq")) {
      _ = try LayerMethod(named: "gptq").quantize(LayerInput(weight: layer.weight))
    }
  }

  @Test("no damping for too few tokens: an error by name, or a raise that is told")
  func failures() throws {
    let layer = try FeedbackLayer(tokens: 20)
    for name in ["gptq", "obq", "ldlq"] {
      let error = #expect(throws: QuantizationError.self) {
        _ = try quantize(name, layer) { $0.damping = 0 }
      }
      #expect(error?.description.hasPrefix("\(name): the Hessian has no inverse") == true)
      #expect(error?.kind == .badData)
      let raised = try quantize(name, layer) {
        $0.damping = 0
        $0.raiseDamping = true
      }
      #expect((raised.damping ?? 0) > 0 && raised.notes.count == 1)
    }
  }

  @Test("bits from 2 to 8, and no others", arguments: ["gptq", "obq", "ldlq"])
  func bits(name: String) throws {
    let layer = try FeedbackLayer(rows: 3, columns: 12)
    var losses: [Double] = []
    for bits in 2...8 { losses.append(try quantize(name, layer) { $0.bits = bits }.loss ?? 0) }
    #expect(losses == losses.sorted(by: >))
    for bits in [0, 1, 9] {
      #expect(throws: QuantizationError.bits(bits, allowed: 2...8, who: name)) {
        _ = try quantize(name, layer) { $0.bits = bits }
      }
    }
  }
}
