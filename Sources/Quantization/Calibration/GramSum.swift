internal import Tensors

/// Σ x xᵀ, summed batch by batch in single or double precision.
enum GramSum: Sendable {
  case single(Matrix)
  case double(DoubleMatrix)

  init(columns: Int, precision: InputStatistics.Precision) {
    switch precision {
    case .single: self = .single(Matrix(rows: columns, columns: columns, repeating: 0))
    case .double: self = .double(DoubleMatrix(rows: columns, columns: columns, repeating: 0))
    }
  }

  /// Adds the products of all pairs of a batch's columns.
  mutating func add(_ batch: Matrix) {
    switch self {
    case .single(let sum): self = .single(sum + batch.gramOfColumns())
    case .double(var sum):
      sum.addGramOfColumns(of: batch, scaledBy: 1)
      self = .double(sum)
    }
  }

  /// The sum times a factor.
  func scaled(by factor: Double) -> DoubleMatrix {
    var result: DoubleMatrix
    switch self {
    case .single(let sum): result = DoubleMatrix(sum)
    case .double(let sum): result = sum
    }
    result.scale(by: factor)
    return result
  }
}
