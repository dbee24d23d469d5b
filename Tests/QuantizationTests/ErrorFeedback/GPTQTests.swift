import Foundation
import Grids
import Quantization
import Tensors
import Testing

/// A layer small enough for plain loops, with channels that depend on each other.
struct FeedbackLayer {
  let weight: Matrix
  let inputs: Matrix
  let statistics: InputStatistics

  init(
    rows: Int = 9, columns: Int = 48, tokens: Int = 100, seed: UInt64 = 1,
    precision: InputStatistics.Precision = .double
  ) throws {
    weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: seed + 100)
    inputs = HessianFactorTests.inputs(tokens: tokens, columns: columns, seed: seed)
    statistics = try HessianFactorTests.statistics(inputs, precision)
  }

  func error(_ approximation: Matrix) -> Double {
    OutputError(weight: weight, approximation: approximation, activations: inputs).squared
  }
}

/// How many rows of codes are the same in two results.
func equalRows(_ left: FeedbackQuantized, _ right: FeedbackQuantized) -> Int {
  let columns = left.groupIndex.count
  return (0..<left.codes.count / columns).count { row in
    left.codes.bytes[row * columns..<(row + 1) * columns].elementsEqual(
      right.codes.bytes[row * columns..<(row + 1) * columns])
  }
}

@Suite("GPTQ")
struct GPTQTests {
  private func scheme(
    _ bits: Int, _ group: Int, symmetric: Bool = false, range: RangeChoice = .minMax
  ) -> QuantizationScheme {
    QuantizationScheme(
      bits: bits, symmetry: symmetric ? .symmetric(.full) : .asymmetric,
      granularity: .group(group), range: range)
  }

  @Test("by hand: two weights, one passes its error to the other, which then rounds the other way")
  func twoWeights() throws {
    // H = [[2, 1], [1, 1]] = R Rᵀ with R = [[1, 1], [0, 1]]; U = R⁻¹ = [[1, -1], [0, 1]].
    let factor = try HessianFactor(
      hessian: DoubleMatrix([[2, 1], [1, 1]]), tokens: 2, damping: Damping(0))
    // 2 bits over [0, 2]: scale 2/3, zero 0; 0.375 is 0.5625 steps, code 1, value 2/3.
    // e = (0.375 - 2/3) / 1 = -0.2917; the second becomes 2 - (-0.2917)(-1) = 1.7083, 2.5625 steps,
    // code 3, value 2. Loss = (0.2917² + 0.2917²) / 2 = 0.0851.
    let weight = Matrix([[0.375, 2]])
    let result = try GPTQ(scheme(2, 2)).quantized(weight, factor)
    #expect(Array(result.codes) == [1, 3])
    #expect(abs(result.scales[0, 0] - 2 / 3) < 1e-7)
    #expect(abs(result.loss - 0.0850694) < 1e-6)
    // And where the push is strong enough: H = [[5, 2], [2, 1]], U = [[1, -2], [0, 1]], e as before,
    // second = 2 - 2 · 0.2917 = 1.4167, 2.125 steps: code 2. Rounding alone gives [1, 3].
    let strong = try HessianFactor(
      hessian: DoubleMatrix([[5, 2], [2, 1]]), tokens: 2, damping: Damping(0))
    #expect(Array(try GPTQ(scheme(2, 2)).quantized(weight, strong).codes) == [1, 2])
    #expect(Array(try weight.roundedToNearest(scheme(2, 2)).codes) == [1, 3])
  }

  /// Bits, group, block, symmetric, order and timing of one run.
  struct Setting: Sendable, CustomStringConvertible {
    var bits = 4
    var group = 16
    var block = 16
    var symmetric = false
    var order = ColumnOrder.natural
    var timing = GridTiming.fresh
    var description: String {
      "\(bits) bits, group \(group), block \(block), \(symmetric ? "sym" : "asym"), \(order), \(timing)"
    }
  }

