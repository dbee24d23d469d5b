import Quantization
import Tensors
import Testing

@Suite("The factored Hessian")
struct HessianFactorTests {
  /// Inputs whose channels depend on each other, some louder than others.
  static func inputs(tokens: Int, columns: Int, seed: UInt64) -> Matrix {
    let raw = Matrix(rows: tokens, columns: columns, drawnFrom: .normal(), seed: seed)
    let mix = Matrix(rows: columns, columns: columns, drawnFrom: .normal(), seed: seed + 1)
    let mixed = raw.multiplied(by: mix)
    return Matrix(rows: tokens, columns: columns) { row, column in
      (raw[row, column] + 0.2 * mixed[row, column] / Float(columns).squareRoot())
        * (column % 7 == 3 ? 5 : 1)
    }
  }

  static func statistics(
    _ inputs: Matrix, _ precision: InputStatistics.Precision = .single
  ) throws -> InputStatistics {
    var result = InputStatistics(columns: inputs.columns, precision: precision)
    try result.add(inputs)
    return result
  }

  @Test(
    "by hand: H = [[5, 2], [2, 1]] is R Rᵀ with R = [[1, 2], [0, 1]], and U = [[1, -2], [0, 1]]")
  func twoByTwo() throws {
    let factor = try HessianFactor(
      hessian: DoubleMatrix([[5, 2], [2, 1]]), tokens: 2, damping: Damping(0))
    #expect(factor.upperRoot() == DoubleMatrix([[1, 2], [0, 1]]))
    #expect(factor.inverseRoot() == Matrix([[1, -2], [0, 1]]))
    let feedback = factor.feedback()
    #expect(feedback.unit == Matrix([[0, 2], [0, 0]]))
    #expect(feedback.pivots == [1, 1])
    // Uᵀ U = [[1, -2], [-2, 5]], the inverse of H.
  }

