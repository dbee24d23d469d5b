import Foundation
import Quantization
import Tensors
import Testing

@Suite("Error feedback on layers that were trained")
struct RealLayerTests {
  /// A trained layer and inputs it has seen.
  struct Layer {
    let name: String
    let weight: Matrix
    let inputs: Matrix
  }

  /// The layers of `Datasets/tiny-reader`.
  static func tinyReader() throws -> [Layer] {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    let file = try SafetensorsFile(
      path: folder.appendingPathComponent("Datasets/tiny-reader/model.safetensors").path)
    return try ["first", "second", "scores"].map {
      Layer(
        name: $0, weight: try file.matrix(named: "\($0).weight"),
        inputs: try file.matrix(named: "\($0).inputs"))
    }
  }

  static let languageModel = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"].map {
    $0 + "/tiny-lm/stories260K.bin"
  }

  /// The first block's query and key weights of stories260K, and what enters them for every token.
  static func tinyLanguageModel(_ path: String) throws -> [Layer] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let floats: [Float] = data.withUnsafeBytes { bytes in
      stride(from: 28, to: bytes.count, by: 4).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
      }
    }
    let (width, vocabulary, layers) = (64, 512, 5)
    let embedding = try Matrix(
      rows: vocabulary, columns: width, elements: Array(floats[..<(vocabulary * width)]))
    var place = vocabulary * width
    let gains = Array(floats[place..<place + width])
    place += layers * width
    let queries = try Matrix(
      rows: width, columns: width, elements: Array(floats[place..<place + width * width]))
    place += layers * width * width
    let keys = try Matrix(
      rows: width / 2, columns: width, elements: Array(floats[place..<place + width * width / 2]))
    let inputs = Matrix(rows: vocabulary, columns: width) { token, channel in
      let row = embedding.row(token)
      let mean = row.reduce(0) { $0 + $1 * $1 } / Float(width)
      return row[channel] / (mean + 1e-5).squareRoot() * gains[channel]
    }
    return [
      Layer(name: "queries", weight: queries, inputs: inputs),
      Layer(name: "keys", weight: keys, inputs: inputs),
    ]
  }

  /// Errors of rounding, GPTQ, LDLQ on the layer's own inputs, and the laws that hold for each.
  private func judge(_ layer: Layer, bits: Int) throws {
    let scheme = QuantizationScheme(bits: bits, granularity: .group(0))
    let statistics = try HessianFactorTests.statistics(layer.inputs, .double)
    let factor = try HessianFactor(statistics)
    func error(_ approximation: Matrix) -> Double {
      OutputError(
        weight: layer.weight, approximation: approximation, activations: layer.inputs
      ).squared
    }
    let rounded = error(try layer.weight.fakeQuantized(scheme))
    let gptq = try GPTQ(scheme).quantized(layer.weight, factor)
    #expect(error(gptq.dequantized) < rounded, "\(layer.name), \(bits) bits")
    let slow = try GPTQ(scheme).quantizedReference(layer.weight, factor)
    let rows = layer.weight.rows
    #expect(equalRows(gptq, slow) >= rows * 9 / 10, "\(layer.name), \(bits) bits")
    #expect(
      abs(error(gptq.dequantized) / error(slow.dequantized) - 1) < 0.05, "\(layer.name), \(bits)")
    let ldlq = try LDLQ(scheme).quantized(layer.weight, factor)
    #expect(equalRows(ldlq, slow) >= rows * 9 / 10, "\(layer.name), \(bits) bits")
    // n · loss = E + (n/2) · damping · ‖W − Ŵ‖², dead channels being stored as zeros.
    var live = layer.weight
    for column in factor.deadColumns { for row in 0..<rows { live[row, column] = 0 } }
    let tokens = Double(layer.inputs.rows)
    let sum =
      error(gptq.dequantized)
      + tokens / 2 * factor.dampingAmount * live.squaredDistance(to: gptq.dequantized)
    #expect(abs(tokens * gptq.loss / sum - 1) < 1e-3, "\(layer.name), \(bits) bits")
  }

  @Test("tiny-reader: GPTQ errs less than rounding on what it was shown", arguments: [2, 3, 4])
  func reader(bits: Int) throws {
    for layer in try Self.tinyReader() { try judge(layer, bits: bits) }
  }

  @Test(
    "stories260K: GPTQ errs less than rounding on what it was shown",
    .enabled(if: languageModel != nil, "NIBBLE_TEST_DATA is not set"), arguments: [2, 3, 4])
  func stories(bits: Int) throws {
    for layer in try Self.tinyLanguageModel(try #require(Self.languageModel)) {
      try judge(layer, bits: bits)
    }
  }
}