  static let settings: [Setting] = [
    Setting(), Setting(bits: 2, group: 48), Setting(bits: 3, group: 8, block: 128),
    Setting(group: 24, block: 10), Setting(group: 6, block: 16),
    Setting(bits: 8, group: 48, block: 5),
    Setting(symmetric: true), Setting(bits: 5, group: 4, order: .byActivation),
    Setting(group: 8, order: .byActivation, timing: .fixed), Setting(group: 8, timing: .stale),
    Setting(group: 12, block: 8, timing: .stale), Setting(group: 2, block: 3),
  ]

  @Test(
    "by second implementation: blocks against plain loops, column by column", arguments: settings)
  func blocksAgainstReference(setting: Setting) throws {
    let layer = try FeedbackLayer(rows: 70)
    let factor = try HessianFactor(layer.statistics, order: setting.order)
    let gptq = GPTQ(
      scheme(setting.bits, setting.group, symmetric: setting.symmetric), timing: setting.timing,
      blockSize: setting.block)
    let fast = try gptq.quantized(layer.weight, factor)
    let slow = try gptq.quantizedReference(layer.weight, factor)
    // Single precision may break one tie in a row another way, and the row then goes its own way.
    #expect(equalRows(fast, slow) >= 68)
    #expect(abs(fast.loss - slow.loss) < 0.01 * slow.loss)
    #expect(
      abs(layer.error(fast.dequantized) - layer.error(slow.dequantized)) < 0.01
        * layer.error(slow.dequantized))
    #expect(fast.groupIndex == slow.groupIndex)
    let rebuilt = Matrix(rows: 70, columns: 48) { row, column in
      let group = fast.groupIndex[column]
      return (Float(fast.codes[row * 48 + column]) - fast.zeros[row, group])
        * fast.scales[row, group]
    }
    #expect(rebuilt == fast.dequantized)
  }

  @Test(
    "by law: loss = ½ tr(ΔW H ΔWᵀ) with the damped H, and n · loss = E + (n/2) · damping · ‖W − Ŵ‖²",
    arguments: settings.filter { $0.timing != .stale })
  func lossIsTheQuadraticForm(setting: Setting) throws {
    let layer = try FeedbackLayer()
    let factor = try HessianFactor(layer.statistics, order: setting.order)
    let gptq = GPTQ(
      scheme(setting.bits, setting.group, symmetric: setting.symmetric), timing: setting.timing,
      blockSize: setting.block)
    for (result, limit) in [
      (try gptq.quantizedReference(layer.weight, factor), 1e-6),  // codes come from Float grids
      (try gptq.quantized(layer.weight, factor), 1e-4),
    ] {
      let change = DoubleMatrix(layer.weight - result.dequantized)
      var hessian = layer.statistics.hessian
      hessian.addToDiagonal(factor.dampingAmount)
      let trace = change.multiplied(by: hessian).multiplyingTransposed(change).diagonal.reduce(0, +)
      #expect(abs(result.loss - trace / 2) < limit * result.loss)
      let tokens = Double(layer.inputs.rows)
      let penalty =
        tokens / 2 * factor.dampingAmount
        * layer.weight.squaredDistance(to: result.dequantized)
      let sum = layer.error(result.dequantized) + penalty
      #expect(abs(tokens * result.loss - sum) < max(limit, 1e-5) * sum)
    }
  }

  @Test("by law: the block size changes nothing with fresh grids, and does with stale ones")
  func blockSizes() throws {
    let layer = try FeedbackLayer(rows: 64, columns: 96, tokens: 200)
    let factor = try HessianFactor(layer.statistics)
    for group in [96, 32, 12] {
      let whole = try GPTQ(scheme(4, group), blockSize: 96).quantizedReference(layer.weight, factor)
      for block in [1, 7, 16, 32, 64, 200] {
        let other = GPTQ(scheme(4, group), blockSize: block)
        #expect(try other.quantizedReference(layer.weight, factor).codes == whole.codes)
        #expect(equalRows(try other.quantized(layer.weight, factor), whole) >= 62)
      }
    }
    let stale = try [1, 12, 96].map {
      try GPTQ(scheme(4, 12), timing: .stale, blockSize: $0).quantized(layer.weight, factor).codes
    }
    let fresh = try GPTQ(scheme(4, 12)).quantized(layer.weight, factor).codes
    #expect(stale[0] == fresh && stale[1] == fresh)  // nothing is stale at a block's beginning
    #expect(stale[2] != fresh)
  }

  @Test("by law: optimal brain surgeon, one column after the other, gives the same codes")
  func columnSequentialSurgeon() throws {
    let layer = try FeedbackLayer(rows: 6, columns: 24)
    let factor = try HessianFactor(layer.statistics)
    let quantized = try GPTQ(scheme(3, 24)).quantizedReference(layer.weight, factor)
    var hessian = layer.statistics.hessian
    hessian.addToDiagonal(factor.dampingAmount)
    let inverse = try hessian.inverseFromCholesky()
    var loss = 0.0
    for row in 0..<6 {
      let grid = AffineGrid(
        scale: quantized.scales[row, 0], zeroPoint: Int(quantized.zeros[row, 0]),
        as: .unsigned(bits: 3))
      var surgeon = SurgeonRow(weights: layer.weight.row(row).map { Double($0) }, inverse: inverse)
      for column in 0..<24 {
        let code = grid.encode(Float(surgeon.weights[column]))
        #expect(code == quantized.codes[row * 24 + column])
        surgeon.fix(column, at: Double(grid.decode(code)))
      }
      loss += surgeon.loss
    }
    #expect(abs(loss - quantized.loss) < 1e-9 * loss)
  }

  @Test(
    "by law: LDLQ in its own words gives the same codes, whatever the groups and their grids",
    arguments: [1, 5, 128], [GridTiming.fixed, .fresh])
  func linearFeedback(block: Int, timing: GridTiming) throws {
    let layer = try FeedbackLayer(rows: 70)
    for order in [ColumnOrder.natural, .byActivation] {
      let factor = try HessianFactor(layer.statistics, order: order)
      for (group, range) in [(48, .minMax), (8, .minMax), (8, .octav)] as [(Int, RangeChoice)] {
        let scheme = scheme(3, group, range: range)
        let gptq = try GPTQ(scheme, timing: timing).quantizedReference(layer.weight, factor)
        let ldlq = try LDLQ(scheme, timing: timing, blockSize: block).quantized(
          layer.weight, factor)
        #expect(equalRows(gptq, ldlq) >= 67)
        #expect(abs(gptq.loss - ldlq.loss) < 0.01 * gptq.loss)
        #expect(gptq.groupIndex == ldlq.groupIndex)
        // The same weights but for the rounding of their sums, some 48 of them.
        let apart = gptq.scales.maximumDifference(from: ldlq.scales)
        let changed = try GPTQ(scheme, timing: .fixed).quantized(layer.weight, factor).scales
        let moved = gptq.scales.maximumDifference(from: changed)
        if timing == .fixed || group == 48 {
          #expect(apart < 1e-5)
        } else {
          #expect(moved > 0.01)  // a fresh grid is another grid
          let rows = (0..<70).filter { row in
            (0..<gptq.scales.columns).allSatisfy { group in
              abs(gptq.scales[row, group] - ldlq.scales[row, group]) < 1e-4
                * gptq.scales[row, group]
            }
          }
          #expect(rows.count >= 67)
        }
      }
    }
  }

  @Test("by law: on its own calibration data GPTQ errs less than rounding", arguments: 2...8)
  func betterThanRounding(bits: Int) throws {
    for seed in 1...5 {
      let layer = try FeedbackLayer(seed: UInt64(seed), precision: .single)
      let factor = try HessianFactor(layer.statistics)
      for group in [48, 16] {
        let rounded = try layer.weight.roundedToNearest(scheme(bits, group)).dequantized()
        let gptq = try GPTQ(scheme(bits, group)).quantized(layer.weight, factor)
        #expect(layer.error(gptq.dequantized) < layer.error(rounded))
      }
    }
  }

  @Test("uncorrelated inputs of equal power: nothing to make up for, so GPTQ is rounding")
  func identityHessian() throws {
    let weight = Matrix(rows: 5, columns: 32, drawnFrom: .normal(), seed: 9)
    let factor = try HessianFactor(hessian: .identity(32), tokens: 32, damping: Damping(0))
    let rounded = try weight.roundedToNearest(scheme(4, 8))
    for timing in GridTiming.allCases {
      let gptq = try GPTQ(scheme(4, 8), timing: timing).quantized(weight, factor)
      #expect(gptq.codes == rounded.codes)
      #expect(gptq.dequantized == rounded.dequantized())
    }
  }

  @Test("ranges other than min-max are searched on the weights as they are")
  func searchedRanges() throws {
    let layer = try FeedbackLayer(rows: 66)
    let factor = try HessianFactor(layer.statistics)
    for range in [RangeChoice.meanSquaredError(norm: 2.4), .percentile(95), .octav] {
      let gptq = GPTQ(scheme(3, 16, range: range), blockSize: 32)
      let fast = try gptq.quantized(layer.weight, factor)
      #expect(equalRows(fast, try gptq.quantizedReference(layer.weight, factor)) >= 64)
      #expect(fast.scales != (try GPTQ(scheme(3, 16)).quantized(layer.weight, factor)).scales)
    }
  }

  @Test("act-order with fresh groups stores an index; fixed groups stay runs of neighbours")
  func groupIndex() throws {
    let layer = try FeedbackLayer()
    let factor = try HessianFactor(layer.statistics, order: .byActivation)
    let fresh = try GPTQ(scheme(4, 12)).quantized(layer.weight, factor)
    #expect(!fresh.groupsAreRuns)
    for (place, column) in factor.permutation.enumerated() {
      #expect(fresh.groupIndex[column] == place / 12)
    }
    #expect(fresh.storage.items.map(\.name) == ["codes", "scales", "zero points", "group index"])
    #expect(fresh.storage.bits == 9 * 48 * 4 + 9 * 4 * (16 + 4) + 48 * 32)
    let fixed = try GPTQ(scheme(4, 12), timing: .fixed).quantized(layer.weight, factor)
    #expect(fixed.groupsAreRuns)
    let rounded = try layer.weight.roundedToNearest(scheme(4, 12))
    #expect(fixed.scales.elements == rounded.scales)
  }

  @Test("the symmetric grid: scale 2R / 15, zero point 8, all 16 codes")
  func symmetricGrid() throws {
    let weight = Matrix([[-3, 0, 1, 2]])
    let factor = try HessianFactor(hessian: .identity(4), tokens: 4, damping: Damping(0))
    let result = try GPTQ(scheme(4, 4, symmetric: true)).quantized(weight, factor)
    #expect(result.zeros[0, 0] == 8)
    #expect(result.scales[0, 0] == Float(2 * 3.0 / 15))
    #expect(Array(result.codes) == [0, 8, 10, 13])  // −7.5, 0, 2.5, 5 steps; ties to even, clamped
    #expect(result.storage.bitsPerWeight == 4 + 16.0 / 4)
  }

  @Test("awkward shapes: one row, one column, one token, a row of zeros, a dead channel")
  func awkward() throws {
    for (rows, columns, tokens) in [(1, 1, 1), (1, 7, 3), (65, 1, 2), (130, 3, 1), (1, 200, 50)] {
      let layer = try FeedbackLayer(
        rows: rows, columns: columns, tokens: tokens, precision: .single)
      let factor = try HessianFactor(layer.statistics)
      let result = try GPTQ(scheme(4, columns)).quantized(layer.weight, factor)
      #expect(result.dequantized.rows == rows && result.dequantized.columns == columns)
      #expect(result.loss.isFinite)
      #expect(
        equalRows(result, try GPTQ(scheme(4, columns)).quantizedReference(layer.weight, factor))
          >= rows - 1)
    }
    var inputs = HessianFactorTests.inputs(tokens: 30, columns: 16, seed: 4)
    for token in 0..<30 { inputs[token, 5] = 0 }
    var weight = Matrix(rows: 3, columns: 16, drawnFrom: .normal(), seed: 3)
    weight.setRow(1, to: [Float](repeating: 0, count: 16))
    let factor = try HessianFactor(HessianFactorTests.statistics(inputs))
    for timing in GridTiming.allCases {
      let result = try GPTQ(scheme(4, 16), timing: timing).quantized(weight, factor)
      #expect(result.dequantized.row(1) == [Float](repeating: 0, count: 16))
      #expect((0..<3).allSatisfy { result.dequantized[$0, 5] == 0 })
    }
  }

  @Test("by law: threads change nothing, the same call gives the same bytes")
  func threads() throws {
    let layer = try FeedbackLayer(rows: 200, columns: 64, precision: .single)
    let factor = try HessianFactor(layer.statistics)
    let once = try GPTQ(scheme(4, 16)).quantized(layer.weight, factor, threads: 1)
    for threads in [1, 2, 5] {
      let again = try GPTQ(scheme(4, 16)).quantized(layer.weight, factor, threads: threads)
      #expect(again.codes == once.codes && again.dequantized == once.dequantized)
      #expect(again.loss == once.loss)
    }
  }

  @Test("hostile requests: groups that do not divide, blocks of nothing")
  func hostile() throws {
    let layer = try FeedbackLayer()
    let factor = try HessianFactor(layer.statistics)
    #expect(throws: QuantizationError.groupSizeDoesNotDivide(groupSize: 5, columns: 48)) {
      _ = try GPTQ(scheme(4, 5)).quantized(layer.weight, factor)
    }
    #expect(throws: QuantizationError.sizeNotPositive(name: "block size", value: 0)) {
      _ = try GPTQ(scheme(4, 16), blockSize: 0).quantized(layer.weight, factor)
    }
  }

  @Test("the share of the work that is done rises to 1")
  func progress() throws {
    let layer = try FeedbackLayer()
    let factor = try HessianFactor(layer.statistics)
    var told: [Double] = []
    _ = try GPTQ(scheme(4, 16), blockSize: 16).quantized(layer.weight, factor) { told.append($0) }
    #expect(told == [1.0 / 3, 2.0 / 3, 1])
  }

  struct Case: Decodable {
    struct Options: Decodable {
      let bits: Int
      let group: Int
      let block: Int
      let symmetric: Bool?
      let order: Bool?
      let `static`: Bool?
      let damping: Double?
    }
    let name: String
    let rows: Int
    let columns: Int
    let tokens: Int
    let options: Options
    let weight: [Float]
    let inputs: [Float]
    let codes: [Int]
    let loss: Double
    let error: Double
  }

  @Test("golden: the algorithm's equations in PyTorch, float64")
  func golden() throws {
    let golden = try Golden<Case>.load("../gptq/cases")
    for golden in golden.cases {
      let weight = try Matrix(rows: golden.rows, columns: golden.columns, elements: golden.weight)
      let inputs = try Matrix(rows: golden.tokens, columns: golden.columns, elements: golden.inputs)
      let options = golden.options
      let gptq = GPTQ(
        scheme(options.bits, options.group, symmetric: options.symmetric ?? false),
        timing: options.static ?? false ? .fixed : .fresh, blockSize: options.block)
      for precision in [InputStatistics.Precision.double, .single] {
        let factor = try HessianFactor(
          HessianFactorTests.statistics(inputs, precision),
          damping: Damping(options.damping ?? 0.01),
          order: options.order ?? false ? .byActivation : .natural)
        let isDouble = precision == .double
        let result =
          try isDouble
          ? gptq.quantizedReference(weight, factor) : gptq.quantized(weight, factor)
        let columns = golden.columns
        let equal = (0..<golden.rows).count { row in
          (0..<columns).allSatisfy {
            result.codes[row * columns + $0] == golden.codes[row * columns + $0]
          }
        }
        // In double precision only the scales are rounded, to Float.
        #expect(equal >= (isDouble ? golden.rows : golden.rows - 1), "\(golden.name), \(precision)")
        let error = OutputError(
          weight: weight, approximation: result.dequantized, activations: inputs
        ).squared
        let limit = isDouble ? 1e-5 : 0.02
        #expect(abs(error - golden.error) < limit * golden.error, "\(golden.name), \(precision)")
        #expect(
          abs(result.loss - golden.loss) < limit * golden.loss, "\(golden.name), \(precision)")
      }
    }
  }
}
