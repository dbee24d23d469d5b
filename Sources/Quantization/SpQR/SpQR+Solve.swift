internal import Grids
public import Tensors

extension SpQR {
  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - weight: Finite weights, shape [out, in].
  ///   - factor: The damped Hessian's factor, columns in their natural order (a precondition).
  ///   - threads: How many threads to use; the result does not depend on it.
  ///   - progress: Told now and then what share is done.
  /// - Returns: Codes, grids, and the weights kept apart.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.groupSizeDoesNotDivide`, or
  ///   `.activationsDoNotMatch`.
  public func solve(
    _ weight: Matrix, factor: HessianFactor, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Solution {
    let groupSize = try checked(columns: weight.columns)
    guard factor.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: factor.columns, weightColumns: weight.columns)
    }
    precondition(
      factor.permutation == Array(0..<factor.columns), "groups of neighbours need natural order")
    let root = factor.inverseRoot()  // U, H⁻¹ = UᵀU
    let arranged = factor.arranged(weight)
    let kept = try outliers(
      in: arranged, inverseDiagonal: squaredColumnNorms(root), progress: { progress?($0 / 2) })
    var isKept = [Bool](repeating: false, count: weight.count)
    for place in kept { isKept[place] = true }

    let across = weight.columns / groupSize
    let plan = Plan(
      groupSize: groupSize, root: root, isKept: isKept,
      threads: Parallel.threads(threads, elements: weight.count))
    var state = State(weight: arranged, across: across)
    var bitsPerValue = 16
    sweep(&state, plan, keepsHalves: true) { progress?(0.5 + $0 / 2) }
    if kept.contains(where: { !Self.isKeptByHalves(state.values[$0], of: state.weights[$0]) }) {
      // Errors passed on decide what a kept weight becomes, so it is only known now.
      bitsPerValue = 32
      state = State(weight: arranged, across: across)
      sweep(&state, plan, keepsHalves: false) { _ in }
    }
    let dequantized = Matrix(rows: weight.rows, columns: weight.columns) {
      state.values[$0 * weight.columns + $1]
    }
    let sparse = SparseWeights(
      rows: (0..<weight.rows).map { row in
        (0..<weight.columns).filter { isKept[row * weight.columns + $0] }
          .map { ($0, dequantized[row, $0]) }
      }, bitsPerValue: bitsPerValue)
    return Solution(
      codes: Codes(state.codes),
      scales: Matrix(rows: weight.rows, columns: across) { state.scales[$0 * across + $1] },
      zeros: Matrix(rows: weight.rows, columns: across) { state.zeros[$0 * across + $1] },
      outliers: sparse, dequantized: dequantized,
      storage: storage(
        weights: weight.count, groups: weight.rows * across,
        bundles: bundles(of: weight.rows) * across, sparse),
      loss: state.losses.reduce(0, +))
  }

  /// Whether a kept weight is in float16 what it was, but for the last of its digits.
  private static func isKeptByHalves(_ stored: Float, of weight: Float) -> Bool {
    stored.magnitude <= largestHalf && (weight - stored).magnitude <= weight.magnitude / 2048
  }

  /// The largest finite float16 number.
  private static let largestHalf: Float = 65504
  /// How many bundles of rows there are between two words about progress.
  private static let bundlesAtOnce = 32

  /// What does not change while rows are quantized.
  private struct Plan {
    let groupSize: Int
    let root: Matrix
    let isKept: [Bool]
    let threads: Int
  }

  private func bundles(of rows: Int) -> Int { (rows + Self.rowsTogether - 1) / Self.rowsTogether }

  /// Quantizes all rows, bundle by bundle.
  private func sweep(
    _ state: inout State, _ plan: Plan, keepsHalves: Bool, progress: (Double) -> Void
  ) {
    let rowCount = state.losses.count
    let bundles = bundles(of: rowCount)
    state.withPointers { pointers in
      nonisolated(unsafe) let pointers = pointers
      plan.root.withUnsafeBufferPointer { root in
        for start in stride(from: 0, to: bundles, by: Self.bundlesAtOnce) {
          let end = min(start + Self.bundlesAtOnce, bundles)
          Parallel.split(end - start, threads: plan.threads) { part in
            for bundle in part {
              let first = (start + bundle) * Self.rowsTogether
              let rows = first..<min(first + Self.rowsTogether, rowCount)
              self.quantize(
                rows, groupSize: plan.groupSize, root: root, isKept: plan.isKept,
                keepsHalves: keepsHalves, pointers)
            }
          }
          progress(Double(end) / Double(bundles))
        }
      }
    }
  }

  /// What is stored: codes, scales and zero points, what scales them, and the weights kept apart.
  private func storage(
    weights: Int, groups: Int, bundles: Int, _ outliers: SparseWeights
  ) -> StorageCost {
    var items: [StorageCost.Item] = [.init("codes", count: weights, bitsEach: bits)]
    if quantizesScales {
      items += [
        .init("scales", count: groups, bitsEach: Self.scaleBits),
        .init("zero points", count: groups, bitsEach: Self.scaleBits),
        .init("ends of scales and zero points", count: 4 * bundles, bitsEach: 16),
      ]
    } else {
      items += [
        .init("scales", count: groups, bitsEach: 16),
        .init("zero points", count: groups, bitsEach: bits),
      ]
    }
    return StorageCost(weights: weights, items: items + outliers.items)
  }

  /// Quantizes some rows, which share nothing with others.
  private func quantize(
    _ rows: Range<Int>, groupSize: Int, root: UnsafeBufferPointer<Float>, isKept: [Bool],
    keepsHalves: Bool, _ state: State.Pointers
  ) {
    let columns = state.columns
    let across = columns / groupSize
    var grids: [GroupGrid] = []
    for column in 0..<columns {
      if column % groupSize == 0 {
        let group = column / groupSize
        grids = rows.map { row in
          grid(row * columns + column..<row * columns + column + groupSize, isKept, state)
        }
        if quantizesScales { grids.quantizeScales(bits: Self.scaleBits) }
        for (grid, row) in zip(grids, rows) {
          state.scales[row * across + group] = grid.scale
          state.zeros[row * across + group] = grid.zero
        }
      }
      let pivot = root[column * columns + column]
      for (index, row) in rows.enumerated() {
        let place = row * columns + column
        let value = state.weights[place]
        // Beyond float16 a kept weight stays as it is, and all are kept in float32 in a second sweep.
        var rounded = value
        if isKept[place] {
          if keepsHalves, value.magnitude <= Self.largestHalf {
            rounded = Float(float16Bits: value.float16Bits)
          }
        } else {
          let code = grids[index].code(value)
          state.codes[place] = UInt8(code.isNaN ? 0 : code)  // a NaN is refused with the result
          rounded = grids[index].value(code)
        }
        state.values[place] = rounded
        let error = (value - rounded) / pivot
        state.losses[row] += Double(error) * Double(error) / 2
        for next in column + 1..<max(columns, column + 1) {
          state.weights[row &* columns &+ next] -= error * root[column &* columns &+ next]
        }
      }
    }
  }

  /// The grid of a group as its weights are now.
  private func grid(
    _ places: Range<Int>, _ isKept: [Bool], _ state: State.Pointers
  ) -> GroupGrid {
    var low: Float = 0
    var high: Float = 0
    for place in places where !isKept[place] {
      low = min(low, state.weights[place])
      high = max(high, state.weights[place])
    }
    return GroupGrid(lowest: low, highest: high, top: Float(1 << bits - 1))
  }
}

