internal import CKernels
internal import Grids
public import Tensors

/// Columns in turn: round one, and let those after it make up for the error.
///
/// For every row at once, column j is rounded to its grid, its error e = (w − q) / U_jj is taken from
/// the columns after it, w_k −= e · U_jk, and it is never touched again. U is the upper Cholesky factor
/// of H⁻¹: its row j is what optimal brain surgeon would use at that step, for all steps at once.
///
/// Columns are handled in blocks. Inside one, errors go to the block's own columns; when it is done,
/// everything after it is updated by one matrix product. That changes the order of additions, not
/// their sum: ``blockSize`` is a matter of speed alone, except with ``GridTiming/stale`` grids.
///
/// ``quantizedReference(_:_:)`` is the same in plain loops and double precision; it judges this one.
/// Cost: d³/3 for U, out · d² for the updates.
/// Source: Frantar et al. 2022, arXiv:2210.17323, algorithm 1.
public struct GPTQ: Sendable {
  /// Bits, symmetry, range and how many neighbours share a grid.
  public var scheme: QuantizationScheme
  /// When a group's grid is made.
  public var timing: GridTiming
  /// At most how many columns are updated together.
  public var blockSize: Int

  /// A way to quantize.
  ///
  /// - Parameters:
  ///   - scheme: Granularity `.group` or `.channel`, asymmetric or `.symmetric(.full)` (preconditions).
  ///   - timing: When a group's grid is made.
  ///   - blockSize: At most how many columns are updated together, 1 or more.
  public init(_ scheme: QuantizationScheme, timing: GridTiming = .fresh, blockSize: Int = 128) {
    self.scheme = scheme
    self.timing = timing
    self.blockSize = blockSize
  }

  /// Quantizes a weight.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - factor: Of the Hessian of its inputs; brings the order of the columns.
  ///   - threads: How many threads to use; nil leaves it to the size of the weight. The result does
  ///     not depend on it.
  ///   - progress: Told what share of the columns is done.
  /// - Returns: Codes, grids, Ŵ and the loss.
  /// - Throws: `QuantizationError` for a scheme that does not fit the weight, a block size below 1,
  ///   or updates that leave single precision.
  public func quantized(
    _ weight: Matrix, _ factor: HessianFactor, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> FeedbackQuantized {
    let plan = try plan(weight, factor)
    let start = factor.arranged(weight)
    let threads = Parallel.threads(threads, elements: weight.count)
    var columns = CodeColumns(rows: weight.rows, columns: weight.columns, groups: plan.groupCount)
    if timing == .fixed { try columns.fixGrids(of: weight, factor, scheme, threads: threads) }
    let sweep = BlockSweep(
      scheme: scheme, plan: plan, inverseRoot: factor.inverseRoot(), threads: threads)
    var rest = CodeColumns.transposed(start, threads: threads)
    let loss = sweep.run(&rest, into: &columns, progress: progress)
    guard loss.isFinite else { throw .updatesOverflow(method: "gptq", damping: factor.damping) }
    return FeedbackQuantized(
      scheme: scheme, strips: columns, plan: plan, permutation: factor.permutation, loss: loss,
      threads: threads)
  }

  /// The groups and blocks for a weight, once everything is known to fit.
  func plan(
    _ weight: Matrix, _ factor: HessianFactor
  ) throws(QuantizationError) -> GroupPlan {
    precondition(
      weight.columns == factor.columns,
      "a weight of \(weight.columns) columns, a factor of \(factor.columns)")
    guard blockSize > 0 else { throw .sizeNotPositive(name: "block size", value: blockSize) }
    try weight.requireFinite(named: "weight")
    let layout = try scheme.layout(rows: weight.rows, columns: weight.columns)
    precondition(layout.groupRows == 1, "grids of \(scheme.granularity): rows are independent here")
    precondition(!scheme.levels.isSigned, "signed codes: use the full symmetric grid")
    return GroupPlan(
      permutation: factor.permutation, groupSize: layout.groupColumns, blockSize: blockSize,
      timing: timing)
  }
}

extension CodeColumns {
  /// Makes every group's grid on the original weights, dead columns as zeros.
  mutating func fixGrids(
    of weight: Matrix, _ factor: HessianFactor, _ scheme: QuantizationScheme, threads: Int
  ) throws(QuantizationError) {
    var original = weight
    for column in factor.deadColumns {
      for row in 0..<weight.rows { original[row, column] = 0 }
    }
    let rounded = try original.roundedToNearest(scheme, threads: threads)
    let across = rounded.groupsAcross
    for (index, scale) in rounded.scales.enumerated() {
      let place = index % across * stride + index / across
      scales[place] = scale
      zeros[place] = Float(rounded.zeroPoints[index])
    }
  }
}
