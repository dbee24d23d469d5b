internal import CKernels
internal import Grids
internal import Tensors

/// GPTQ's loops: blocks of columns, in each of them strips of rows, which are independent.
///
/// Everything lies with columns one below another, so that 64 rows are side by side in memory and the
/// loops run across them.
struct BlockSweep {
  let scheme: QuantizationScheme
  let plan: GroupPlan
  let inverseRoot: Matrix
  let threads: Int

  /// Quantizes all columns.
  ///
  /// - Parameters:
  ///   - rest: The weight, transposed and filled up to strips; used up.
  ///   - columns: Receives codes and grids.
  ///   - progress: Told what share of the columns is done.
  /// - Returns: The loss.
  func run(
    _ rest: inout [Float], into columns: inout CodeColumns, progress: ((Double) -> Void)?
  ) -> Double {
    let (size, stride) = (columns.columns, columns.stride)
    let widest =
      plan.blocks.map { ($0.last?.positions.upperBound ?? 0) - $0[0].positions.lowerBound }
      .max() ?? 0
    var losses = [Double](repeating: 0, count: stride)
    var errors = [Float](repeating: 0, count: widest * stride)
    rest.withUnsafeMutableBufferPointer { rest in
      errors.withUnsafeMutableBufferPointer { errors in
        losses.withUnsafeMutableBufferPointer { losses in
          columns.withStorage { codes, scales, zeros in
            inverseRoot.withUnsafeBufferPointer { factor in
              guard let rest = rest.baseAddress, let errors = errors.baseAddress,
                let losses = losses.baseAddress, let factor = factor.baseAddress
              else { return }
              nonisolated(unsafe) let view = View(
                rest: rest, errors: errors, losses: losses, codes: codes, scales: scales,
                zeros: zeros, factor: factor, size: size, stride: stride)
              for runs in plan.blocks {
                let (first, last) = (
                  runs[0].positions.lowerBound, runs[runs.count - 1].positions.upperBound
                )
                Parallel.split(stride / CodeColumns.strip, threads: threads) { strips in
                  sweep(strips, runs, first..<last, view)
                }
                BlockProducts.addTransposed(
                  factor + first * size + last, leftStride: size, by: errors, rightStride: stride,
                  to: rest + last * stride, targetStride: stride, rows: size - last,
                  columns: stride, inner: last - first, times: -1)
                progress?(Double(last) / Double(size))
              }
            }
          }
        }
      }
    }
    return losses.reduce(0, +)
  }

  /// Where everything is while the loops run.
  private struct View {
    let rest: UnsafeMutablePointer<Float>
    let errors: UnsafeMutablePointer<Float>
    let losses: UnsafeMutablePointer<Double>
    let codes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let zeros: UnsafeMutablePointer<Float>
    let factor: UnsafePointer<Float>
    let size: Int
    let stride: Int
  }

  /// One block of columns for some strips of rows.
  private func sweep(
    _ strips: Range<Int>, _ runs: [GroupPlan.Run], _ block: Range<Int>, _ view: View
  ) {
    let width = CodeColumns.strip
    let cells = block.count * width
    let factor = view.factor + block.lowerBound * view.size + block.lowerBound
    let levels = scheme.levels
    let grids = GroupFit(scheme: scheme, groupSize: plan.groupSize)
    var scratch = [Float](repeating: 0, count: 2 * cells + width)
    var bytes = [UInt8](repeating: 0, count: cells)
    scratch.withUnsafeMutableBufferPointer { scratch in
      bytes.withUnsafeMutableBufferPointer { bytes in
        guard let values = scratch.baseAddress, let codes = bytes.baseAddress else { return }
        let errors = values + cells
        let losses = errors + cells
        for row in strips.map({ $0 * width }) {
          for column in 0..<block.count {
            (values + column * width).update(
              from: view.rest + (block.lowerBound + column) * view.stride + row, count: width)
          }
          losses.update(repeating: 0, count: width)
          for run in runs {
            let first = run.positions.lowerBound - block.lowerBound
            let last = run.positions.upperBound - block.lowerBound
            let scales = view.scales + run.group * view.stride + row
            let zeros = view.zeros + run.group * view.stride + row
            var from = 0
            if run.makesGrid, plan.readsBlock {
              nibble_feedback_catch_up(values, errors, factor, view.size, first, first, last)
              from = first
              grids.fit(values + first * width, stride: width, scales, zeros)
            } else if run.makesGrid {
              grids.fit(
                view.rest + run.positions.lowerBound * view.stride + row, stride: view.stride,
                scales, zeros)
            }
            nibble_feedback_sweep(
              values, errors, codes, factor, view.size, from, first, last, scales, zeros,
              Int32(levels.lowest), Int32(levels.highest), losses)
          }
          for column in 0..<block.count {
            (view.errors + column * view.stride + row).update(
              from: errors + column * width, count: width)
            (view.codes + (block.lowerBound + column) * view.stride + row).update(
              from: codes + column * width, count: width)
          }
          for lane in 0..<width { view.losses[row + lane] += Double(losses[lane]) }
        }
      }
    }
  }
}

extension CodeColumns {
  /// Lends codes, scales and zero points.
  mutating func withStorage(
    _ body: (
      UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    codes.withUnsafeMutableBufferPointer { codes in
      scales.withUnsafeMutableBufferPointer { scales in
        zeros.withUnsafeMutableBufferPointer { zeros in
          guard let codes = codes.baseAddress, let scales = scales.baseAddress,
            let zeros = zeros.baseAddress
          else { return }
          body(codes, scales, zeros)
        }
      }
    }
  }
}
