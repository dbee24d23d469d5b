import Quantization
import Tensors
import Testing

@Suite("The table of layer methods")
struct LayerMethodTests {
  private func quantize(
    _ name: String, _ weight: Matrix, _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> LayerResult {
    var options = LayerOptions()
    change(&options)
    let method = try LayerMethod(named: name)
    let activations =
      method.needs == .nothing
      ? nil : Matrix(rows: 40, columns: weight.columns, drawnFrom: .normal(), seed: 12)
    return try method.quantize(LayerInput(weight: weight, activations: activations), options)
  }

  private func refusal(
    _ name: String, _ weight: Matrix, _ change: (inout LayerOptions) -> Void = { _ in }
  ) -> QuantizationError? {
    do {
      _ = try quantize(name, weight, change)
      return nil
    } catch {
      return error as? QuantizationError
    }
  }

  @Test("by law: names are unique, and every row is filled in")
  func table() {
    #expect(Set(LayerMethod.all.map(\.name)).count == LayerMethod.all.count)
    for method in LayerMethod.all {
      #expect(!method.summary.isEmpty && !method.bitsRule.isEmpty && !method.source.isEmpty)
      #expect(method.summary.count < 80, "one line: \(method.name)")
    }
  }

  /// Methods without a zero for a row of zeros among others: two mix it with other rows by turning the
  /// outputs, and one scale for the tensor makes every zero ±s.
  static let withoutZeroRows: Set = ["quip", "quip-sharp", "bitnet-binary"]

  @Test(
    "by law: shapes fit, nothing depends on threads, errors stay below the weight itself",
    arguments: LayerMethod.all.map(\.name))
  func everyMethod(name: String) throws {
    // Eight rows, so that Hadamard transforms have a matrix for them.
    var weight = Matrix(rows: 8, columns: 256, drawnFrom: .laplace(scale: 0.05), seed: 11)
    weight.setRow(4, to: [Float](repeating: 0, count: 256))
    let result = try quantize(name, weight) { $0.threads = 1 }
    #expect(result.codes.count == (result.vectorCodes == nil ? weight.count : 0))
    #expect(result.dequantized.rows == 8 && result.dequantized.columns == 256)
    #expect(result.scales.rows == 8 && 256 % result.scales.columns == 0)
    #expect(result.zeros.rows == 8 && result.zeros.columns == result.scales.columns)
    if !Self.withoutZeroRows.contains(name) {
      #expect(result.dequantized.row(4) == [Float](repeating: 0, count: 256))
    }
    #expect(result.bitsPerWeight == Double(result.storage.bits) / Double(weight.count))

    let threaded = try quantize(name, weight) { $0.threads = 3 }
    #expect(threaded.codes == result.codes && threaded.scales == result.scales)
    #expect(threaded.dequantized == result.dequantized)

    let zeros = Matrix(rows: 2, columns: 256, repeating: 0)
    #expect(try quantize(name, zeros).dequantized == zeros)

    let errors = LayerErrors(try LayerInput(weight: weight), result)
    #expect(errors.weightMSE < weight.squaredFrobeniusNorm / Double(weight.count))
    #expect(errors.sqnr > 0)
    #expect(errors.outputError == nil && errors.relativeOutputError == nil)
  }

  /// What each method stores for 4 × 128 weights.
  ///
  /// A zero point adds 4 bits to a scale's 16, nvfp4 has 32 for the tensor, and a codebook of 16 levels
  /// takes 256 bits, once for lloyd-max and for each group for kmeans. hqq's zero points are real, 16
  /// bits in groups of 64. spqr: 32 groups with 3 + 3 bits, 8 times 4 ends of 16, five outliers with 32
  /// and five row starts with 32, all over 512. aqlm: two codebooks of 256 entries of 8 numbers.
  static let expectedBits: [(String, Double)] = [
    ("rtn", 4.15625), ("nf4", 4.5), ("fp4", 4.5), ("fp8-e4m3", 8.125), ("fp8-e5m2", 8.125),
    ("mxfp4", 4.25), ("nvfp4", 4.5625), ("ternary", 2.125), ("lloyd-max", 4.625), ("kmeans", 6),
    ("awq", 4.15625), ("smoothquant", 8.125), ("llm-int8", 8.125), ("zeroquant", 4.125),
    ("hqq", 4.25), ("adaround", 4.15625), ("bitnet", 2.03125), ("bitnet-binary", 1.03125),
    ("spqr", 6), ("aqlm", 130.125),
    // Signs: 128 for the inputs, and 4 for the outputs of quip-sharp. quip: 128 scales and a seed.
    ("rotation", 4.15625 + 0.25), ("quip", 4 + (16 + 64 + 2_048) / 512.0),
    ("quip-sharp", 4 + (16 + 132) / 512.0),
  ]

  @Test("by hand: bits per weight", arguments: expectedBits)
  func bitsPerWeight(name: String, bits: Double) throws {
    let weight = Matrix(rows: 4, columns: 128, drawnFrom: .normal(), seed: 13)
    #expect(try quantize(name, weight).bitsPerWeight == bits)
  }

  @Test("by hand: rtn's group is 128, or the row where it is shorter, or the row for 0")
  func groups() throws {
    let weight = Matrix(rows: 2, columns: 384, drawnFrom: .normal(), seed: 14)
    #expect(try quantize("rtn", weight).scales.columns == 3)
    #expect(try quantize("rtn", weight) { $0.groupSize = 0 }.scales.columns == 1)
    #expect(try quantize("rtn", weight) { $0.groupSize = 32 }.scales.columns == 12)
    let narrow = Matrix(rows: 2, columns: 50, drawnFrom: .normal(), seed: 14)
    #expect(try quantize("rtn", narrow).scales.columns == 1)
    #expect(try quantize("fp8-e4m3", narrow).scales.columns == 1)
  }

  @Test("by hand: symmetric rtn is restricted, signed, and has zeros of 0")
  func symmetricRTN() throws {
    let result = try quantize("rtn", Matrix([[7, -7, 3, 0.5]])) { $0.symmetric = true }
    #expect(result.codes.isSigned)
    #expect(result.codes == [7, -7, 3, 0])
    #expect(result.scales == Matrix([[1]]))
    #expect(result.zeros == Matrix([[0]]))
    #expect(result.bitsPerWeight == 4 + 16.0 / 4)
  }

  @Test("by hand: blocks that cross rows are listed flat")
  func crossingBlocks() throws {
    let weight = Matrix(rows: 3, columns: 80, drawnFrom: .normal(), seed: 15)
    let result = try quantize("nf4", weight)
    #expect(result.scales.rows == 1 && result.scales.columns == 4)  // 240 = 3 × 64 + 48
    let rows = try quantize("nf4", weight) { $0.groupSize = 0 }
    #expect(rows.scales.rows == 3 && rows.scales.columns == 1)
    let double = try quantize("nf4", weight) { $0.doubleQuantization = true }
    // 240 codes of 4 bits, 4 scale codes of 8, one magnitude and the offset of 32.
    #expect(double.storage.bits == 960 + 32 + 32 + 32)
    #expect(double.codes == result.codes)
  }

  @Test("by hand: ternary keeps what is worth keeping")
  func ternary() throws {
    // Keeping 4 and −5 at 4.5 gains 9²/2 = 40.5; with the 1 as well 10²/3; alone 25.
    let result = try quantize("ternary", Matrix([[4, -5, 1, 0]]))
    #expect(result.codes == [1, -1, 0, 0])
    #expect(result.scales == Matrix([[4.5]]))
    #expect(result.dequantized == Matrix([[4.5, -4.5, 0, 0]]))
  }

  @Test("by hand: k-means finds two clusters, Lloyd-Max shares levels in units of the scale")
  func learned() throws {
    let clusters = try quantize("kmeans", Matrix([[1, 1.5, 9, 10, 1, 9.5]])) { $0.bits = 1 }
    #expect(clusters.codes == [0, 0, 1, 1, 0, 1])
    #expect(clusters.codebooks == Matrix([[Float(3.5 / 3), 9.5]]))
    // Rows alike but for their scale share their levels exactly.
    let shared = try quantize("lloyd-max", Matrix([[4, -1, -1, 4], [8, -2, -2, 8]])) { $0.bits = 1 }
    #expect(shared.scales == Matrix([[4], [8]]))
    #expect(shared.codebooks == Matrix([[-0.25, 1]]))
    #expect(shared.dequantized == Matrix([[4, -1, -1, 4], [8, -2, -2, 8]]))
  }

  @Test("by hand: E comes with activations")
  func activations() throws {
    let input = try LayerInput(
      weight: Matrix([[7, 0.5]]), activations: Matrix([[1, 2], [0, 4]]))
    let result = try LayerMethod(named: "rtn").quantize(input, LayerOptions(symmetric: true))
    // 0.5 becomes 0: outputs 8 → 7 and 2 → 0. E = 1 + 4; ‖WX‖² = 64 + 4.
    let errors = LayerErrors(input, result)
    #expect(errors.outputError == 5)
    #expect(errors.relativeOutputError == 5.0 / 68)
    #expect(errors.weightMSE == 0.125)
  }

  @Test("by hand: refusals say what and what else")
  func refusals() {
    let weight = Matrix(rows: 2, columns: 96, drawnFrom: .normal(), seed: 16)
    #expect(
      refusal("rtn", weight) { $0.groupSize = 48 } == nil)  // 48 divides 96
    #expect(
      refusal("rtn", weight) { $0.groupSize = 64 }
        == .groupSizeDoesNotDivide(groupSize: 64, columns: 96))
    #expect(
      refusal("nf4", weight) { $0.bits = 3 }?.description
        == "nf4 stores 4 bits, not 3; leave the bits out")
    #expect(
      refusal("nf4", weight) { $0.range = .octav }?.description
        == "nf4 does not use range; it uses bits, group-size, double-quant, bias-correction")
    #expect(
      refusal("rtn", weight) { $0.bits = 9 }?.description
        == "9 bits is not possible for rtn; use 1 to 8")
    #expect(
      refusal("mxfp4", weight) { $0.groupSize = 64 }
        == .groupSizeIsFixed(format: "mxfp4", asked: 64, fixed: 32))
    #expect(
      refusal("mxfp4", Matrix(rows: 1, columns: 40, repeating: 1))
        == .formatBlockDoesNotDivide(format: "mxfp4", blockSize: 32, columns: 40))
    #expect(
      refusal("ternary", weight) {
        $0.symmetric = true
        $0.doubleQuantization = false
      }
        == .optionsNotUsed(
          method: "ternary", options: ["symmetric/asymmetric", "double-quant"],
          uses: ["bits", "group-size", "bias-correction"]))
    #expect(refusal("rtn", weight) { $0.seed = 3 } == nil)  // harmless, so welcome
    #expect(refusal("fp4", weight) { $0.groupSize = -64 }?.kind == .usage)
  }

  @Test("by hand: an unknown method brings the nearest and all of them")
  func unknown() {
    let error = refusal("nf5", Matrix([[1]]))
    #expect(error?.description.hasPrefix("there is no method 'nf5'; did you mean 'nf4'? ") == true)
    #expect(error?.description.contains("rtn, nf4, fp4") == true)
    #expect(refusal("something else", Matrix([[1]]))?.description.contains("did you") == false)
  }

  @Test("by hand: a layer with a NaN, other shapes or nothing is refused before any method")
  func inputs() {
    var weight = Matrix(rows: 2, columns: 3, repeating: 1)
    #expect(throws: QuantizationError.activationsDoNotMatch(activationColumns: 2, weightColumns: 3))
    { try LayerInput(weight: weight, activations: Matrix([[1, 2]])) }
    #expect(throws: QuantizationError.empty(name: "weight", rows: 0, columns: 3)) {
      try LayerInput(weight: Matrix(rows: 0, columns: 3, repeating: 1))
    }
    weight[0, 1] = 3e38
    #expect(throws: QuantizationError.self) { try LayerInput(weight: weight) }
    weight[0, 1] = .greatestFiniteMagnitude / 2
    #expect(throws: Never.self) { try LayerInput(weight: weight) }
    weight[1, 2] = -.infinity
    #expect(
      throws: QuantizationError.notFinite(name: "weight", row: 1, column: 2, value: -.infinity)
    ) { try LayerInput(weight: weight) }
  }
}