extension [GroupGrid] {
  /// Replaces scales and zero points by the nearest of 2^bits evenly spaced numbers between their ends.
  ///
  /// A zero point read back is a whole code.
  fileprivate mutating func quantizeScales(bits: Int) {
    let scales = map(\.scale).evenlyRounded(levels: 1 << bits)
    let zeros = map(\.zero).evenlyRounded(levels: 1 << bits)
    for index in indices {
      self[index].scale = scales[index]
      self[index].zero = zeros[index].rounded(.toNearestOrEven)
    }
  }
}

extension [Float] {
  /// Each number as the nearest of evenly spaced ones between the smallest and the largest.
  fileprivate func evenlyRounded(levels: Int) -> [Float] {
    guard let low = self.min(), let high = self.max() else { return self }
    let step = high / Float(levels - 1) - low / Float(levels - 1)
    return map { step > 0 ? low + step * (($0 - low) / step).rounded(.toNearestOrEven) : low }
  }
}

/// Σ U_kj² for each column j: the diagonal of UᵀU.
private func squaredColumnNorms(_ root: Matrix) -> [Double] {
  var sums = [Double](repeating: 0, count: root.columns)
  root.withUnsafeBufferPointer { values in
    for row in 0..<root.rows {
      for column in row..<root.columns {
        let value = Double(values[row * root.columns + column])
        sums[column] += value * value
      }
    }
  }
  return sums
}

/// Everything that changes while rows are quantized.
private struct State {
  var weights: [Float]
  var values: [Float]
  var codes: [UInt8]
  var scales: [Float]
  var zeros: [Float]
  var losses: [Double]
  let columns: Int

  init(weight: Matrix, across: Int) {
    weights = weight.elements
    values = weights
    codes = [UInt8](repeating: 0, count: weight.count)
    scales = [Float](repeating: 0, count: weight.rows * across)
    zeros = scales
    losses = [Double](repeating: 0, count: weight.rows)
    columns = weight.columns
  }

  struct Pointers {
    let weights: UnsafeMutableBufferPointer<Float>
    let values: UnsafeMutableBufferPointer<Float>
    let codes: UnsafeMutableBufferPointer<UInt8>
    let scales: UnsafeMutableBufferPointer<Float>
    let zeros: UnsafeMutableBufferPointer<Float>
    let losses: UnsafeMutableBufferPointer<Double>
    let columns: Int
  }

  mutating func withPointers(_ body: (Pointers) -> Void) {
    let columns = columns
    weights.withUnsafeMutableBufferPointer { weights in
      values.withUnsafeMutableBufferPointer { values in
        codes.withUnsafeMutableBufferPointer { codes in
          scales.withUnsafeMutableBufferPointer { scales in
            zeros.withUnsafeMutableBufferPointer { zeros in
              losses.withUnsafeMutableBufferPointer { losses in
                body(
                  Pointers(
                    weights: weights, values: values, codes: codes, scales: scales, zeros: zeros,
                    losses: losses, columns: columns))
              }
            }
          }
        }
      }
    }
  }
}