@Suite("Asymmetric calibration")
struct AsymmetricCalibrationTests {
  @Test("by law: the same inputs on both sides leave the weight as it is")
  func sameInputs() throws {
    let layer = try FeedbackLayer()
    let calibration = try AsymmetricCalibration(inputs: layer.inputs, exactInputs: layer.inputs)
    let factor = try HessianFactor(calibration.statistics)
    #expect(calibration.target(for: layer.weight, factor) == layer.weight)
    #expect(calibration.statistics.tokens == 100)
  }

  @Test("by law: without damping no weight comes nearer to WX̃ on X", arguments: [false, true])
  func leastSquares(byActivation: Bool) throws {
    let layer = try FeedbackLayer(rows: 5, columns: 12, tokens: 200)
    let noise = Matrix(rows: 200, columns: 12, drawnFrom: .normal(), seed: 77)
    let exact = layer.inputs + 0.3 * noise
    let calibration = try AsymmetricCalibration(
      inputs: layer.inputs, exactInputs: exact, precision: .double)
    let factor = try HessianFactor(
      calibration.statistics, damping: Damping(0), order: byActivation ? .byActivation : .natural)
    let target = calibration.target(for: layer.weight, factor)
    let wanted = exact.multiplyingTransposed(layer.weight)
    let rest = layer.inputs.multiplyingTransposed(target) - wanted
    // At the least-squares weight what is left is uncorrelated with every input.
    let slope = rest.transposedMultiplied(by: layer.inputs)
    let scale = wanted.transposedMultiplied(by: layer.inputs).largestMagnitude
    #expect(slope.largestMagnitude < 1e-4 * scale)
    #expect(
      rest.squaredFrobeniusNorm
        < (layer.inputs.multiplyingTransposed(layer.weight) - wanted).squaredFrobeniusNorm)
  }

  @Test("a layer behind a rounded one comes nearer to the float model's output")
  func behindARoundedLayer() throws {
    let layers = try RealLayerTests.tinyReader()
    let scheme = QuantizationScheme(bits: 3, granularity: .group(0))
    // What enters the second layer when the first one has three bits.
    let rounded = try layers[0].weight.fakeQuantized(scheme)
    let error = layers[0].inputs.multiplyingTransposed(rounded - layers[0].weight)
    let exact = layers[1].inputs
    let inputs = (exact + error).mapped { max($0, 0) }
    let weight = layers[1].weight
    let wanted = exact.multiplyingTransposed(weight)
    func distance(_ approximation: Matrix) -> Double {
      OutputError(exact: wanted, approximation: inputs.multiplyingTransposed(approximation)).squared
    }
    let calibration = try AsymmetricCalibration(inputs: inputs, exactInputs: exact)
    let factor = try HessianFactor(calibration.statistics)
    let plain = try GPTQ(scheme).quantized(weight, factor)
    let aimed = try GPTQ(scheme).quantized(calibration.target(for: weight, factor), factor)
    #expect(distance(aimed.dequantized) < 0.9 * distance(plain.dequantized))

    let method = try LayerMethod(named: "gptaq")
    var options = LayerOptions(bits: 3, groupSize: 0)
    let viaTable = try method.quantize(
      LayerInput(weight: weight, activations: inputs, exactActivations: exact), options)
    #expect(viaTable.codes == aimed.codes)
    options.actOrder = true
    let ordered = try method.quantize(
      LayerInput(weight: weight, activations: inputs, exactActivations: exact), options)
    #expect(distance(ordered.dequantized) < 0.9 * distance(plain.dequantized))
  }

  @Test("by law: without the float model's inputs the method is gptq, and says so")
  func withoutExactInputs() throws {
    let layer = try FeedbackLayer()
    let input = try LayerInput(weight: layer.weight, activations: layer.inputs)
    let aimed = try LayerMethod(named: "gptaq").quantize(input)
    #expect(aimed.codes == (try LayerMethod(named: "gptq").quantize(input)).codes)
    #expect(aimed.notes.contains { $0.contains("no inputs of the float model") })
    #expect(
      throws: QuantizationError.countMismatch(
        what: "tokens in the float model", found: 1, expected: layer.inputs.rows)
    ) {
      _ = try LayerInput(
        weight: layer.weight, activations: layer.inputs,
        exactActivations: layer.inputs.rows(in: 0..<1))
    }
  }

  @Test("hostile: different tokens, different channels, NaN in the float model")
  func hostile() throws {
    let inputs = Matrix(rows: 4, columns: 3, repeating: 1)
    #expect(throws: QuantizationError.self) {
      _ = try AsymmetricCalibration(
        inputs: inputs, exactInputs: Matrix(rows: 5, columns: 3, repeating: 1))
    }
    #expect(throws: QuantizationError.self) {
      _ = try AsymmetricCalibration(
        inputs: inputs, exactInputs: Matrix(rows: 4, columns: 2, repeating: 1))
    }
    var broken = inputs
    broken[2, 1] = .nan
    #expect(throws: QuantizationError.self) {
      _ = try AsymmetricCalibration(inputs: inputs, exactInputs: broken)
    }
  }
}
