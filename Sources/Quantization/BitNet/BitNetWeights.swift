public import Tensors

/// A weight the way BitNet layers hold theirs: one sign, or one of −1, 0, 1, for each, and a scale.
///
/// Networks trained this way learn weights that survive it. Applied to a network that was not, as here,
/// it shows what training has to make up for.
public struct BitNetWeights: Sendable {
  /// −1, 0 or 1, row-major.
  public let codes: Codes
  /// What a code is multiplied by: the mean magnitude of those that share it.
  public let scales: [Float]
  /// scale·code, shape of the weight.
  public let dequantized: Matrix
  /// How many neighbours share a scale.
  public let shared: Int
}

extension BitNetWeights {
  /// The smallest number that weights are divided by, less the mean magnitude.
  static let epsilon = 1e-5

  /// Rounds to −1, 0 or 1 times the mean magnitude: BitNet b1.58's weights.
  ///
  /// γ = mean |w|, code = clamp(rne(w/(γ + ε)), −1, 1), ŵ = γ·code, ε = 10⁻⁵. A weight is kept from
  /// half the mean magnitude on, wherever the least squared error would have put the threshold.
  ///
  /// Edge cases: where all are zero the scale is 0. Where all are far below ε they become 0 as well: ε is
  /// a number of the networks it was published for, not of any unit. Source: Ma et al. 2024, arXiv:2402.17764,
  /// equations 1 to 3.
  ///
  /// - Parameters:
  ///   - weight: Finite weights.
  ///   - groupSize: How many neighbours in a row share a scale, 0 for the row; nil for one scale in
  ///     all, as published.
  /// - Returns: Codes, scales and what they dequantize to.
  /// - Throws: `QuantizationError.notFinite`, `.groupSizeDoesNotDivide` or `.sizeNotPositive`.
  public static func ternary(
    _ weight: Matrix, groupSize: Int? = nil
  ) throws(QuantizationError) -> BitNetWeights {
    try make(weight, groupSize: groupSize) { values, codes in
      let magnitude = meanMagnitude(values)
      let divisor = Float(magnitude + epsilon)
      for index in values.indices {
        codes[index] = Int8(min(max((values[index] / divisor).rounded(.toNearestOrEven), -1), 1))
      }
      return Float(magnitude)
    }
  }

  /// Keeps the sign of w − mean w: the first BitNet's weights, 1 bit each.
  ///
  /// ŵ = mean |w| · sign(w − mean w), the sign of 0 being −1. There is no zero: a zero among others
  /// becomes ±scale. Source: Wang et al. 2023, arXiv:2310.11453, equations 1 to 3 and 12.
  ///
  /// - Parameters:
  ///   - weight: Finite weights.
  ///   - groupSize: How many neighbours in a row share a scale and a mean, 0 for the row; nil for one
  ///     in all, as published.
  /// - Returns: Codes, scales and what they dequantize to.
  /// - Throws: `QuantizationError.notFinite`, `.groupSizeDoesNotDivide` or `.sizeNotPositive`.
  public static func binary(
    _ weight: Matrix, groupSize: Int? = nil
  ) throws(QuantizationError) -> BitNetWeights {
    try make(weight, groupSize: groupSize) { values, codes in
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
      for index in values.indices { codes[index] = Double(values[index]) > mean ? 1 : -1 }
      return Float(meanMagnitude(values))
    }
  }

  /// Codes run by run, and what they dequantize to.
  private static func make(
    _ weight: Matrix, groupSize: Int?,
    _ encode: (UnsafeBufferPointer<Float>, UnsafeMutablePointer<Int8>) -> Float
  ) throws(QuantizationError) -> BitNetWeights {
    try weight.requireFinite(named: "weight")
    var options = LayerOptions()
    options.groupSize = groupSize
    let shared =
      groupSize == nil ? weight.count : try options.resolvedGroupSize(columns: weight.columns)
    var codes = [Int8](repeating: 0, count: weight.count)
    var scales: [Float] = []
    weight.withUnsafeBufferPointer { values in
      codes.withUnsafeMutableBufferPointer { codes in
        guard let target = codes.baseAddress else { return }
        for start in stride(from: 0, to: weight.count, by: shared) {
          let run = UnsafeBufferPointer(rebasing: values[start..<start + shared])
          scales.append(encode(run, target + start))
        }
      }
    }
    let dequantized = Matrix(rows: weight.rows, columns: weight.columns) {
      (values: UnsafeMutableBufferPointer<Float>) in
      for index in values.indices {
        values[index] = codes[index] == 0 ? 0 : scales[index / shared] * Float(codes[index])
      }
    }
    return BitNetWeights(
      codes: Codes(codes), scales: scales, dequantized: dequantized, shared: shared)
  }

  private static func meanMagnitude(_ values: UnsafeBufferPointer<Float>) -> Double {
    values.reduce(0.0) { $0 + Double($1.magnitude) } / Double(values.count)
  }
}
