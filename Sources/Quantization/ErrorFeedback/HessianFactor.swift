public import Tensors

/// A layer's Hessian, made invertible and factored once: H = R Rᵀ with R upper triangular.
///
/// Everything that passes errors on from column to column reads one of its two faces:
/// ``inverseRoot()`` is U = R⁻¹, the upper Cholesky factor of the inverse, H⁻¹ = Uᵀ U (GPTQ);
/// ``feedback()`` is R with its columns divided by their pivots, H = (U̇ + I) D (U̇ + I)ᵀ (LDLQ).
/// The usual way to U is a factor, an inverse and a second factor; eliminating from the last column
/// backwards gives R, and its inverse is U, in less than half the work.
///
/// H here is damped, its dead columns have a diagonal, and its columns stand in ``permutation``'s
/// order. A dead column is an input that was 0 in every token: H has zeros there. As in the reference
/// implementation its diagonal becomes 1, before the damping's mean is taken and before columns are
/// sorted, and callers set its weights to 0, which changes no output on these inputs.
///
/// Single precision as far as the statistics are; a factor that fails in single precision is tried
/// once more in double before it counts as failed, and ``notes`` says so.
/// Source: steps 1 to 3 of Frantar et al. 2022, arXiv:2210.17323, algorithm 1.
public struct HessianFactor: Sendable {
  /// The number of input channels.
  public let columns: Int
  /// The column at each position of the factor.
  public let permutation: [Int]
  /// The damping that was used, as a share of the mean of the diagonal.
  public let damping: Double
  /// What was added to each element of the diagonal.
  public let dampingAmount: Double
  /// The columns whose inputs were all 0, ascending.
  public let deadColumns: [Int]
  /// H's diagonal before damping, column by column in the layer's own order, 0 in dead columns.
  public let diagonal: [Double]
  /// What a reader of a result must know: raised damping, dead columns.
  public let notes: [String]
  fileprivate let root: Root

  /// What stands on the diagonal for an input that was always 0.
  private static let deadDiagonal = 1.0

  fileprivate enum Root: Sendable {
    case single(Matrix)
    case double(DoubleMatrix)
  }

  /// The factor of what inputs amount to.
  ///
  /// - Parameters:
  ///   - statistics: Sums over at least one token.
  ///   - damping: What is added to the diagonal, and whether that may be raised.
  ///   - order: The order of the columns.
  ///   - method: Who asks, for messages.
  /// - Throws: `QuantizationError.pivotFailed` with the rank and the number of tokens where H has no
  ///   inverse, `.inputsOutOfRange` where squares of inputs leave single precision,
  ///   `.inputsNeeded` without a token, `.parameter` for a damping below 0.
  public init(
    _ statistics: InputStatistics, damping: Damping = Damping(), order: ColumnOrder = .natural,
    for method: String = "gptq"
  ) throws(QuantizationError) {
    guard statistics.tokens > 0 else { throw .inputsNeeded(method: method) }
    let factor = 2 / Double(statistics.tokens)
    let diagonal: [Double]
    let smallest: Double  // below it numbers lose digits
    switch statistics.precision {
    case .single:
      diagonal = statistics.gram.single.diagonal.map { Double($0) * factor }
      smallest = Double(Float.leastNormalMagnitude)
    case .double:
      diagonal = statistics.gram.double.diagonal.map { $0 * factor }
      smallest = Double.leastNormalMagnitude
    }
    for (channel, square) in statistics.squares.enumerated()
    where !diagonal[channel].isFinite || (square > 0 && diagonal[channel] < smallest) {
      throw .inputsOutOfRange(
        method: method, channel: channel, rootMeanSquare: (square * factor / 2).squareRoot())
    }
    try self.init(
      diagonal: diagonal, tokens: statistics.tokens, damping: damping, order: order, method: method,
      precision: statistics.precision
    ) { permutation in
      switch statistics.precision {
      case .single:
        .single(statistics.gram.single.arranged(permutation, scaledBy: Float(factor)))
      case .double: .double(statistics.gram.double.arranged(permutation, scaledBy: factor))
      }
    }
  }

