internal import CKernels
internal import Grids

extension QuantizedMatrix {
  /// Multiplies activations by a weight in integers: Σ (q_x − z_x)(q_w − z_w), exactly.
  ///
  /// The loop multiplies raw codes and the zero points are taken off afterwards, because they factor
  /// out: Σ q_x q_w − z_w Σ q_x − z_x Σ q_w + n z_x z_w, where Σ q_w is known beforehand. Bit for bit
  /// the result of ``integerProductReference(weight:)``, whatever the number of threads.
  /// Source: Jacob et al. 2018, arXiv:1712.05877, equation 7.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in], one scale a row or one in all.
  ///   - threads: How many threads to use; nil leaves it to the size of the product.
  /// - Returns: Sums of shape [rows of this matrix, out].
  /// - Throws: `QuantizationError.activationsDoNotMatch`, `.scaleInsideSum` when scales change along
  ///   a row, `.accumulatorOverflow` when the columns are so many that a sum could leave 32 bits.
  public func integerProduct(
    weight: QuantizedMatrix, threads: Int? = nil
  ) throws(QuantizationError) -> IntegerProduct {
    try requireProduct(with: weight)
    let left = WidenedCodes(self)
    let right = WidenedCodes(weight)
    let (inner, outputs) = (columns, weight.rows)
    let threads = Parallel.threads(threads, elements: rows * outputs / 64 * inner)
    let sums = [Int32](unsafeUninitializedCapacity: rows * outputs) { sums, filled in
      nonisolated(unsafe) let sums = sums
      left.codes.withUnsafeBufferPointer { leftCodes in
        right.codes.withUnsafeBufferPointer { rightCodes in
          Parallel.split(rows, threads: threads) { part in
            guard let base = sums.baseAddress else { return }
            nibble_integer_product(
              leftCodes.baseAddress, part.lowerBound, part.upperBound, rightCodes.baseAddress,
              outputs, inner, base + part.lowerBound * outputs)
            for row in part {
              let leftZero = Int32(rowZeroPoint(row))
              let fixed = Int32(inner) &* leftZero  // n z_x
              for output in 0..<outputs {
                let rightZero = Int32(weight.rowZeroPoint(output))
                base[row * outputs + output] &+=
                  fixed &* rightZero &- rightZero &* left.rowSums[row]
                  &- leftZero &* right.rowSums[output]
              }
            }
          }
        }
      }
      filled = rows * outputs
    }
    return product(of: weight, sums: sums)
  }

  /// Multiplies activations by a weight in integers: the plain loops.
  ///
  /// - Parameter weight: Shape [out, in], one scale a row or one in all.
  /// - Returns: Sums of shape [rows of this matrix, out].
  /// - Throws: What ``integerProduct(weight:threads:)`` throws.
  public func integerProductReference(
    weight: QuantizedMatrix
  ) throws(QuantizationError) -> IntegerProduct {
    try requireProduct(with: weight)
    var sums: [Int32] = []
    for row in 0..<rows {
      for output in 0..<weight.rows {
        var sum: Int32 = 0
        for index in 0..<columns {
          let activation = self[row, index] - rowZeroPoint(row)
          let other = weight[output, index] - weight.rowZeroPoint(output)
          sum += Int32(activation * other)
        }
        sums.append(sum)
      }
    }
    return product(of: weight, sums: sums)
  }

  private func product(of weight: QuantizedMatrix, sums: [Int32]) -> IntegerProduct {
    IntegerProduct(
      rows: rows, columns: weight.rows, sums: sums,
      rowScales: (0..<rows).map { scale(row: $0, column: 0) },
      columnScales: (0..<weight.rows).map { weight.scale(row: $0, column: 0) })
  }

  private func requireProduct(with weight: QuantizedMatrix) throws(QuantizationError) {
    guard columns == weight.columns else {
      throw .activationsDoNotMatch(activationColumns: columns, weightColumns: weight.columns)
    }
    for (operand, name) in [(self, "activations"), (weight, "weight")]
    where operand.groupsAcross != 1 {
      throw .scaleInsideSum(operand: name, granularity: operand.scheme.granularity)
    }
    let largest = Int(Int32.max) / (largestFactor * weight.largestFactor)
    guard columns <= largest else {
      throw .accumulatorOverflow(columns: columns, largestColumns: largest)
    }
  }

  /// The largest magnitude that a code can have, as it is or with its zero point taken off.
  ///
  /// Both sums must fit: the loop adds up raw codes, the result is of codes less their zero points.
  private var largestFactor: Int {
    let levels = scheme.levels
    let distances = zeroPoints.map { max($0 - levels.lowest, levels.highest - $0) }
    return max(-levels.lowest, levels.highest, distances.max() ?? 0)
  }

  /// The zero point of a row; the product has one group across.
  private func rowZeroPoint(_ row: Int) -> Int { zeroPoints[row / layout.groupRows] }
}

/// Codes as 16-bit integers, which the product multiplies in pairs, and the sum of each row.
private struct WidenedCodes {
  var codes: [Int16]
  var rowSums: [Int32]

  init(_ matrix: QuantizedMatrix) {
    codes = [Int16](repeating: 0, count: matrix.codes.count)
    rowSums = [Int32](repeating: 0, count: matrix.rows)
    nibble_widen_codes(
      matrix.codes.bytes, matrix.rows, matrix.columns, matrix.codes.isSigned ? 1 : 0, &codes,
      &rowSums)
  }
}
