internal import CKernels
internal import Grids

/// Makes the grids of one group for a strip of rows, on the weights as they are when its turn comes.
struct GroupFit {
  let scheme: QuantizationScheme
  let groupSize: Int

  /// Reads a group's columns and writes each row's scale and zero point.
  ///
  /// - Parameters:
  ///   - values: The group's first column; 64 rows side by side.
  ///   - stride: How many floats lie from column to column.
  ///   - scales: Receives 64 scales.
  ///   - zeros: Receives 64 zero points.
  func fit(
    _ values: UnsafePointer<Float>, stride: Int, _ scales: UnsafeMutablePointer<Float>,
    _ zeros: UnsafeMutablePointer<Float>
  ) {
    if scheme.range == .minMax {
      var rule = scheme.affineRule
      nibble_feedback_fit(values, stride, groupSize, &rule, scales, zeros)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: groupSize) { group in
      for lane in 0..<CodeColumns.strip {
        for column in group.indices { group[column] = values[column * stride + lane] }
        let grid = scheme.grid(for: UnsafeBufferPointer(group))
        scales[lane] = grid.scale
        zeros[lane] = Float(grid.zeroPoint)
      }
    }
  }
}