  /// The factor of a Hessian that was changed after it was summed: rotated, scaled, or made up.
  ///
  /// - Parameters:
  ///   - hessian: H, symmetric, shape [in, in]; only its upper triangle is read.
  ///   - tokens: Over how many tokens it was summed, for messages.
  ///   - damping: What is added to the diagonal, and whether that may be raised.
  ///   - order: The order of the columns.
  ///   - method: Who asks, for messages.
  /// - Throws: As the other initializer; `.notFinite` naming an element of the diagonal.
  public init(
    hessian: DoubleMatrix, tokens: Int, damping: Damping = Damping(),
    order: ColumnOrder = .natural, for method: String = "gptq"
  ) throws(QuantizationError) {
    precondition(
      hessian.rows == hessian.columns, "a Hessian of \(hessian.rows) × \(hessian.columns)")
    let diagonal = hessian.diagonal
    if let channel = diagonal.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(
        name: "Hessian", row: channel, column: channel, value: Float(diagonal[channel]))
    }
    try self.init(
      diagonal: diagonal, tokens: tokens, damping: damping, order: order, method: method,
      precision: .double
    ) { .double(hessian.arranged($0, scaledBy: 1)) }
  }

  /// Factors, raising the damping where that is wanted.
  private init(
    diagonal: [Double], tokens: Int, damping: Damping, order: ColumnOrder, method: String,
    precision: InputStatistics.Precision, arranged: (_ permutation: [Int]?) -> Root
  ) throws(QuantizationError) {
    try damping.validate()
    columns = diagonal.count
    self.diagonal = diagonal
    deadColumns = diagonal.indices.filter { diagonal[$0] <= 0 }
    let filled = diagonal.map { $0 > 0 ? $0 : Self.deadDiagonal }
    permutation = try order.columns(forDiagonal: filled)
    let live = columns - deadColumns.count
    let mean = filled.reduce(0, +) / Double(columns)

    let elimination = Elimination(
      diagonal: permutation.map { filled[$0] },
      unit: precision == .single ? Double(Float.ulpOfOne) / 2 : Double.ulpOfOne / 2)
    let isNatural = permutation == Array(0..<columns)
    var share = damping.share
    var failure: Int?
    var narrow: Int?  // the pivot for which single precision was not enough
    while true {
      let added = share * mean
      var failed: Int?
      narrow = nil
      var factored = arranged(isNatural ? nil : permutation)
      switch factored {
      case .single(var matrix):
        factored = .double(DoubleMatrix(rows: 0, columns: 0, repeating: 0))  // the only owner
        failed = elimination.factor(&matrix, adding: added)
        factored = .single(matrix)
        if failed != nil, case .single(let again) = arranged(isNatural ? nil : permutation) {
          narrow = failed
          var wide = DoubleMatrix(again)
          failed = elimination.factor(&wide, adding: added)
          factored = .double(wide)
        }
      case .double(var matrix):
        factored = .single(Matrix(rows: 0, columns: 0, repeating: 0))
        failed = elimination.factor(&matrix, adding: added)
        factored = .double(matrix)
      }
      if failed == nil, share == 0, tokens < live {
        failed = elimination.smallest(of: factored.pivots)
      }
      guard let pivot = failed else {
        root = factored
        break
      }
      failure = failure ?? pivot
      guard damping.raises, let next = Damping.raised(share) else {
        // Of no other size than the others, or the rank's tolerance would follow it.
        let usual = diagonal.max().map { $0 > 0 ? $0 : 1 } ?? 1
        let wide = arranged(nil).widened(diagonal: diagonal, dead: usual)
        throw .pivotFailed(
          method: method, channel: permutation[pivot], columns: columns,
          rank: min(
            wide.semidefiniteRank(tolerance: 16 * elimination.unit) - deadColumns.count, tokens),
          tokens: tokens, dead: deadColumns.count, damping: share)
      }
      share = next
    }
    self.damping = share
    dampingAmount = share * mean
    var notes: [String] = []
    if let failure {
      notes.append(
        "damping raised from \(damping.share) to \(share) of the mean diagonal: the pivot of input "
          + "channel \(permutation[failure]) fails at \(damping.share), with \(tokens) tokens for "
          + "\(columns) input channels")
    }
    if let narrow {
      notes.append(
        "factored in double precision: in single precision the pivot of input channel "
          + "\(permutation[narrow]) fails at damping \(share)")
    }
    if !deadColumns.isEmpty {
      notes.append(
        "\(deadColumns.count) of \(columns) input channels are 0 in every token: their weights "
          + "become 0")
    }
    self.notes = notes
  }
}

extension HessianFactor {
  /// R, upper triangular, with H = R Rᵀ.
  ///
  /// - Returns: Shape [in, in], zeros below the diagonal.
  public func upperRoot() -> DoubleMatrix {
    switch root {
    case .single(let matrix): DoubleMatrix(matrix)
    case .double(let matrix): matrix
    }
  }

  /// U = R⁻¹, upper triangular, with H⁻¹ = Uᵀ U, in single precision.
  ///
  /// What GPTQ divides by (its diagonal) and spreads errors with (its rows). A third of d³
  /// multiplications.
  ///
  /// - Returns: Shape [in, in], zeros below the diagonal.
  public func inverseRoot() -> Matrix {
    switch root {
    case .single(var matrix):
      matrix.invertUpperTriangle()
      return matrix
    case .double(let matrix):
      var matrix = matrix
      matrix.invertUpperTriangle()
      return matrix.rounded()
    }
  }

  /// U as ``inverseRoot()``, in double precision.
  ///
  /// - Returns: Shape [in, in], zeros below the diagonal.
  public func doubleInverseRoot() -> DoubleMatrix {
    var result = upperRoot()
    result.invertUpperTriangle()
    return result
  }

