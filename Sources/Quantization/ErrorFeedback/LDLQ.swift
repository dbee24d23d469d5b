internal import Grids
public import Tensors

/// Rounding with linear feedback: the same algorithm as ``GPTQ`` in other words, and other code.
///
/// From H = (U̇ + I) D (U̇ + I)ᵀ with U̇ strictly upper triangular, each column is rounded after adding
/// what the columns before it were changed by, seen through U̇:
///
///     Ŵ_k = Q(W_k + Σ_{i<k} (W_i − Ŵ_i) U̇_ik)
///
/// Where GPTQ updates all later columns and forgets, this one keeps the weights as they were and looks
/// back at its own errors; no inverse is formed. With the same grids both give the same codes.
///
/// A group's fresh grid needs the weights as GPTQ would have them when the group's turn comes. They
/// follow from the feedback alone: with F_k = Σ_{i<j} (W_i − Ŵ_i) U̇_ik for a group that begins at j,
/// its columns stand at W_k + X_k, where X_k = F_k − Σ_{j≤b<k} X_b U̇_bk.
///
/// Cost: d³/3 for the factor, out · d² for the feedback.
/// Source: Chee et al. 2023, arXiv:2307.13304, section 3.
public struct LDLQ: Sendable {
  /// Bits, symmetry, range and how many neighbours share a grid.
  public var scheme: QuantizationScheme
  /// When a group's grid is made, ``GridTiming/fresh`` or ``GridTiming/fixed``.
  public var timing: GridTiming
  /// At most how many columns' feedback is summed by one product; a matter of speed alone.
  public var blockSize: Int

  /// A way to quantize.
  ///
  /// - Parameters:
  ///   - scheme: Granularity `.group` or `.channel`, asymmetric or `.symmetric(.full)` (preconditions).
  ///   - timing: When a group's grid is made. There are no updates that a grid could miss, so
  ///     ``GridTiming/stale`` means nothing here (precondition).
  ///   - blockSize: At most how many columns' feedback is summed by one product.
  public init(_ scheme: QuantizationScheme, timing: GridTiming = .fresh, blockSize: Int = 128) {
    precondition(timing != .stale, "linear feedback has no stale weights")
    self.scheme = scheme
    self.timing = timing
    self.blockSize = blockSize
  }

