import Quantization
import Tensors
import Testing

@Suite("SpQR")
struct SpQRTests {
  private func layer(outliers: Double = 0.005) throws -> LayerInput {
    let weight = Matrix(rows: 40, columns: 64, drawnFrom: .normal(deviation: 0.02), seed: 1)
      .plantingOutliers(fraction: outliers, factor: 12, seed: 2)
    let mixing =
      Matrix.identity(64)
      + Matrix(rows: 64, columns: 64, drawnFrom: .normal(deviation: 0.2), seed: 3)
    let inputs = Matrix(rows: 200, columns: 64, drawnFrom: .normal(), seed: 4).multiplied(
      by: mixing)
    return try LayerInput(weight: weight, activations: inputs)
  }

  private func error(_ input: LayerInput, _ name: String, _ options: LayerOptions) throws -> Double
  {
    try #require(
      LayerErrors(input, LayerMethod(named: name).quantize(input, options)).outputError)
  }

  @Test("by hand: the weight that stretches its group's grid goes first")
  func outliers() throws {
    // 2 bits. With 30 in the group the step is 10 and 1, 2, 3 all become 0; without it they are exact.
    let weight = Matrix([[1, 2, 3, 30, 1, 2, 3, 3]])
    let found = try SpQR(bits: 2, groupSize: 4, outlierShare: 0.125).outliers(
      in: weight, inverseDiagonal: [Double](repeating: 1, count: 8))
    #expect(found == [3])
    // A loud input: errors of column 1 count a hundredfold, so its weight itself is kept before.
    let loud = try SpQR(bits: 1, groupSize: 4, outlierShare: 0.25).outliers(
      in: Matrix([[0, 0.4, 1, 1]]), inverseDiagonal: [1, 0.01, 1, 1])
    #expect(loud == [1])
    let none = try SpQR(bits: 2, groupSize: 4).outliers(
      in: Matrix([[1, 2, 3, 3]]), inverseDiagonal: [1, 1, 1, 1])
    #expect(none.isEmpty, "an exact group has nothing to gain")
  }

  @Test("by law: more kept apart is never dearer in error, and error feedback is worth its work")
  func shares() throws {
    let input = try layer()
    for bits in [2, 3, 4] {
      var errors: [Double] = []
      for share in [0, 0.01, 0.05] {
        var options = LayerOptions(bits: bits)
        options.outlierShare = share
        errors.append(try error(input, "spqr", options))
      }
      #expect(errors[1] < 0.9 * errors[0], "\(bits) bits: \(errors)")
      #expect(errors[2] < errors[1], "\(bits) bits: \(errors)")
      let nearest = try error(input, "rtn", LayerOptions(bits: bits, groupSize: 16))
      #expect(errors[0] < nearest, "\(bits) bits: \(errors[0]) and \(nearest)")
    }
  }

  @Test("by second implementation: with the identity for H, and all scales kept, it is rounding")
  func identity() throws {
    let weight = Matrix(rows: 5, columns: 32, drawnFrom: .normal(), seed: 6)
    let factor = try HessianFactor(
      hessian: DoubleMatrix.identity(32), tokens: 100, damping: Damping(0), for: "spqr")
    let solution = try SpQR(bits: 3, groupSize: 16, outlierShare: 0, quantizesScales: false).solve(
      weight, factor: factor)
    let nearest = try LayerMethod(named: "rtn").quantize(
      LayerInput(weight: weight), LayerOptions(bits: 3, groupSize: 16))
    // Our scales are computed in Double there and in Float here: one unit in the last place.
    #expect(solution.codes == nearest.codes && solution.zeros == nearest.zeros)
    #expect(solution.dequantized.maximumDifference(from: nearest.dequantized) < 1e-6)
    #expect(solution.outliers.count == 0)
  }

  @Test("by law: kept weights are float16 numbers in their places, and their storage is counted")
  func storage() throws {
    let input = try layer()
    let result = try LayerMethod(named: "spqr").quantize(input)
    let outliers = try #require(result.outliers)
    #expect(outliers.count == Int(0.01 * 2560))
    for (place, value) in zip(outliers.places(columnCount: 64), outliers.values) {
      #expect(result.dequantized.elements[place] == value)
      #expect(Float(Float16(value)) == value)
      #expect(result.codes[place] == 0)
    }
    // 160 groups of 6 bits, 3 bundles of rows × 4 groups with 64, 25 outliers, 41 row starts.
    #expect(result.storage.bits == 2560 * 4 + 160 * 6 + 12 * 64 + 25 * 32 + 41 * 32)
    #expect(Set(result.zeros.elements.map { $0.rounded() == $0 }) == [true])
  }

  @Test("hostile: silent channels, few tokens, every weight kept, bad requests")
  func hostile() throws {
    var inputs = Matrix(rows: 3, columns: 32, drawnFrom: .normal(), seed: 1)
    inputs.setColumn(5, to: [0, 0, 0])
    let weight = Matrix(rows: 4, columns: 32, drawnFrom: .normal(), seed: 2)
    let input = try LayerInput(weight: weight, activations: inputs)
    let method = try LayerMethod(named: "spqr")
    let result = try method.quantize(input)
    #expect(result.dequantized.elements.allSatisfy { $0.isFinite })
    #expect(result.dequantized.column(5) == [0, 0, 0, 0] && result.notes.count == 1)
    var all = LayerOptions()
    all.outlierShare = 1
    #expect(try method.quantize(input, all).dequantized.elements.allSatisfy { $0.isFinite })
    for change: (inout LayerOptions) -> Void in [
      { $0.outlierShare = 1.5 }, { $0.bits = 0 }, { $0.groupSize = 24 },
    ] {
      var options = LayerOptions()
      change(&options)
      #expect(throws: QuantizationError.self) { try method.quantize(input, options) }
    }
    #expect(throws: QuantizationError.self) {
      var options = LayerOptions()
      options.damping = 0
      _ = try method.quantize(input, options)  // three tokens span three directions of 31
    }
    #expect(throws: QuantizationError.inputsNeeded(method: "spqr")) {
      try method.quantize(LayerInput(weight: weight))
    }
  }
}
