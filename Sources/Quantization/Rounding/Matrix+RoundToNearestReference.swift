internal import Grids
public import Tensors

extension Matrix {
  /// Rounds each weight to the nearest point of its group's grid: the plain loops.
  ///
  /// Explains ``roundedToNearest(_:threads:)`` and judges it: both give the same codes, scales and
  /// zero points, bit for bit.
  ///
  /// - Parameter scheme: The grid and who shares one.
  /// - Returns: Codes of the shape of this matrix, and a scale and a zero point a group.
  /// - Throws: What ``roundedToNearest(_:threads:)`` throws.
  public func roundedToNearestReference(
    _ scheme: QuantizationScheme
  ) throws(QuantizationError) -> QuantizedMatrix {
    let layout = try scheme.layout(rows: rows, columns: columns)
    try requireFinite(named: "matrix")
    var codes = [UInt8](repeating: 0, count: count)
    var scales: [Float] = []
    var zeroPoints: [Int] = []

    for group in 0..<layout.count {
      // The group's weights, in the order of the matrix.
      let places = layout.rowStarts(ofGroup: group).flatMap { $0..<$0 + layout.groupColumns }
      let weights = places.map { elements[$0] }

      // The range, then the grid: scale (S) and zero point (Z) in Double, S stored as Float.
      let ends = weights.withUnsafeBufferPointer {
        scheme.range.range(of: $0, levels: scheme.levels, symmetric: scheme.isSymmetric)
      }
      let grid = scheme.grid(lowest: ends.lowest, highest: ends.highest)
      scales.append(grid.scale)
      zeroPoints.append(grid.zeroPoint)

      // q = clamp(round(w / S) + Z)
      for (place, weight) in zip(places, weights) {
        codes[place] = UInt8(truncatingIfNeeded: grid.encode(weight))
      }
    }
    return QuantizedMatrix(
      trusted: codes, scales: scales, zeroPoints: zeroPoints, scheme: scheme, layout: layout)
  }
}

extension QuantizedMatrix {
  /// The real numbers that the codes stand for: the plain loops.
  public func dequantizedReference() -> Matrix {
    Matrix(rows: rows, columns: columns) { row, column in
      grid(row: row, column: column).decode(self[row, column])
    }
  }
}
