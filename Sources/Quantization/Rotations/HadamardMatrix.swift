public import Tensors

/// A matrix of ones and minus ones whose rows are orthogonal: H Hᵀ = n I.
///
/// Kept as a power of two, which costs log n additions a number, and a dense core of the smallest
/// order that is left; H = Sylvester ⊗ core. Sources: Sylvester 1867; Paley 1933, On orthogonal
/// matrices; the use for quantization in Tseng et al. 2024, arXiv:2402.04396.
public struct HadamardMatrix: Sendable {
  /// How it is built.
  public let construction: HadamardConstruction
  /// The number of rows.
  public let order: Int
  /// The part that is no power of two; 1 × 1 where the order is one.
  public let core: Matrix
  /// The power of two.
  private let doublings: Int
  private let wideCore: DoubleMatrix

  /// A Hadamard matrix of an order.
  ///
  /// - Parameters:
  ///   - order: The number of rows.
  ///   - name: What has this size, for the message.
  /// - Throws: `QuantizationError.noHadamardMatrix` with the nearest orders that have one.
  public init(order: Int, name: String = "order") throws(QuantizationError) {
    let construction = try Self.construction(order: order, name: name)
    self.construction = construction
    self.order = order
    switch construction {
    case .sylvester: core = Matrix([[1]])
    case .product(.sylvester, let core): self.core = Self.dense(core)
    case .paleyFirst, .paleySecond, .product: core = Self.dense(construction)
    }
    doublings = (order / core.rows).trailingZeroBitCount
    wideCore = DoubleMatrix(core)
  }

  /// How a matrix of an order is made.
  static func construction(
    order: Int, name: String
  ) throws(QuantizationError) -> HadamardConstruction {
    guard let construction = HadamardConstruction(order: order) else {
      let nearest = HadamardConstruction.nearestOrders(to: order)
      throw .noHadamardMatrix(
        order: order, name: name, below: nearest.below, above: nearest.above)
    }
    return construction
  }

  /// The element in one row and column: 1 or −1.
  ///
  /// - Parameters:
  ///   - row: The row, below ``order``.
  ///   - column: The column, below ``order``.
  public subscript(row: Int, column: Int) -> Float {
    let size = core.rows
    // Sylvester's element is −1 where row and column share an odd number of bits.
    let isNegative = ((row / size) & (column / size)).nonzeroBitCount % 2 == 1
    let value = core[row % size, column % size]
    return isNegative ? -value : value
  }

  /// All elements, shape [order, order].
  public var matrix: Matrix {
    Matrix(rows: order, columns: order) { row, column in self[row, column] }
  }

  /// Each row x of a matrix becomes H x, or Hᵀ x.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``order`` columns.
  ///   - transposed: Whether Hᵀ is meant; the same for a power of two.
  ///   - threads: How many threads may take part; the result does not depend on it.
  /// - Returns: A matrix of the same shape.
  public func multiplyingRows(
    of matrix: Matrix, transposed: Bool = false, threads: Int? = nil
  ) -> Matrix {
    precondition(matrix.columns == order, "rows of \(matrix.columns) times order \(order)")
    var result = matrix
    if core.rows > 1 {
      let pieces = matrix.reshaped(rows: matrix.count / core.rows, columns: core.rows)
      result = (transposed ? pieces.multiplied(by: core) : pieces.multiplyingTransposed(core))
        .reshaped(rows: matrix.rows, columns: order)
    }
    let threads = Parallel.threads(threads, elements: matrix.count)
    result.withUnsafeMutableBufferPointer { values in
      transformRows(values, threads: threads)
    }
    return result
  }

  /// Each row x of a matrix becomes H x, or Hᵀ x, in double precision.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``order`` columns.
  ///   - transposed: Whether Hᵀ is meant.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  public func multiplyingRows(
    of matrix: DoubleMatrix, transposed: Bool = false, threads: Int? = nil
  ) -> DoubleMatrix {
    precondition(matrix.columns == order, "rows of \(matrix.columns) times order \(order)")
    var result = matrix
    if core.rows > 1 {
      let pieces = matrix.reshaped(rows: matrix.count / core.rows, columns: core.rows)
      result =
        (transposed ? pieces.multiplied(by: wideCore) : pieces.multiplyingTransposed(wideCore))
        .reshaped(rows: matrix.rows, columns: order)
    }
    let threads = Parallel.threads(threads, elements: matrix.count)
    result.withUnsafeMutableBufferPointer { values in
      transformRows(values, threads: threads)
    }
    return result
  }

  /// The power of two's part, on every row.
  private func transformRows<Scalar: BinaryFloatingPoint>(
    _ values: UnsafeMutableBufferPointer<Scalar>, threads: Int
  ) {
    guard doublings > 0, let base = values.baseAddress else { return }
    nonisolated(unsafe) let start = base
    let (length, run) = (order, core.rows)
    Parallel.split(values.count / length, threads: threads) { rows in
      for row in rows {
        walshHadamardTransform(start + row * length, count: length, run: run)
      }
    }
  }

  /// A construction's elements.
  private static func dense(_ construction: HadamardConstruction) -> Matrix {
    switch construction {
    case .sylvester(let order):
      return Matrix(rows: order, columns: order) { row, column in
        (row & column).nonzeroBitCount % 2 == 0 ? 1 : -1
      }
    case .paleyFirst(let fieldOrder):
      return paleyFirst(fieldOrder)
    case .paleySecond(let fieldOrder):
      return paleySecond(fieldOrder)
    case .product(let left, let right):
      let (left, right) = (dense(left), dense(right))
      let size = right.rows
      return Matrix(rows: left.rows * size, columns: left.rows * size) { row, column in
        left[row / size, column / size] * right[row % size, column % size]
      }
    }
  }

  /// I + S: S has χ(a − b) inside a frame of ones and minus ones, and Sᵀ = −S.
  private static func paleyFirst(_ fieldOrder: Int) -> Matrix {
    let jacobsthal = jacobsthalMatrix(fieldOrder)
    return Matrix(rows: fieldOrder + 1, columns: fieldOrder + 1) { row, column in
      if row == column { return 1 }
      if row == 0 { return 1 }
      if column == 0 { return -1 }
      return jacobsthal[row - 1, column - 1]
    }
  }

  /// C ⊗ [1 1; 1 −1] + I ⊗ [1 −1; −1 −1]: C has χ(a − b) inside a frame of ones, and Cᵀ = C.
  private static func paleySecond(_ fieldOrder: Int) -> Matrix {
    let jacobsthal = jacobsthalMatrix(fieldOrder)
    return Matrix(rows: 2 * (fieldOrder + 1), columns: 2 * (fieldOrder + 1)) { row, column in
      let (across, down) = (column / 2, row / 2)
      let isLast = row % 2 == 1 && column % 2 == 1
      if down == across { return row % 2 == 0 && column % 2 == 0 ? 1 : -1 }
      let value = down == 0 || across == 0 ? 1 : jacobsthal[down - 1, across - 1]
      return isLast ? -value : value
    }
  }

  /// χ(a − b) for every pair of elements of the field.
  private static func jacobsthalMatrix(_ fieldOrder: Int) -> Matrix {
    guard let field = FiniteField(order: fieldOrder) else {
      preconditionFailure("no field has \(fieldOrder) elements")
    }
    let character = field.quadraticCharacter()
    return Matrix(rows: fieldOrder, columns: fieldOrder) { row, column in
      Float(character[field.difference(row, column)])
    }
  }
}
