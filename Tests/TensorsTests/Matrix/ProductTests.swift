import Tensors
import Testing

/// Evidence: by second implementation (the plain loops judge the BLAS), by law, and by another
/// framework (numpy).
struct ProductTests {
  /// What a sum of k single-precision products may be off by: k + 1 roundings, each of at most
  /// 2⁻²⁴ of the sum of the absolute products.
  func tolerances(_ left: Matrix, _ right: Matrix) -> Matrix {
    Float(left.columns + 1) * 0x1p-24
      * left.mapped { abs($0) }.productReference(right.mapped { abs($0) })
  }

  func isWithin(_ tolerance: Matrix, _ found: Matrix, _ expected: Matrix) -> Bool {
    zip(tolerance.elements, zip(found.elements, expected.elements))
      .allSatisfy { abs($1.0 - $1.1) <= $0 }
  }

  @Test(
    "the BLAS agrees with the plain loops",
    arguments: [(1, 1, 1), (3, 5, 2), (17, 64, 33), (70, 129, 40), (1, 300, 7)])
  func products(rows: Int, inner: Int, columns: Int) {
    let left = Matrix(rows: rows, columns: inner, drawnFrom: .normal(), seed: 1)
    let right = Matrix(rows: inner, columns: columns, drawnFrom: .normal(), seed: 2)
    let expected = left.productReference(right)
    let tolerance = tolerances(left, right)
    #expect(isWithin(tolerance, left * right, expected))
    #expect(isWithin(tolerance, left.multiplyingTransposed(right.transposed()), expected))
    #expect(isWithin(tolerance, left.transposed().transposedMultiplied(by: right), expected))
    let vector = Matrix(rows: inner, columns: 1, drawnFrom: .normal(), seed: 3)
    let image = Matrix(rows: rows, columns: 1) { row, _ in
      left.multiplied(by: vector.elements)[row]
    }
    #expect(isWithin(tolerances(left, vector), image, left.productReference(vector)))
  }

  @Test("all pairs of rows and of columns", arguments: [(1, 4), (6, 3), (40, 70)])
  func grams(rows: Int, columns: Int) {
    let matrix = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 4)
    let turned = matrix.transposed()
    #expect(
      isWithin(tolerances(matrix, turned), matrix.gramOfRows(), matrix.gramOfRowsReference()))
    #expect(
      isWithin(
        tolerances(turned, matrix), matrix.gramOfColumns(), matrix.gramOfColumnsReference()))
    #expect(matrix.gramOfColumns() == matrix.gramOfColumns().transposed())  // exactly symmetric
    var sum = DoubleMatrix(rows: columns, columns: columns, repeating: 0)
    sum.addGramOfColumns(of: matrix, scaledBy: 0.5)
    sum.addGramOfColumns(of: matrix, scaledBy: 0.5)
    #expect(sum.rounded().maximumDifference(from: matrix.gramOfColumnsReference()) < 1e-5)
    #expect(sum == sum.transposed())
  }

  @Test("second moments of many tokens, widened in parts, are the sum of those of the parts")
  func gramInParts() {
    let tokens = Matrix(rows: 1_100, columns: 1_024, drawnFrom: .uniform(-1...1), seed: 10)
    var whole = DoubleMatrix(rows: 1_024, columns: 1_024, repeating: 0)
    whole.addGramOfColumns(of: tokens, scaledBy: 2)
    var parts = DoubleMatrix(rows: 1_024, columns: 1_024, repeating: 0)
    parts.addGramOfColumns(of: tokens.rows(in: 0..<500), scaledBy: 2)
    parts.addGramOfColumns(of: tokens.rows(in: 500..<1_100), scaledBy: 2)
    // 1,100 products of at most 2, summed in another order.
    #expect(whole.maximumDifference(from: parts) <= 1_100 * 2_200 * 0x1p-53)
    #expect(
      abs(
        whole[3, 7] - 2
          * zip(tokens.column(3), tokens.column(7)).reduce(0.0) {
            $0 + Double($1.0) * Double($1.1)
          }) <= 1_100 * 2_200 * 0x1p-53)
  }

  @Test("a transpose of any shape", arguments: [(1, 1), (1, 50), (33, 31), (64, 32), (100, 65)])
  func transposes(rows: Int, columns: Int) {
    let matrix = Matrix(rows: rows, columns: columns, drawnFrom: .uniform(-1...1), seed: 5)
    #expect(matrix.transposed() == matrix.transposedReference())
    #expect(matrix.transposed().transposed() == matrix)
  }

  @Test("(A B) C is A (B C), as far as rounding lets it")
  func associativity() {
    let first = Matrix(rows: 20, columns: 30, drawnFrom: .normal(), seed: 6)
    let second = Matrix(rows: 30, columns: 25, drawnFrom: .normal(), seed: 7)
    let third = Matrix(rows: 25, columns: 10, drawnFrom: .normal(), seed: 8)
    let absolute = first.mapped { abs($0) }.productReference(second.mapped { abs($0) })
      .productReference(third.mapped { abs($0) })
    // Two products, so the roundings of both inner sizes, on each side of the comparison.
    let tolerance = 2 * Float(30 + 25 + 2) * 0x1p-24 * absolute
    #expect(isWithin(tolerance, (first * second) * third, first * (second * third)))
  }

  struct Algebra: Decodable {
    let left: [[Float]]
    let right: [[Float]]
    let product: [[Double]]
    let inputs: [[Float]]
    let gram: [[Double]]
  }

  @Test("products as numpy computes them")
  func numpy() throws {
    let golden = try Golden.load("algebra", as: Algebra.self)
    let left = Matrix(golden.left)
    let right = Matrix(golden.right)
    let expected = DoubleMatrix(golden.product)
    #expect(isWithin(tolerances(left, right), left * right, expected.rounded()))
    let exact = DoubleMatrix(left).multiplied(by: DoubleMatrix(right))
    #expect(exact.maximumDifference(from: expected) < 1e-13)
    let inputs = Matrix(golden.inputs)
    var gram = DoubleMatrix(rows: 5, columns: 5, repeating: 0)
    gram.addGramOfColumns(of: inputs, scaledBy: 1)
    #expect(gram.maximumDifference(from: DoubleMatrix(golden.gram)) < 1e-13)
    let again = DoubleMatrix(inputs).transposed()
    #expect(
      again.multiplyingTransposed(again).maximumDifference(from: DoubleMatrix(golden.gram)) < 1e-13)
  }

  @Test("the number of BLAS threads can be set and changes no more than the last bits")
  func threads() async {
    // In a process of its own: the setting is the whole process's, and other tests multiply now.
    await #expect(processExitsWith: .success) {
      let tests = ProductTests()
      let matrix = Matrix(rows: 200, columns: 200, drawnFrom: .normal(), seed: 9)
      BLASThreads.count = 1
      #expect(BLASThreads.count == 1)
      let alone = matrix * matrix
      BLASThreads.count = 2
      #expect(tests.isWithin(2 * tests.tolerances(matrix, matrix), matrix * matrix, alone))
    }
  }
}
