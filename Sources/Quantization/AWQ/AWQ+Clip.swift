public import Tensors

/// A scaled weight after the search for each group's range.
public struct AWQClip: Sendable {
  /// W·diag(s), every group cut at its own ±limit.
  public let weight: Matrix
  /// The share of its largest magnitude that each group keeps, shape [out, groups]: 1 down to 0.55.
  public let shares: Matrix
}

extension AWQ {
  /// How many limits a group tries: 1, 0.95 … 0.55 of its largest magnitude.
  public static let clipShares: [Float] = (0..<10).map { Float(1 - Double($0) / 20) }

  /// Looks for the range of each group of a row that changes the group's own part of the output least.
  ///
  /// For each limit m the group is cut to ±m and rounded; what counts is the mean over tokens of
  /// ⟨x, Q(clamp(w, ±m)) − w⟩², a quadratic form in the group's own channels. Errors of different
  /// groups may still add up or cancel: that is not looked at, so the sum over groups falls and a
  /// layer's error nearly always does. Not for q and k, whose products the loss says nothing about.
  /// Source: the published code of Lin et al. 2023, arXiv:2306.00978.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - scales: s, chosen before.
  ///   - calibration: The layer's inputs; at most 512 tokens of them are looked at.
  ///   - progress: Told what share is done.
  /// - Returns: The cut weight, still scaled: what ``quantized(_:)`` takes.
  /// - Throws: `QuantizationError` for a scheme that does not fit, or `.notFinite`.
  public func clipped(
    _ weight: Matrix, scales: ChannelScales, calibration: AWQCalibration,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> AWQClip {
    let layout = try scheme.layout(rows: weight.rows, columns: weight.columns)
    let scaled = scales.multiplied(into: weight)
    try scaled.requireFinite(named: "weight × scale")
    var alone = self
    alone.groupSize = 0  // a slice holds one group a row
    var result = scaled
    var shares = Matrix(rows: weight.rows, columns: layout.groupsAcross, repeating: 1)
    for group in 0..<layout.groupsAcross {
      let channels = group * layout.groupColumns..<(group + 1) * layout.groupColumns
      let products = calibration.products(of: channels)
      let slice = scaled.columns(in: channels)
      let own = ChannelScales(trusted: Array(scales.values[channels]))
      let largest = slice.rowMaximumMagnitudes
      var best = [Double](repeating: .infinity, count: weight.rows)
      for share in Self.clipShares {
        let cut = slice.clamped(toRows: largest.map { $0 * share })
        let change = own.divided(outOf: try alone.quantized(cut).dequantized() - slice)
        let losses = change.rowProducts(with: change.multiplied(by: products))
        for row in 0..<weight.rows where losses[row] < best[row] {
          best[row] = losses[row]
          shares[row, group] = share
        }
      }
      let limits = (0..<weight.rows).map { largest[$0] * shares[$0, group] }
      let cut = slice.clamped(toRows: limits)
      for row in 0..<weight.rows {
        for (place, channel) in channels.enumerated() { result[row, channel] = cut[row, place] }
      }
      progress?(Double(group + 1) / Double(layout.groupsAcross))
    }
    return AWQClip(weight: result, shares: shares)
  }
}

extension Matrix {
  /// Every row cut at its own ±limit.
  fileprivate func clamped(toRows limits: [Float]) -> Matrix {
    Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      withUnsafeBufferPointer { source in
        for row in 0..<rows {
          let limit = limits[row]
          for index in row &* columns..<(row &+ 1) &* columns {
            target[index] = min(max(source[index], -limit), limit)
          }
        }
      }
    }
  }

  /// Σ over a row of the products with another matrix's row, in Double.
  fileprivate func rowProducts(with other: Matrix) -> [Double] {
    (0..<rows).map { row in
      withUnsafeRow(row) { left in
        other.withUnsafeRow(row) { right in
          var sum = 0.0
          for index in left.indices { sum += Double(left[index]) * Double(right[index]) }
          return sum
        }
      }
    }
  }
}
