public import Tensors

/// The 32-bit sums of an integer matrix product, with the scales that make them real numbers.
///
/// Shape (tokens, outputs). One sum stands for `rowScales[token] * columnScales[output] * sum`.
public struct IntegerProduct: Hashable, Sendable {
  /// The number of rows: tokens.
  public let rows: Int
  /// The number of columns: outputs.
  public let columns: Int
  /// Σ (activation − its zero point)(weight − its zero point), row-major.
  public let sums: [Int32]
  /// The scale of each row's activations.
  public let rowScales: [Float]
  /// The scale of each output's weights.
  public let columnScales: [Float]

  /// The sum for one token and one output.
  ///
  /// - Parameters:
  ///   - row: The token.
  ///   - column: The output.
  public subscript(row: Int, column: Int) -> Int32 { sums[row * columns + column] }

  /// The real output: each sum times both of its scales.
  public func dequantized() -> Matrix {
    Matrix(rows: rows, columns: columns) { row, column in
      Float(Double(self[row, column]) * step(row: row, column: column))
    }
  }

  /// The product with a bias added to every row, as 32-bit integers at the scale of the sums.
  ///
  /// A bias is rounded to a multiple of the product of both scales, so that it is added before
  /// anything is rescaled: round(b / (s_w s_x)), ties to even, clamped to 32 bits, as is the sum.
  /// Source: Jacob et al. 2018, arXiv:1712.05877, section 2.4.
  ///
  /// - Parameter bias: One real number an output.
  /// - Returns: The product with the bias in its sums.
  /// - Throws: `QuantizationError.countMismatch`.
  public func addingBias(_ bias: [Float]) throws(QuantizationError) -> IntegerProduct {
    guard bias.count == columns else {
      throw .countMismatch(what: "biases", found: bias.count, expected: columns)
    }
    let biased = sums.indices.map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      let rounded = (Double(bias[column]) / step(row: row, column: column))
        .rounded(.toNearestOrEven)
      return Int32(clampedWhole: Double(sums[index]) + rounded)
    }
    return IntegerProduct(
      rows: rows, columns: columns, sums: biased, rowScales: rowScales, columnScales: columnScales)
  }

  /// s_x s_w: what one unit of a sum is worth.
  func step(row: Int, column: Int) -> Double {
    Double(rowScales[row]) * Double(columnScales[column])
  }
}

extension Int32 {
  /// The nearest 32-bit integer to a whole number; 0 for NaN.
  init(clampedWhole value: Double) {
    guard !value.isNaN else {
      self = 0
      return
    }
    self = Int32(Swift.min(Swift.max(value, Double(Int32.min)), Double(Int32.max)))
  }
}
