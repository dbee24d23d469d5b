internal import Tensors

/// Σ x xᵀ, summed batch by batch in single or double precision; only the upper triangle is kept up.
struct GramSum: Sendable {
  /// The sum in single precision; empty where it is kept in double.
  private(set) var single: Matrix
  /// The sum in double precision; empty where it is kept in single.
  private(set) var double: DoubleMatrix
  let precision: InputStatistics.Precision

  init(columns: Int, precision: InputStatistics.Precision) {
    self.precision = precision
    let (narrow, wide) = precision == .single ? (columns, 0) : (0, columns)
    single = Matrix(rows: narrow, columns: narrow, repeating: 0)
    double = DoubleMatrix(rows: wide, columns: wide, repeating: 0)
  }

  /// Adds the products of all pairs of a batch's columns.
  mutating func add(_ batch: Matrix) {
    switch precision {
    case .single: single.addUpperGramOfColumns(of: batch)
    case .double: double.addUpperGramOfColumns(of: batch)
    }
  }

  /// The sum times a factor, both triangles, in double precision.
  func scaled(by factor: Double) -> DoubleMatrix {
    var result = precision == .single ? DoubleMatrix(single) : double
    result.scale(by: factor)
    result.mirrorUpperTriangle()
    return result
  }
}
