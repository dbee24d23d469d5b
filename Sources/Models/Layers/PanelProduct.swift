internal import CKernels
internal import Tensors

/// Products with a weight that must be turned into floats first, some rows of it at a time.
///
/// Each row is turned once for all inputs, and what was turned stays in a cache until it has been used.
struct PanelProduct<Weight: WeightMatrix> {
  let weight: Weight
  let bias: UnsafePointer<Float>?

  /// A few inputs: as the dense kernel does it, on a piece that fits the first cache or a little more.
  func few(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    // Four rows at least: the kernel takes so many at a time.
    forPanels(of: max(4, (1 << 13) / max(1, weight.columns)), range) { part, panel in
      nibble_dense_product(
        panel, Int32(NIBBLE_FLOAT32), 0, part.count, weight.columns, input, rows,
        bias.map { $0 + part.lowerBound }, adding ? 1 : 0, output + part.lowerBound, weight.rows)
    }
  }

  /// Many inputs: through the BLAS, on a piece that fits the second cache.
  ///
  /// The bias is in the outputs already.
  func many(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    forPanels(of: max(1, (1 << 18) / max(1, weight.columns)), range) { part, panel in
      BufferProducts.multiplyTransposed(
        input, by: panel, into: output + part.lowerBound, targetStride: weight.rows, rows: rows,
        columns: part.count, inner: weight.columns, adding: adding)
    }
  }

  private func forPanels(
    of size: Int, _ range: Range<Int>, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let size = min(range.count, size)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: size * weight.columns) { buffer in
      guard let panel = buffer.baseAddress else { return }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
        let part = first..<min(first + size, range.upperBound)
        weight.copyRows(part, to: panel)
        body(part, panel)
      }
    }
  }
}

/// Puts a layer's bias into its outputs, or adds it, so that products can be added on top.
func placeBias(
  _ bias: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, stride: Int, adding: Bool,
  into output: UnsafeMutablePointer<Float>
) {
  for row in 0..<rows {
    let target = output + row * stride
    if adding {
      for index in range { target[index] += bias[index] }
    } else {
      (target + range.lowerBound).update(from: bias + range.lowerBound, count: range.count)
    }
  }
}
