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

  @Test("by law: the loss is that of the damped Hessian, and progress grows to the whole")
  func loss() throws {
    let input = try layer()
    let said = Said()
    var options = LayerOptions()
    options.progress = { said.shares.append($0) }
    let result = try LayerMethod(named: "spqr").quantize(input, options)
    var hessian = try input.statistics(for: "").hessian
    let damping = try #require(result.damping)
    let mean = (0..<64).reduce(0.0) { $0 + hessian[$1, $1] } / 64
    for column in 0..<64 { hessian[column, column] += damping * mean }
    var expected = 0.0
    for row in 0..<40 {
      let change = (0..<64).map {
        Double(result.dequantized[row, $0]) - Double(input.weight[row, $0])
      }
      for (one, left) in change.enumerated() {
        for (other, right) in change.enumerated() {
          expected += left * hessian[one, other] * right / 2
        }
      }
    }
    // Updates and the factor are float32: relative errors of some 64 roundings on either side.
    #expect(abs(try #require(result.loss) / expected - 1) < 1e-3)
    #expect(said.shares.last == 1 && said.shares == said.shares.sorted())
  }

  private final class Said: @unchecked Sendable {
    var shares: [Double] = []  // told on the caller's thread
  }

  @Test("by law: a weight beyond half precision is kept as it is, and counted with 32 bits")
  func vast() throws {
    let input = try layer(outliers: 0)
    var weight = input.weight
    weight[3, 5] = 1e6
    weight[7, 40] = -70_000
    let result = try LayerMethod(named: "spqr").quantize(
      LayerInput(weight: weight, activations: input.activations))
    let outliers = try #require(result.outliers)
    #expect(outliers.bitsPerValue == 32)
    #expect(outliers.places(columnCount: 64).contains(3 * 64 + 5))
    // A kept weight takes up the errors of those before it: thousandths of the 0.02 they are.
    #expect(abs(result.dequantized[3, 5] - 1e6) < 1)
    #expect(abs(result.dequantized[7, 40] + 70_000) < 1)
    #expect(
      result.storage.bits == 2560 * 4 + 160 * 6 + 12 * 64 + outliers.count * 48 + 41 * 32)
    #expect(result.notes.contains { $0.contains("65504") })
    let ordinary = try LayerMethod(named: "spqr").quantize(input)
    #expect(ordinary.outliers?.bitsPerValue == 16 && ordinary.notes.isEmpty)
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
