import Grids
import Quantization
import Tensors
import Testing

@Suite("Optimal brain surgeon and quantizer")
struct OptimalBrainTests {
  private func scheme(_ bits: Int, _ group: Int) -> QuantizationScheme {
    QuantizationScheme(bits: bits, granularity: .group(group))
  }

  @Test(
    "by hand: H = [[2, 1], [1, 1]]; fixing the first of [0.4, 0.5] at 0 moves the second to 0.9")
  func twoWeights() {
    // H⁻¹ = [[1, −1], [−1, 2]]. δ = (0 − 0.4) / 1 · [1, −1] = [−0.4, 0.4]; cost 0.4² / (2 · 1) = 0.08.
    var row = SurgeonRow(weights: [0.4, 0.5], inverse: DoubleMatrix([[1, -1], [-1, 2]]))
    #expect(abs(row.cost(of: 0, at: 0) - 0.08) < 1e-15)
    #expect(abs(row.cost(of: 1, at: 0) - 0.0625) < 1e-15)  // 0.5² / (2 · 2)
    #expect(row.fix(0, at: 0) == [-0.4, 0.4])
    #expect(row.weights == [0, 0.9])
    #expect(row.isFree == [false, true])
    #expect(row.inverse == DoubleMatrix([[0, 0], [0, 1]]))  // 1 / H₁₁, the other being fixed
    #expect(abs(row.loss - 0.08) < 1e-15)
    // Directly: ½ δᵀ H δ = ½ (2 · 0.16 − 2 · 0.16 + 0.16) = 0.08.
  }

  @Test("by law: the downdated inverse is the inverse over the free weights, and costs add up")
  func downdates() throws {
    let layer = try FeedbackLayer(rows: 1, columns: 12)
    var hessian = layer.statistics.hessian
    hessian.addToDiagonal(0.1)
    let start = layer.weight.row(0).map { Double($0) }
    var row = SurgeonRow(weights: start, inverse: try hessian.inverseFromCholesky())
    for column in [7, 0, 11, 3, 4] {
      let cost = row.cost(of: column, at: 0.25)
      let before = row.loss
      row.fix(column, at: 0.25)
      #expect(abs(row.loss - before - cost) < 1e-12)
      let free = (0..<12).filter { row.isFree[$0] }
      let inner = DoubleMatrix(free.map { first in free.map { hessian[first, $0] } })
      let inverse = try inner.inverseFromCholesky()
      for (first, row1) in free.enumerated() {
        for (second, column1) in free.enumerated() {
          #expect(abs(row.inverse[row1, column1] - inverse[first, second]) < 1e-11)
        }
      }
      var form = 0.0
      for first in 0..<12 {
        for second in 0..<12 {
          form +=
            (row.weights[first] - start[first]) * hessian[first, second]
            * (row.weights[second] - start[second]) / 2
        }
      }
      #expect(abs(form - row.loss) < 1e-11 * max(1, form))
    }
  }

  @Test("by law: the free weights stand where the loss is least, so any other place costs more")
  func freeWeightsAreOptimal() throws {
    let layer = try FeedbackLayer(rows: 1, columns: 6)
    let hessian = layer.statistics.hessian
    let start = layer.weight.row(0).map { Double($0) }
    var row = SurgeonRow(weights: start, inverse: try hessian.inverseFromCholesky())
    row.fix(2, at: 1)
    row.fix(5, at: -1)
    func loss(_ weights: [Double]) -> Double {
      (0..<6).reduce(0) { sum, first in
        (0..<6).reduce(sum) { sum, second in
          sum + (weights[first] - start[first]) * hessian[first, second]
            * (weights[second] - start[second]) / 2
        }
      }
    }
    for column in [0, 1, 3, 4] {
      for step in [-0.01, 0.01] {
        var moved = row.weights
        moved[column] += step
        #expect(loss(moved) > row.loss)
      }
    }
  }

  @Test(
    "by law: loss is the quadratic form, grids are rounding's, and over many layers OBQ errs less")
  func quantizer() throws {
    var (before, after) = (0.0, 0.0)
    for seed in 1...3 {
      let layer = try FeedbackLayer(rows: 7, columns: 24, seed: UInt64(seed))
      let factor = try HessianFactor(layer.statistics)
      for group in [24, 8] {
        let result = try OptimalBrainQuantizer(scheme(3, group)).quantized(layer.weight, factor)
        let rounded = try layer.weight.roundedToNearest(scheme(3, group))
        #expect(result.scales.elements == rounded.scales)
        before += layer.error(rounded.dequantized())
        after += layer.error(result.dequantized)
        let change = DoubleMatrix(layer.weight - result.dequantized)
        var hessian = layer.statistics.hessian
        hessian.addToDiagonal(factor.dampingAmount)
        let form = change.multiplied(by: hessian).multiplyingTransposed(change).diagonal
        #expect(abs(form.reduce(0, +) / 2 - result.loss) < 1e-6 * result.loss)
      }
    }
    #expect(after < before)  // these channels hardly foretell each other: little to make up for
  }

  @Test("OBQ judges GPTQ: over many layers their errors are within a third of each other")
  func againstGPTQ() throws {
    var greedy = 0.0
    var inOrder = 0.0
    for seed in 1...12 {
      let layer = try FeedbackLayer(rows: 8, columns: 32, seed: UInt64(seed))
      let factor = try HessianFactor(layer.statistics)
      greedy += try OptimalBrainQuantizer(scheme(4, 32)).quantized(layer.weight, factor).loss
      inOrder += try GPTQ(scheme(4, 32)).quantized(layer.weight, factor).loss
    }
    #expect(greedy / inOrder > 0.67 && greedy / inOrder < 1.5)
  }

  @Test("a weight outside its grid is taken before any cheaper one")
  func outliersFirst() {
    let grid = AffineGrid(scale: 1, zeroPoint: 0, as: .unsigned(bits: 2))  // 0 … 3
    let row = SurgeonRow(weights: [1, 3.9, 3.7, 0.1], inverse: .identity(4))
    let next = OptimalBrainQuantizer.next(row, [AffineGrid](repeating: grid, count: 4))
    #expect(next.column == 1 && next.code == 3)  // 0.9 steps out, 0.7, and two inside
    let inside = SurgeonRow(weights: [1.4, 2.1, 0.45, 0.2], inverse: .identity(4))
    let cheapest = OptimalBrainQuantizer.next(inside, [AffineGrid](repeating: grid, count: 4))
    #expect(cheapest.column == 1 && cheapest.code == 2)
  }

  @Test("by law: threads change nothing")
  func threads() throws {
    let layer = try FeedbackLayer(rows: 11, columns: 16)
    let factor = try HessianFactor(layer.statistics)
    let once = try OptimalBrainQuantizer(scheme(4, 8)).quantized(layer.weight, factor, threads: 1)
    let again = try OptimalBrainQuantizer(scheme(4, 8)).quantized(layer.weight, factor, threads: 3)
    #expect(once.codes == again.codes && once.loss == again.loss)
  }
}
