/// The order in which a method takes a weight's columns.
public enum ColumnOrder: Hashable, Sendable {
  /// As they stand.
  case natural
  /// By falling diagonal of the Hessian: inputs with the most energy first, while many columns are
  /// still free to make up for them. The reference implementation's `act-order` or `desc_act`.
  case byActivation
  /// As listed, every column once.
  case given([Int])

  /// The column at each position.
  ///
  /// - Parameter diagonal: The Hessian's, one value a column.
  /// - Returns: A permutation of the columns; equal values keep their order.
  /// - Throws: `QuantizationError.notAnOrder` where a list leaves a column out or names one twice.
  public func columns(forDiagonal diagonal: [Double]) throws(QuantizationError) -> [Int] {
    switch self {
    case .natural: return Array(diagonal.indices)
    case .byActivation:
      return diagonal.indices.sorted {
        diagonal[$0] == diagonal[$1] ? $0 < $1 : diagonal[$0] > diagonal[$1]
      }
    case .given(let list):
      guard list.sorted() == Array(diagonal.indices) else {
        throw .notAnOrder(count: list.count, columns: diagonal.count)
      }
      return list
    }
  }
}