  @Test(
    "by law: R Rᵀ is the damped Hessian, Uᵀ U its inverse, whatever the order",
    arguments: [ColumnOrder.natural, .byActivation], [InputStatistics.Precision.single, .double])
  func factorsTheHessian(order: ColumnOrder, precision: InputStatistics.Precision) throws {
    let statistics = try Self.statistics(Self.inputs(tokens: 90, columns: 23, seed: 1), precision)
    let factor = try HessianFactor(statistics, order: order)
    var hessian = statistics.hessian
    hessian.addToDiagonal(factor.dampingAmount)
    let arranged = DoubleMatrix(
      factor.permutation.map { row in factor.permutation.map { hessian[row, $0] } })
    let root = factor.upperRoot()
    let scale = hessian.diagonal.max() ?? 1
    // Single precision: 23 products of relative error 2⁻²⁴ each, on elements up to the largest.
    let unit = precision == .single ? 6e-8 : 1.2e-16
    #expect(
      root.multiplyingTransposed(root).maximumDifference(from: arranged) < 23 * unit * scale)
    let inverse = factor.doubleInverseRoot()
    let product = inverse.transposed().multiplied(by: inverse).multiplied(by: arranged)
    // Times the condition number, at most scale / damping.
    #expect(
      product.maximumDifference(from: .identity(23)) < 23 * 23 * unit * scale / factor.dampingAmount
    )
    let fed = factor.feedback()
    var unitTriangle = DoubleMatrix(fed.unit)
    unitTriangle.addToDiagonal(1)
    let rebuilt = DoubleMatrix(
      (0..<23).map { row in (0..<23).map { unitTriangle[row, $0] * fed.pivots[$0] } }
    ).multiplyingTransposed(unitTriangle)
    #expect(rebuilt.maximumDifference(from: arranged) < 23 * 2e-7 * scale)
    if order == .byActivation {
      let sorted = factor.permutation.map { factor.diagonal[$0] }
      #expect(sorted == sorted.sorted(by: >))
    }
  }

  @Test("by law: batches of any size sum to the same Hessian, and both precisions agree")
  func batches() throws {
    let inputs = Self.inputs(tokens: 77, columns: 19, seed: 2)
    for precision in [InputStatistics.Precision.single, .double] {
      let whole = try Self.statistics(inputs, precision)
      var parts = InputStatistics(columns: 19, precision: precision)
      for range in [0..<1, 1..<30, 30..<77] { try parts.add(inputs.rows(in: range)) }
      #expect(parts.tokens == 77)
      let scale = whole.hessian.diagonal.max() ?? 1
      let limit = precision == .single ? 77 * 6e-8 * scale : 77 * 1.2e-16 * scale
      #expect(parts.hessian.maximumDifference(from: whole.hessian) < limit)
      #expect(parts.meanMagnitudes == whole.meanMagnitudes)
      let byHand = (0..<77).reduce(0.0) { $0 + Double(inputs[$1, 3]) * Double(inputs[$1, 5]) }
      #expect(abs(whole.hessian[3, 5] - 2 / 77 * byHand) < limit)
      #expect(whole.hessian[3, 5] == whole.hessian[5, 3])
    }
  }

  @Test(
    "fewer tokens than channels and no damping: an error that names rank, tokens and damping",
    arguments: [InputStatistics.Precision.single, .double])
  func rankDeficient(precision: InputStatistics.Precision) throws {
    let statistics = try Self.statistics(Self.inputs(tokens: 12, columns: 40, seed: 3), precision)
    let error = #expect(throws: QuantizationError.self) {
      _ = try HessianFactor(statistics, damping: Damping(0), for: "gptq")
    }
    guard
      case .pivotFailed(let method, _, let columns, let rank, let tokens, _, let damping) = error
    else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(method == "gptq" && columns == 40 && rank == 12 && tokens == 12 && damping == 0)
    #expect(error?.description.contains("rank is about 12, from 12 tokens for 40") == true)
    #expect(throws: Never.self) { _ = try HessianFactor(statistics) }
  }

  @Test("two equal channels and no damping: no inverse, though there are tokens enough")
  func equalChannels() throws {
    let raw = Self.inputs(tokens: 100, columns: 10, seed: 4)
    let inputs = Matrix(rows: 100, columns: 10) { row, column in raw[row, column == 7 ? 2 : column]
    }
    let error = #expect(throws: QuantizationError.self) {
      _ = try HessianFactor(Self.statistics(inputs), damping: Damping(0))
    }
    guard case .pivotFailed(_, let channel, _, let rank, _, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(channel == 2 && rank == 9)  // 7 is eliminated before 2
  }

  @Test("damping is raised only where that was allowed, and the raise is recorded")
  func raising() throws {
    let statistics = try Self.statistics(Self.inputs(tokens: 5, columns: 16, seed: 5))
    let factor = try HessianFactor(statistics, damping: Damping(0, raises: true))
    #expect(factor.damping == 0.0001)
    #expect(factor.notes.count == 1)
    #expect(factor.notes[0].hasPrefix("damping raised from 0.0 to 0.0001 of the mean diagonal"))
    #expect(try HessianFactor(statistics).notes.isEmpty)
  }

  @Test("a dead channel gets 1 on its diagonal before the damping's mean is taken, and is told")
  func deadChannels() throws {
    let raw = Self.inputs(tokens: 50, columns: 9, seed: 6)
    let inputs = Matrix(rows: 50, columns: 9) { row, column in column == 4 ? 0 : raw[row, column] }
    let factor = try HessianFactor(Self.statistics(inputs))
    #expect(factor.deadColumns == [4])
    #expect(factor.notes.count == 1)
    let mean = (factor.diagonal.reduce(0, +) + 1) / 9
    #expect(factor.dampingAmount == 0.01 * mean)
    let root = factor.upperRoot()
    #expect(abs(root[4, 4] * root[4, 4] - (1 + 0.01 * mean)) < 1e-5)
    #expect((0..<9).allSatisfy { $0 == 4 || (root[4, $0] == 0 && root[$0, 4] == 0) })
    let quiet = try HessianFactor(
      Self.statistics(Matrix(rows: 50, columns: 9) { row, column in inputs[row, column] / 1000 }),
      order: .byActivation)
    #expect(quiet.permutation.first == 4)  // 1 is more than any live channel has
    let arranged = factor.arranged(Matrix(rows: 2, columns: 9, repeating: 3))
    #expect(arranged.elements == [3, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3, 3, 3, 0, 3, 3, 3, 3])
    let silent = try HessianFactor(Self.statistics(Matrix(rows: 3, columns: 2, repeating: 0)))
    #expect(silent.deadColumns == [0, 1])
  }

  @Test("inputs whose squares leave single precision are refused there and fine in double")
  func extremeInputs() throws {
    for factor in [Float(1e25), 1e-30] {
      let raw = Self.inputs(tokens: 20, columns: 4, seed: 7)
      let inputs = Matrix(rows: 20, columns: 4) { row, column in raw[row, column] * factor }
      let error = #expect(throws: QuantizationError.self) {
        _ = try HessianFactor(Self.statistics(inputs))
      }
      #expect(error?.description.contains("double precision") == true)
      let wide = try HessianFactor(Self.statistics(inputs, .double))
      let isFinite = wide.inverseRoot().elements.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
  }

  @Test("hostile requests: negative damping, an order that is none, no tokens")
  func hostile() throws {
    let statistics = try Self.statistics(Self.inputs(tokens: 20, columns: 4, seed: 8))
    for share in [-0.1, .nan, .infinity] {
      #expect(throws: QuantizationError.self) {
        _ = try HessianFactor(statistics, damping: Damping(share))
      }
    }
    for list in [[0, 1, 2], [0, 1, 2, 2], [1, 2, 3, 4]] {
      #expect(throws: QuantizationError.notAnOrder(count: list.count, columns: 4)) {
        _ = try HessianFactor(statistics, order: .given(list))
      }
    }
    #expect(throws: QuantizationError.inputsNeeded(method: "gptq")) {
      _ = try HessianFactor(InputStatistics(columns: 4))
    }
    let single = try HessianFactor(Self.statistics(Matrix([[3]]), .double), damping: Damping(0))
    #expect(single.upperRoot()[0, 0] == 18.0.squareRoot())  // 2/1 · 3 · 3
  }
}
