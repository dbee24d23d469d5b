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
/// back at its own errors; no inverse is formed. With the same grids both give the same codes. Grids
/// are made on the original weights, since there are no updated ones to make them on.
///
/// Cost: d³/3 for the factor, out · d² for the feedback.
/// Source: Chee et al. 2023, arXiv:2307.13304, section 3.
public struct LDLQ: Sendable {
  /// Bits, symmetry, range and how many neighbours share a grid.
  public var scheme: QuantizationScheme
  /// At most how many columns' feedback is summed by one product; a matter of speed alone.
  public var blockSize: Int

  /// A way to quantize.
  ///
  /// - Parameters:
  ///   - scheme: Granularity `.group` or `.channel`, asymmetric or `.symmetric(.full)` (preconditions).
  ///   - blockSize: At most how many columns' feedback is summed by one product.
  public init(_ scheme: QuantizationScheme, blockSize: Int = 128) {
    self.scheme = scheme
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
    let shape = GPTQ(scheme, timing: .fixed, blockSize: blockSize)
    let plan = try shape.plan(weight, factor)
    let start = factor.arranged(weight)
    let threads = Parallel.threads(threads, elements: weight.count)
    var columns = CodeColumns(rows: weight.rows, columns: weight.columns, groups: plan.groupCount)
    try columns.fixGrids(of: weight, factor, scheme, threads: threads)
    let (unit, pivots) = factor.feedback()
    let original = CodeColumns.transposed(start, threads: threads)
    let (size, stride) = (weight.columns, columns.stride)
    var changes = [Float](repeating: 0, count: size * stride)  // W − Ŵ
    var loss = 0.0
    for first in Swift.stride(from: 0, to: size, by: blockSize) {
      let block = first..<min(first + blockSize, size)
      var wanted = Array(original[first * stride..<block.upperBound * stride])
      changes.withUnsafeMutableBufferPointer { changes in
        wanted.withUnsafeMutableBufferPointer { wanted in
          unit.withUnsafeBufferPointer { unit in
            guard let changes = changes.baseAddress, let wanted = wanted.baseAddress,
              let unit = unit.baseAddress
            else { return }
            // What all blocks before this one were changed by.
            BlockProducts.addTransposed(
              unit + first, leftStride: size, by: changes, rightStride: stride, to: wanted,
              targetStride: stride, rows: block.count, columns: stride, inner: first, times: 1)
            columns.withStorage { codes, scales, zeros in
              nonisolated(unsafe) let lines = Lines(
                original: original, wanted: wanted, changes: changes, unit: unit, codes: codes,
                scales: scales, zeros: zeros, stride: stride)
              Parallel.split(stride / CodeColumns.strip, threads: threads) { strips in
                for strip in strips { round(block, strip: strip, plan, lines) }
              }
            }
          }
        }
      }
      for column in block {
        var squares = 0.0
        for place in column * stride..<(column + 1) * stride {
          let change = Double(wanted[place - first * stride])
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
  private func round(_ block: Range<Int>, strip: Int, _ plan: GroupPlan, _ lines: Lines) {
    let (stride, size) = (lines.stride, plan.groups.count)
    let rows = strip * CodeColumns.strip..<(strip + 1) * CodeColumns.strip
    for column in block {
      let wanted = lines.wanted + (column - block.lowerBound) * stride
      for earlier in block.lowerBound..<column {
        let share = lines.unit[earlier * size + column]
        let changes = lines.changes + earlier * stride
        for row in rows { wanted[row] += changes[row] * share }
      }
      let group = plan.groups[column] * stride
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