  /// U̇ and D with H = (U̇ + I) D (U̇ + I)ᵀ: each column of R divided by its pivot, and pivots squared.
  ///
  /// What LDLQ feeds errors back with; no inverse is needed. Source: Chee et al. 2023,
  /// arXiv:2307.13304.
  ///
  /// - Returns: U̇ strictly upper triangular, shape [in, in], and the diagonal of D.
  public func feedback() -> (unit: Matrix, pivots: [Double]) {
    let root = upperRoot()
    let pivots = root.diagonal
    let unit = Matrix(rows: columns, columns: columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      root.withUnsafeBufferPointer { source in
        for row in 0..<columns {
          for column in 0..<columns {
            let place = row * columns + column
            target[place] = column > row ? Float(source[place] / pivots[column]) : 0
          }
        }
      }
    }
    return (unit, pivots.map { $0 * $0 })
  }

  /// A weight with its columns in ``permutation``'s order and zeros in the dead ones.
  ///
  /// - Parameter weight: Shape [out, in].
  /// - Returns: What a method starts from.
  public func arranged(_ weight: Matrix) -> Matrix {
    precondition(weight.columns == columns, "\(weight.columns) columns, a factor of \(columns)")
    let isDead = Set(deadColumns)
    if isDead.isEmpty, permutation == Array(0..<columns) { return weight }
    let sources = permutation.map { isDead.contains($0) ? -1 : $0 }
    return Matrix(rows: weight.rows, columns: columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      weight.withUnsafeBufferPointer { source in
        for start in stride(from: 0, to: weight.count, by: columns) {
          for (place, column) in sources.enumerated() {
            target[start + place] = column < 0 ? 0 : source[start + column]
          }
        }
      }
    }
  }
}

/// Factors one matrix and looks at its pivots.
private struct Elimination {
  /// The diagonal before damping, in the order of elimination, dead columns filled in.
  let diagonal: [Double]
  /// Half the distance between 1 and its neighbour, in what the matrix was summed in.
  let unit: Double

  /// A pivot this small beside its diagonal is rounding, not information.
  private var smallestShare: Double { 16 * unit }

  /// Adds to the diagonal and factors; the position of a pivot that fails.
  func factor(_ matrix: inout Matrix, adding: Double) -> Int? {
    for index in diagonal.indices { matrix[index, index] = Float(diagonal[index] + adding) }
    return matrix.factorIntoUpper() ?? unsound(matrix.diagonal.map { Double($0) }, adding: adding)
  }

  func factor(_ matrix: inout DoubleMatrix, adding: Double) -> Int? {
    for index in diagonal.indices { matrix[index, index] = diagonal[index] + adding }
    return matrix.factorIntoUpper() ?? unsound(matrix.diagonal, adding: adding)
  }

  /// The first column, in the order of elimination, whose pivot is as good as zero, or not a number.
  private func unsound(_ roots: [Double], adding: Double) -> Int? {
    roots.indices.last {
      !(roots[$0] * roots[$0] > smallestShare * (diagonal[$0] + adding) && roots[$0].isFinite)
    }
  }

  /// The column with the smallest pivot beside its diagonal.
  func smallest(of roots: [Double]) -> Int? {
    roots.indices.min {
      roots[$0] * roots[$0] * diagonal[$1] < roots[$1] * roots[$1] * diagonal[$0]
    }
  }
}

extension HessianFactor.Root {
  fileprivate var pivots: [Double] {
    switch self {
    case .single(let matrix): matrix.diagonal.map { Double($0) }
    case .double(let matrix): matrix.diagonal
    }
  }

  /// The matrix in double precision, both triangles, dead columns filled in.
  fileprivate func widened(diagonal: [Double], dead: Double) -> DoubleMatrix {
    var result: DoubleMatrix
    switch self {
    case .single(let matrix): result = DoubleMatrix(matrix)
    case .double(let matrix): result = matrix
    }
    result.mirrorUpperTriangle()
    for index in diagonal.indices where diagonal[index] <= 0 { result[index, index] = dead }
    return result
  }
}

extension Matrix {
  /// The upper triangle times a factor, rows and columns permuted alike.
  fileprivate func arranged(_ permutation: [Int]?, scaledBy factor: Float) -> Matrix {
    var result = self
    withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        arrangeUpper(source, into: target, size: rows, permutation: permutation, factor: factor)
      }
    }
    return result
  }
}

extension DoubleMatrix {
  fileprivate func arranged(_ permutation: [Int]?, scaledBy factor: Double) -> DoubleMatrix {
    var result = self
    withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        arrangeUpper(source, into: target, size: rows, permutation: permutation, factor: factor)
      }
    }
    return result
  }
}

/// Writes the upper triangle of a symmetric matrix of which only the upper triangle is known.
private func arrangeUpper<Scalar: BinaryFloatingPoint>(
  _ source: UnsafeBufferPointer<Scalar>, into target: UnsafeMutableBufferPointer<Scalar>, size: Int,
  permutation: [Int]?, factor: Scalar
) {
  guard let permutation else {
    for row in 0..<size {
      for place in row * size + row..<row * size + size { target[place] = source[place] * factor }
    }
    return
  }
  for row in 0..<size {
    let first = permutation[row]
    for column in row..<size {
      let second = permutation[column]
      target[row * size + column] =
        source[min(first, second) * size + max(first, second)] * factor
    }
  }
}
