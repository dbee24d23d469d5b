public import Grids
public import Tensors

/// Optimal brain quantizer: in every row the weight whose rounding costs least goes first.
///
/// The ancestor of ``GPTQ`` and slower by a factor of the number of rows: each row has an order of its
/// own, so each needs an inverse of its own, downdated weight by weight. A weight that the updates
/// have pushed out of its grid, so that rounding would move it by more than half a step, is fixed at
/// once, before it goes further; the one that is farthest out first.
///
/// Grids are made on the original weights. Cost: out · d³.
/// Source: Frantar and Alistarh 2022, arXiv:2208.11580, section 5.
public struct OptimalBrainQuantizer: Sendable {
  /// Bits, symmetry, range and how many neighbours share a grid.
  public var scheme: QuantizationScheme

  /// A way to quantize.
  ///
  /// - Parameter scheme: Granularity `.group` or `.channel`, asymmetric or `.symmetric(.full)`
  ///   (preconditions).
  public init(_ scheme: QuantizationScheme) { self.scheme = scheme }

  /// Quantizes a weight.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - factor: Of the Hessian of its inputs, columns in their natural order (a precondition).
  ///   - threads: How many threads to use; the result does not depend on it.
  ///   - progress: Told what share of the rows is done.
  /// - Returns: Codes, grids, Ŵ and the loss.
  /// - Throws: `QuantizationError` for a scheme that does not fit the weight.
  public func quantized(
    _ weight: Matrix, _ factor: HessianFactor, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> FeedbackQuantized {
    precondition(factor.permutation == Array(0..<factor.columns), "rows find their own order")
    let shape = GPTQ(scheme, timing: .fixed)
    let plan = try shape.plan(weight, factor)
    var columns = CodeColumns(rows: weight.rows, columns: weight.columns, groups: plan.groupCount)
    try columns.fixGrids(of: weight, factor, scheme, threads: 1)
    let root = factor.doubleInverseRoot()
    let inverse = root.transposed().multiplied(by: root)
    let start = factor.arranged(weight)
    let threads = Parallel.threads(threads, elements: weight.count * weight.columns)

    let (grids, stride, size) = (columns, columns.stride, weight.columns)
    var losses = [Double](repeating: 0, count: weight.rows)
    columns.withStorage { codes, _, _ in
      losses.withUnsafeMutableBufferPointer { losses in
        nonisolated(unsafe) let (codes, losses) = (codes, losses)
        let together = threads * 4
        for first in Swift.stride(from: 0, to: weight.rows, by: together) {
          let rows = first..<min(first + together, weight.rows)
          Parallel.split(rows.count, threads: threads) { part in
            for row in part.map({ first + $0 }) {
              let rowGrids = (0..<size).map { column in
                let place = plan.groups[column] * stride + row
                return AffineGrid(
                  scale: grids.scales[place], zeroPoint: Int(grids.zeros[place]), as: scheme.levels)
              }
              var surgeon = SurgeonRow(weights: start.row(row).map { Double($0) }, inverse: inverse)
              for _ in 0..<size {
                let (column, code) = Self.next(surgeon, rowGrids)
                codes[column * stride + row] = UInt8(code)
                surgeon.fix(column, at: Double(rowGrids[column].decode(code)))
              }
              losses[row] = surgeon.loss
            }
          }
          progress?(Double(rows.upperBound) / Double(weight.rows))
        }
      }
    }
    let loss = losses.reduce(0, +)
    guard loss.isFinite else { throw .updatesOverflow(method: "obq", damping: factor.damping) }
    return FeedbackQuantized(
      scheme: scheme, strips: columns, plan: plan, permutation: factor.permutation, loss: loss,
      threads: 1)
  }

  /// The weight to fix next, and the code it gets.
  ///
  /// - Parameters:
  ///   - row: A row with at least one free weight.
  ///   - grids: The grid of each weight.
  /// - Returns: The free weight that is farthest beyond half a step from its grid, or where there is
  ///   none the one that costs least; the first of equals.
  public static func next(_ row: SurgeonRow, _ grids: [AffineGrid]) -> (column: Int, code: Int) {
    var best = (column: 0, code: 0)
    var least = Double.infinity
    var farthest = 0.5 * (1 + 1e-6)  // half a step, and what rounding to single precision may add
    var isOutside = false
    for column in grids.indices where row.isFree[column] {
      let grid = grids[column]
      let code = grid.encode(Float(row.weights[column]))
      let value = Double(grid.decode(code))
      let steps = abs(value - row.weights[column]) / Double(grid.scale)
      if steps > farthest {
        (farthest, isOutside, best) = (steps, true, (column, code))
      } else if !isOutside {
        let cost = row.cost(of: column, at: value)
        if cost < least || least == .infinity { (least, best) = (cost, (column, code)) }
      }
    }
    return best
  }
}
