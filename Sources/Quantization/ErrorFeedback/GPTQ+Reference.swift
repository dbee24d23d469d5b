internal import Grids
public import Tensors

extension GPTQ {
  /// The method in plain loops and double precision, column by column; it judges the fast one.
  ///
  /// No blocks: every error reaches every later column at once. With ``GridTiming/stale`` grids, which
  /// are defined by blocks, the weights a grid is made from are those of the block's beginning.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - factor: Of the Hessian of its inputs.
  /// - Returns: What ``quantized(_:_:threads:progress:)`` returns, up to the rounding of sums.
  /// - Throws: The same.
  public func quantizedReference(
    _ weight: Matrix, _ factor: HessianFactor
  ) throws(QuantizationError) -> FeedbackQuantized {
    let plan = try plan(weight, factor)
    let inverseRoot = factor.doubleInverseRoot()
    var columns = CodeColumns(rows: weight.rows, columns: weight.columns, groups: plan.groupCount)
    if timing == .fixed { try columns.fixGrids(of: weight, factor, scheme, threads: 1) }
    var current = DoubleMatrix(factor.arranged(weight))
    var loss = 0.0
    for runs in plan.blocks {
      let before = current
      for run in runs {
        for row in 0..<weight.rows {
          let place = run.group * columns.stride + row
          if run.makesGrid {
            let first = run.positions.lowerBound
            let source = timing == .stale ? before : current
            let group = (first..<first + plan.groupSize).map { Float(source[row, $0]) }
            let grid = group.withUnsafeBufferPointer { scheme.grid(for: $0) }
            columns.scales[place] = grid.scale
            columns.zeros[place] = Float(grid.zeroPoint)
          }
          let grid = AffineGrid(
            scale: columns.scales[place], zeroPoint: Int(columns.zeros[place]), as: scheme.levels)
          for column in run.positions {
            let value = current[row, column]
            let code = grid.encode(Float(value))
            let error = (value - Double(grid.decode(code))) / inverseRoot[column, column]
            columns.codes[column * columns.stride + row] = UInt8(code)
            loss += error * error / 2
            for later in column..<weight.columns {
              current[row, later] -= error * inverseRoot[column, later]
            }
          }
        }
      }
    }
    guard loss.isFinite else { throw .updatesOverflow(method: "gptq", damping: factor.damping) }
    return FeedbackQuantized(
      scheme: scheme, strips: columns, plan: plan, permutation: factor.permutation, loss: loss,
      threads: 1)
  }
}

extension QuantizationScheme {
  /// The grid of weights that share one.
  func grid(for values: UnsafeBufferPointer<Float>) -> AffineGrid {
    let ends = range.range(of: values, levels: levels, symmetric: isSymmetric)
    return grid(lowest: ends.lowest, highest: ends.highest)
  }
}
