public import Tensors

/// A matrix in int8 with the largest magnitude of every row beside it, as LLM.int8() keeps both factors.
///
/// A code is round(x · (127 / R)) in float32, ties to even, as in bitsandbytes, and stands for
/// code · (R/127). Rows of zeros have codes 0. Source: Dettmers et al. 2022, arXiv:2208.07339, section
/// 2.1; bitsandbytes 0.50, whose codes these are.
public struct VectorwiseCodes: Hashable, Sendable {
  /// 1/127 as bitsandbytes writes it, the float32 next to it.
  static let perCode: Float = 0.007874015718698502

  /// Codes −127 to 127 with one scale a row, R/127.
  public let codes: QuantizedMatrix
  /// R, the largest magnitude of each row (of its ordinary values, where outliers were taken out).
  public let largest: [Float]
  /// The columns that hold an outlier, rising; their codes are 0.
  public let outlierColumns: [Int]

  /// Quantizes each row by its largest magnitude.
  ///
  /// With a threshold, every |x| at or above it is left out before R is taken, and every column that
  /// holds one of them is left out altogether.
  ///
  /// - Parameters:
  ///   - matrix: A weight [out, in], or inputs [tokens, in].
  ///   - threshold: From where a value is an outlier; nil for none.
  ///   - name: What the matrix is called in messages.
  /// - Throws: `QuantizationError.empty`, `.notFinite` naming the element, or `.parameter` for a
  ///   threshold that is not positive.
  public init(
    _ matrix: Matrix, threshold: Float? = nil, named name: String = "matrix"
  ) throws(QuantizationError) {
    if let threshold, !(threshold > 0) {
      throw .parameter(name: "threshold", value: Double(threshold), expected: "above 0")
    }
    let scheme = QuantizationScheme(
      bits: 8, symmetry: .symmetric(.restricted), granularity: .channel)
    let layout = try scheme.layout(rows: matrix.rows, columns: matrix.columns)
    try matrix.requireFinite(named: name)
    let limit = threshold ?? .infinity
    let peaks = matrix.columnMaximumMagnitudes
    let outliers = peaks.indices.filter { peaks[$0] >= limit }
    var isOutlier = [Bool](repeating: false, count: matrix.columns)
    for column in outliers { isOutlier[column] = true }

    var largest = [Float](repeating: 0, count: matrix.rows)
    var bytes = [UInt8](repeating: 0, count: matrix.count)
    for row in 0..<matrix.rows {
      matrix.withUnsafeRow(row) { values in
        var peak: Float = 0
        for value in values where abs(value) < limit { peak = max(peak, abs(value)) }
        largest[row] = peak
        guard peak > 0 else { return }
        let factor = 127 / peak
        for (column, value) in values.enumerated() where !isOutlier[column] {
          // A row so small that 127/R overflows is beyond the original, which gets no number here.
          let position = factor.isFinite ? value * factor : value / peak * 127
          let code = min(max(position.rounded(.toNearestOrEven), -127), 127)
          bytes[row * matrix.columns + column] = UInt8(bitPattern: Int8(code))
        }
      }
    }
    codes = QuantizedMatrix(
      trusted: bytes,
      scales: largest.map { $0 > 0 ? max($0 / 127, .leastNormalMagnitude) : 1 },
      zeroPoints: [Int](repeating: 0, count: matrix.rows), scheme: scheme, layout: layout)
    self.largest = largest
    outlierColumns = outliers
  }

  /// What the codes stand for, shape of the matrix.
  ///
  /// - Parameter arithmetic: code · (R/127), or bitsandbytes' code · R · (1/127), in which the first
  ///   product leaves float32 where R is above 2.7·10³⁶.
  /// - Returns: As many numbers as there are codes.
  public func dequantized(_ arithmetic: LLMInt8.Arithmetic = .exact) -> Matrix {
    Matrix(rows: codes.rows, columns: codes.columns) { row, column in
      value(row: row, column: column, arithmetic)
    }
  }

  /// What one code stands for.
  func value(row: Int, column: Int, _ arithmetic: LLMInt8.Arithmetic) -> Float {
    let code = Float(codes[row, column])
    return switch arithmetic {
    case .exact: code * codes.scales[row]
    case .bitsandbytes: code * largest[row] * Self.perCode
    }
  }
}
