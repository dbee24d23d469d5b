import Tensors
import Testing

/// Evidence: by hand, by law, by second implementation, and by another framework (numpy).
struct CholeskyTests {
  /// A well-conditioned symmetric positive definite matrix.
  func positiveDefinite(_ size: Int, seed: UInt64) -> DoubleMatrix {
    let inputs = Matrix(rows: 3 * size, columns: size, drawnFrom: .normal(), seed: seed)
    var result = DoubleMatrix(rows: size, columns: size, repeating: 0)
    result.addGramOfColumns(of: inputs, scaledBy: 1 / Double(3 * size))
    return result
  }

  @Test("two by two, by hand")
  func byHand() throws {
    // L Lᵀ = [2, 0; 1, 2] [2, 1; 0, 2] = [4, 2; 2, 5]; its determinant is 16
    let matrix = Matrix([[4, 2], [2, 5]])
    #expect(try matrix.choleskyFactor() == Matrix([[2, 0], [1, 2]]))
    #expect(try matrix.choleskyFactor(.upper) == Matrix([[2, 1], [0, 2]]))
    #expect(
      try matrix.inverseFromCholesky() == Matrix([[5.0 / 16, -2.0 / 16], [-2.0 / 16, 4.0 / 16]]))
  }

  @Test("only the lower triangle is read")
  func lowerOnly() throws {
    #expect(try Matrix([[4, .nan], [2, 5]]).choleskyFactor() == Matrix([[2, 0], [1, 2]]))
  }

  @Test("a failure names the pivot and its value")
  func failure() {
    // The second pivot is 1 − 2·2/1 = −3.
    #expect(throws: TensorError.notPositiveDefinite(size: 2, pivot: 1, value: -3)) {
      try Matrix([[1, 2], [2, 1]]).choleskyFactor()
    }
    #expect(throws: TensorError.notPositiveDefinite(size: 2, pivot: 0, value: 0)) {
      try Matrix([[0, 0], [0, 1]]).inverseFromCholesky()
    }
    #expect(throws: TensorError.notSquare(rows: 1, columns: 2)) {
      try Matrix([[1, 2]]).choleskyFactor()
    }
    let text = "\(TensorError.notPositiveDefinite(size: 2, pivot: 1, value: -3))"
    #expect(text.contains("pivot 1 is -3.0") && text.contains("damping"))
  }

  @Test("NaN and infinity are refused where they stand")
  func notFinite() {
    #expect(throws: TensorError.notFinite(row: 1, column: 0, value: .infinity)) {
      try Matrix([[1, 0], [.infinity, 1]]).choleskyFactor()
    }
  }

  @Test("LAPACK agrees with the plain loops", arguments: [1, 2, 7, 65, 150])
  func againstReference(size: Int) throws {
    let matrix = positiveDefinite(size, seed: UInt64(size))
    let factor = try matrix.choleskyFactor()
    // Both are within about size · ε of the exact factor of a well-conditioned matrix of unit scale.
    let tolerance = 10 * Double(size) * 0x1p-52
    #expect(factor.maximumDifference(from: try matrix.choleskyFactorReference()) <= tolerance)
    #expect(factor.multiplyingTransposed(factor).maximumDifference(from: matrix) <= tolerance)
    #expect(try matrix.choleskyFactor(.upper) == factor.transposed())
  }

  @Test("LAPACK fails at the pivot where the plain loops fail", arguments: [5, 64, 130])
  func sameFailure(size: Int) throws {
    var matrix = positiveDefinite(size, seed: 11)
    let bad = size * 2 / 3
    matrix[bad, bad] = 0.01
    let expected = #expect(throws: TensorError.self) { try matrix.choleskyFactorReference() }
    let found = #expect(throws: TensorError.self) { try matrix.choleskyFactor() }
    guard case .notPositiveDefinite(_, bad, let one) = expected,
      case .notPositiveDefinite(_, bad, let other) = found
    else {
      Issue.record("\(String(describing: expected)), \(String(describing: found))")
      return
    }
    #expect(abs(one - other) <= 10 * Double(size) * 0x1p-52)
  }

  @Test("a matrix times its inverse is one", arguments: [1, 3, 40, 100])
  func inverse(size: Int) throws {
    let matrix = positiveDefinite(size, seed: 20)
    let inverse = try matrix.inverseFromCholesky()
    #expect(inverse == inverse.transposed())
    // The condition number is below (1 + √⅓)² / (1 − √⅓)² = 14; each element sums `size` products.
    let tolerance = 14 * 10 * Double(size) * 0x1p-52
    #expect(
      matrix.multiplied(by: inverse).maximumDifference(from: .identity(size)) <= tolerance)
  }

  struct Algebra: Decodable {
    let damped: [[Double]]
    let lower: [[Double]]
    let inverse: [[Double]]
    let upperOfInverse: [[Double]]
    let conditionNumber: Double
    let tolerance: Double
  }

  @Test("the factor, the inverse, and the factor of the inverse that GPTQ needs, as numpy has them")
  func numpy() throws {
    let golden = try Golden.load("algebra", as: Algebra.self)
    let matrix = DoubleMatrix(golden.damped)
    let tolerance = golden.tolerance * golden.conditionNumber
    #expect(
      try matrix.choleskyFactor().maximumDifference(from: DoubleMatrix(golden.lower)) <= tolerance)
    let inverse = try matrix.inverseFromCholesky()
    #expect(inverse.maximumDifference(from: DoubleMatrix(golden.inverse)) <= tolerance)
    #expect(
      try inverse.choleskyFactor(.upper)
        .maximumDifference(from: DoubleMatrix(golden.upperOfInverse)) <= tolerance)
  }

  @Test("triangles, by hand")
  func triangles() throws {
    let matrix = Matrix([[2, 1, 5], [4, 2, 6], [8, 7, 4]])
    #expect(matrix.triangle(.lower) == Matrix([[2, 0, 0], [4, 2, 0], [8, 7, 4]]))
    #expect(matrix.triangle(.upper) == Matrix([[2, 1, 5], [0, 2, 6], [0, 0, 4]]))
    // [2, 0, 0; 4, 2, 0; 8, 7, 4] [1; 2; 3] = [2; 8; 34]
    let right = Matrix([[2], [8], [34]])
    #expect(try matrix.solvingTriangle(.lower, for: right) == Matrix([[1], [2], [3]]))
    // [2, 1, 5; 0, 2, 6; 0, 0, 4] [1; 2; 3] = [19; 22; 12]
    let upperRight = Matrix([[19], [22], [12]])
    #expect(try matrix.solvingTriangle(.upper, for: upperRight) == Matrix([[1], [2], [3]]))
    #expect(throws: TensorError.singularTriangle(pivot: 1)) {
      try Matrix([[1, 0], [1, 0]]).solvingTriangle(.lower, for: Matrix([[1], [1]]))
    }
  }

  @Test("damping and scaling, by hand")
  func damping() {
    var matrix = DoubleMatrix([[1, 2], [3, 4]])
    matrix.addToDiagonal(0.5)
    matrix.scale(by: 2)
    #expect(matrix == DoubleMatrix([[3, 4], [6, 9]]))
    #expect(matrix.diagonal == [3, 9])
  }
}
