import Quantization
import Tensors
import Testing

@Suite("AdaRound")
struct AdaRoundTests {
  private func scheme(_ bits: Int, _ columns: Int) -> QuantizationScheme {
    QuantizationScheme(bits: bits, symmetry: .asymmetric, granularity: .group(columns))
  }

  /// Inputs that depend on each other, a few channels loud, as a layer's are.
  private func hessian(_ columns: Int, seed: UInt64) throws -> DoubleMatrix {
    let mixing =
      Matrix.identity(columns)
      + Matrix(
        rows: columns, columns: columns, drawnFrom: .normal(deviation: 0.3), seed: seed + 100)
    let inputs = Matrix(rows: 4 * columns, columns: columns, drawnFrom: .normal(), seed: seed)
      .multiplied(by: mixing)
    var sums = InputStatistics(columns: columns, precision: .double)
    try sums.add(inputs)
    return sums.hessian
  }

  private func loss(_ change: [Double], _ hessian: DoubleMatrix) -> Double {
    var sum = 0.0
    for row in change.indices {
      for column in change.indices { sum += change[row] * hessian[row, column] * change[column] }
    }
    return sum / 2
  }

  @Test("by second implementation: every rounding of ten weights tried; the best is nearly reached")
  func exhaustive() throws {
    var reached = 0
    var shares: [Double] = []
    for seed in 0..<12 as Range<UInt64> {
      let columns = 10
      let weight = Matrix(rows: 1, columns: columns, drawnFrom: .normal(), seed: seed)
      let hessian = try hessian(columns, seed: seed)
      let solution = try AdaRound(scheme: scheme(2, columns), iterations: 2000).solve(
        weight, hessian: hessian)
      let scale = solution.quantized.scales[0]
      let zero = solution.quantized.zeroPoints[0]
      var best = Double.infinity
      for choice in 0..<1 << columns {
        let change = (0..<columns).map { column in
          let lower = Int((weight[0, column] / scale).rounded(.down)) + zero
          let code = min(max(lower + choice >> column & 1, 0), 3)
          return Double(scale) * Double(code - zero) - Double(weight[0, column])
        }
        best = min(best, loss(change, hessian))
      }
      #expect(solution.loss >= best * 0.9999)
      #expect(solution.loss <= solution.roundToNearestLoss)
      if solution.loss <= best * 1.0001 { reached += 1 }
      if solution.roundToNearestLoss > best * 1.0001 {
        shares.append(
          (solution.roundToNearestLoss - solution.loss) / (solution.roundToNearestLoss - best))
      }
    }
    // A relaxation, not a search: it finds most optima, and on average three quarters of the way.
    #expect(reached >= 6, "\(reached) of 12 optima")
    #expect(shares.reduce(0, +) / Double(shares.count) > 0.65, "\(shares)")
  }

  @Test("by second implementation: the vector step follows the plain one")
  func reference() throws {
    let weight = Matrix(rows: 6, columns: 48, drawnFrom: .normal(), seed: 2)
    let hessian = try hessian(48, seed: 3)
    let rounding = AdaRound(scheme: scheme(3, 48), iterations: 200)
    let fast = try rounding.solve(weight, hessian: hessian)
    let slow = try rounding.solveReference(weight, hessian: hessian)
    // Float32 against Double in every step: only a share that ends near ½ may round differently.
    let differing = zip(fast.quantized.codes, slow.quantized.codes).count { $0 != $1 }
    #expect(differing <= weight.count / 50, "\(differing) codes")
    #expect((fast.loss - slow.loss).magnitude < 0.02 * slow.loss)
  }

  @Test("by law: E is never above round-to-nearest's, and mostly far below")
  func improves() throws {
    let weight = Matrix(rows: 24, columns: 96, drawnFrom: .normal(deviation: 0.05), seed: 7)
    let mixing =
      Matrix.identity(96)
      + Matrix(rows: 96, columns: 96, drawnFrom: .normal(deviation: 0.2), seed: 8)
    let inputs = Matrix(rows: 300, columns: 96, drawnFrom: .normal(), seed: 9).multiplied(
      by: mixing)
    let input = try LayerInput(weight: weight, activations: inputs)
    for bits in [2, 3, 4] {
      let nearest = try LayerMethod(named: "rtn").quantize(input, LayerOptions(bits: bits))
      let learned = try LayerMethod(named: "adaround").quantize(input, LayerOptions(bits: bits))
      let before = try #require(LayerErrors(input, nearest).outputError)
      let after = try #require(LayerErrors(input, learned).outputError)
      #expect(after < 0.6 * before, "\(bits) bits: \(after / before)")
      // E = tokens · loss, by float32 sums on both sides.
      let loss = try #require(learned.loss)
      #expect((after - 300 * loss).magnitude < 1e-3 * after)
      #expect(learned.scales == nearest.scales && learned.zeros == nearest.zeros)
    }
    var short = LayerOptions(bits: 3)
    for iterations in [1, 5] {
      short.iterations = iterations
      let result = try LayerMethod(named: "adaround").quantize(input, short)
      let nearest = try LayerMethod(named: "rtn").quantize(input, LayerOptions(bits: 3))
      let after = try #require(LayerErrors(input, result).outputError)
      let before = try #require(LayerErrors(input, nearest).outputError)
      #expect(after <= before * 1.00001)
    }
  }

  @Test("hostile: silent inputs, one token, one weight, a Hessian of another shape")
  func hostile() throws {
    let weight = Matrix(rows: 3, columns: 8, drawnFrom: .normal(), seed: 1)
    let silent = DoubleMatrix(rows: 8, columns: 8, repeating: 0)
    let rounding = AdaRound(scheme: scheme(4, 8), iterations: 50)
    let kept = try rounding.solve(weight, hessian: silent)
    #expect(kept.loss == 0 && kept.turned == 0 && kept.keptRows == [0, 1, 2])
    let token = Matrix(rows: 1, columns: 8, drawnFrom: .normal(), seed: 2)
    let result = try LayerMethod(named: "adaround").quantize(
      LayerInput(weight: weight, activations: token))
    #expect(result.dequantized.elements.allSatisfy { $0.isFinite })
    #expect(throws: QuantizationError.activationsDoNotMatch(activationColumns: 7, weightColumns: 8))
    {
      try rounding.solve(weight, hessian: DoubleMatrix.identity(7))
    }
    #expect(throws: QuantizationError.self) {
      try AdaRound(scheme: scheme(4, 8), iterations: -1).solve(weight, hessian: silent)
    }
    var broken = silent
    broken[3, 3] = .nan
    #expect(throws: QuantizationError.self) { try rounding.solve(weight, hessian: broken) }
  }
}