  /// Quantizes a weight.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - factor: Of the Hessian of its inputs; brings the order of the columns.
  ///   - threads: How many threads to use; the result does not depend on it.
  ///   - progress: Told what share of the columns is done.
  /// - Returns: Codes, grids, Ŵ and the loss, Σ D_k (w − q)² / 2.
  /// - Throws: `QuantizationError` for a scheme or block size that does not fit the weight.
  public func quantized(
    _ weight: Matrix, _ factor: HessianFactor, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> FeedbackQuantized {
    let plan = try GPTQ(scheme, timing: timing, blockSize: blockSize).plan(weight, factor)
    let start = factor.arranged(weight)
    let threads = Parallel.threads(threads, elements: weight.count)
    var columns = CodeColumns(rows: weight.rows, columns: weight.columns, groups: plan.groupCount)
    if timing == .fixed { try columns.fixGrids(of: weight, factor, scheme, threads: threads) }
    let (unit, pivots) = factor.feedback()
    let original = CodeColumns.transposed(start, threads: threads)
    let (size, stride) = (weight.columns, columns.stride)
    var changes = [Float](repeating: 0, count: size * stride)  // W − Ŵ
    var loss = 0.0
    for runs in plan.blocks {
      let block = runs[0].positions.lowerBound..<runs[runs.count - 1].positions.upperBound
      // A grid made inside the block reads the block; a wider group's reads all its columns.
      let width = runs[0].makesGrid && !plan.readsBlock ? plan.groupSize : block.count
      var wanted = Array(original[block.lowerBound * stride..<(block.lowerBound + width) * stride])
      changes.withUnsafeMutableBufferPointer { changes in
        wanted.withUnsafeMutableBufferPointer { wanted in
          unit.withUnsafeBufferPointer { unit in
            guard let changes = changes.baseAddress, let wanted = wanted.baseAddress,
              let unit = unit.baseAddress
            else { return }
            // What all blocks before this one were changed by.
            BlockProducts.addTransposed(
              unit + block.lowerBound, leftStride: size, by: changes, rightStride: stride,
              to: wanted, targetStride: stride, rows: width, columns: stride,
              inner: block.lowerBound, times: 1)
            columns.withStorage { codes, scales, zeros in
              nonisolated(unsafe) let lines = Lines(
                original: original, wanted: wanted, changes: changes, unit: unit, codes: codes,
                scales: scales, zeros: zeros, stride: stride)
              Parallel.split(stride / CodeColumns.strip, threads: threads) { strips in
                for strip in strips { round(block, runs, strip: strip, plan, lines) }
              }
            }
          }
        }
      }
      for column in block {
        var squares = 0.0
        for place in column * stride..<(column + 1) * stride {
          let change = Double(wanted[place - block.lowerBound * stride])
          squares += change * change
        }
        loss += pivots[column] * squares / 2
      }
      progress?(Double(block.upperBound) / Double(size))
    }
    guard loss.isFinite else { throw .updatesOverflow(method: "ldlq", damping: factor.damping) }
    return FeedbackQuantized(
      scheme: scheme, strips: columns, plan: plan, permutation: factor.permutation, loss: loss,
      threads: threads)
  }

  /// Where everything is while the loops run.
  private struct Lines {
    let original: [Float]
    let wanted: UnsafeMutablePointer<Float>
    let changes: UnsafeMutablePointer<Float>
    let unit: UnsafePointer<Float>
    let codes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let zeros: UnsafeMutablePointer<Float>
    let stride: Int
  }

  /// Rounds a block's columns for one strip of rows; leaves in `wanted` how far each was from its code.
  private func round(
    _ block: Range<Int>, _ runs: [GroupPlan.Run], strip: Int, _ plan: GroupPlan, _ lines: Lines
  ) {
    let (stride, size) = (lines.stride, plan.groups.count)
    let rows = strip * CodeColumns.strip..<(strip + 1) * CodeColumns.strip
    let grids = GroupFit(scheme: scheme, groupSize: plan.groupSize)
    /// Adds to a column what columns of the block were changed by.
    func feed(_ column: Int, from earlier: Range<Int>) {
      let wanted = lines.wanted + (column - block.lowerBound) * stride
      for earlier in earlier {
        let share = lines.unit[earlier * size + column]
        let changes = lines.changes + earlier * stride
        for row in rows { wanted[row] += changes[row] * share }
      }
    }
    for run in runs {
      let first = run.positions.lowerBound
      let group = run.group * stride
      var fed = block.lowerBound  // whose feedback the run's columns have
      if run.makesGrid {
        let members = first..<first + plan.groupSize
        for column in members { feed(column, from: block.lowerBound..<first) }
        fed = first
        WeightsAhead.withWeights(
          members, wanted: lines.wanted + (first - block.lowerBound) * stride + rows.lowerBound,
          original: lines.original, unit: lines.unit, size: size, stride: stride,
          row: rows.lowerBound
        ) { ahead in
          grids.fit(
            ahead, stride: CodeColumns.strip, lines.scales + group + rows.lowerBound,
            lines.zeros + group + rows.lowerBound)
        }
      }
      for column in run.positions {
        feed(column, from: fed..<column)
        let wanted = lines.wanted + (column - block.lowerBound) * stride
        for row in rows {
          let grid = AffineGrid(
            scale: lines.scales[group + row], zeroPoint: Int(lines.zeros[group + row]),
            as: scheme.levels)
          let code = grid.encode(wanted[row])
          let value = grid.decode(code)
          lines.codes[column * stride + row] = UInt8(code)
          lines.changes[column * stride + row] = lines.original[column * stride + row] - value
          wanted[row] -= value
        }
      }
    }
  }
}

/// What GPTQ's weights would be when a group's turn comes, from the feedback it has had so far.
///
/// Given the changes δ of the columns before j, the others do best at W + X with X R = δ R', R the
/// triangle of H from j on and R' the rows above it. R is upper triangular, so the group's columns of X
/// follow from the group's own triangle, one after another.
private enum WeightsAhead {
  /// Lends W + X of a group for 64 rows, columns one below another.
  static func withWeights(
    _ group: Range<Int>, wanted: UnsafePointer<Float>, original: [Float],
    unit: UnsafePointer<Float>, size: Int, stride: Int, row: Int,
    _ body: (UnsafePointer<Float>) -> Void
  ) {
    let strip = CodeColumns.strip
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * group.count * strip) { scratch in
      guard let moved = scratch.baseAddress else { return }  // X
      let weights = moved + group.count * strip
      for column in 0..<group.count {
        let place = (group.lowerBound + column) * stride + row
        let move = moved + column * strip
        for lane in 0..<strip {
          move[lane] = wanted[column * stride + lane] - original[place + lane]
        }
        for earlier in 0..<column {
          let share = unit[(group.lowerBound + earlier) * size + group.lowerBound + column]
          let before = moved + earlier * strip
          for lane in 0..<strip { move[lane] -= before[lane] * share }
        }
        for lane in 0..<strip {
          weights[column * strip + lane] = original[place + lane] + move[lane]
        }
      }
      body(weights)
    }
  }
}
