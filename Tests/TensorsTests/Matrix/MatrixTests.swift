import Tensors
import Testing

/// Evidence: by hand, and by law.
struct MatrixTests {
  let two = Matrix([[1, 2], [3, 4]])

  @Test("a literal lies in memory row after row")
  func literal() {
    let wide = Matrix([[1, 2, 3], [4, 5, 6]])
    #expect(wide.rows == 2)
    #expect(wide.columns == 3)
    #expect(wide.elements == [1, 2, 3, 4, 5, 6])
    #expect(wide[1, 0] == 4)
    #expect(wide.row(1) == [4, 5, 6])
    #expect(wide.column(2) == [3, 6])
  }

  @Test("elements that do not fill the shape are refused with the numbers")
  func wrongCount() {
    #expect(throws: TensorError.elementCount(rows: 2, columns: 3, count: 5)) {
      try Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5])
    }
    #expect(throws: TensorError.invalidShape(rows: -1, columns: -5)) {
      try Matrix(rows: -1, columns: -5, elements: [1, 2, 3, 4, 5])
    }
    #expect(throws: TensorError.invalidShape(rows: .max, columns: 2)) {
      try Matrix(rows: .max, columns: 2, elements: [])
    }
    let text = "\(TensorError.elementCount(rows: 2, columns: 3, count: 5))"
    #expect(text == "a matrix of 2 × 3 holds 6 elements, 5 were given")
  }

  @Test("the product of two by two, by hand")
  func product() {
    // [1·5 + 2·7, 1·6 + 2·8], [3·5 + 4·7, 3·6 + 4·8]
    #expect(two * Matrix([[5, 6], [7, 8]]) == Matrix([[19, 22], [43, 50]]))
    #expect(two.multiplied(by: [10, 1]) == [12, 34])
    #expect(
      two.multiplyingTransposed(Matrix([[5, 7], [6, 8]])) == Matrix([[19, 22], [43, 50]]))
    #expect(
      Matrix([[1, 3], [2, 4]]).transposedMultiplied(by: two) == Matrix([[7, 10], [15, 22]]))
    #expect(two.gramOfRows() == Matrix([[5, 11], [11, 25]]))
    #expect(two.gramOfColumns() == Matrix([[10, 14], [14, 20]]))
  }

  @Test("element by element, by hand")
  func arithmetic() {
    #expect(two + two == 2 * two)
    #expect(two - two == Matrix(rows: 2, columns: 2, repeating: 0))
    #expect(-two == Matrix([[-1, -2], [-3, -4]]))
    #expect(two.elementwiseProduct(two) == Matrix([[1, 4], [9, 16]]))
    #expect(two.mapped { $0 + 1 } == Matrix([[2, 3], [4, 5]]))
    #expect(two.scalingRows(by: [2, 10]) == Matrix([[2, 4], [30, 40]]))
    #expect(two.scalingColumns(by: [2, 10]) == Matrix([[2, 20], [6, 40]]))
    var sum = two
    sum += two
    sum -= Matrix.identity(2)
    #expect(sum == Matrix([[1, 4], [6, 7]]))
  }

  @Test("measures, by hand")
  func measures() {
    let signed = Matrix([[3, -4], [0, 1]])
    #expect(signed.squaredFrobeniusNorm == 26)
    #expect(Matrix([[3, 4]]).frobeniusNorm == 5)
    #expect(signed.maximumDifference(from: two) == 6)  // |-4 - 2|
    #expect(signed.squaredDistance(to: two) == 4 + 36 + 9 + 9)
    #expect(signed.rowMaximumMagnitudes == [4, 1])
    #expect(signed.columnMaximumMagnitudes == [3, 4])
    #expect(signed.diagonal == [3, 1])
    #expect(signed.trace == 4)
    #expect(Matrix([[.nan]]).maximumDifference(from: Matrix([[0]])).isNaN)
  }

  @Test("parts and reorderings, by hand")
  func parts() {
    let three = Matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    #expect(three.rows(in: 1..<3) == Matrix([[4, 5, 6], [7, 8, 9]]))
    #expect(three.columns(in: 0..<2) == Matrix([[1, 2], [4, 5], [7, 8]]))
    #expect(three.selectingRows([2, 0]) == Matrix([[7, 8, 9], [1, 2, 3]]))
    #expect(three.selectingColumns([2, 2, 0]) == Matrix([[3, 3, 1], [6, 6, 4], [9, 9, 7]]))
    #expect(three.rows(in: 1..<1).rows == 0)
    var changed = three
    changed.setRow(0, to: [0, 0, 0])
    changed.setColumn(1, to: [9, 9, 9])
    changed[2, 2] = -1
    #expect(changed == Matrix([[0, 9, 0], [4, 9, 6], [7, 9, -1]]))
    #expect(three[0, 1] == 2)  // a copy is a value of its own
    changed.withUnsafeMutableRow(1) { $0[0] = 40 }
    #expect(changed.withUnsafeRow(1) { Array($0) } == [40, 9, 6])
  }

  @Test("sizes of zero are matrices too")
  func empty() {
    let none = Matrix(rows: 0, columns: 3, repeating: 1)
    #expect(none.isEmpty)
    #expect(none.transposed().rows == 3)
    // An inner size of zero is an empty sum.
    #expect(none.transposed() * none == Matrix(rows: 3, columns: 3, repeating: 0))
    #expect((none * Matrix.identity(3)).count == 0)
    #expect(none.gramOfColumns() == Matrix(rows: 3, columns: 3, repeating: 0))
    #expect(none.transposed().multiplied(by: []) == [0, 0, 0])
    #expect(none.frobeniusNorm == 0)
    #expect(Matrix([]) == Matrix(rows: 0, columns: 0, repeating: 0))
  }

  @Test("a small matrix prints in aligned columns with six digits")
  func description() {
    let text = Matrix([[1, -0.25], [1_000_000, 2.0 / 3]]).description
    #expect(text == "2 × 2\n[       1     -0.25 ]\n[ 1000000  0.666667 ]")
    #expect(
      Matrix([[1e-7, -1.5e20, 0, 123_456_792]]).description
        == "1 × 4\n[ 1e-7  -1.5e20  0  123457000 ]")
    #expect(
      Matrix([[.nan, .infinity, -.infinity, 0.1]]).description
        == "1 × 4\n[ nan  inf  -inf  0.1 ]")
    #expect(Matrix([[9.999_999, 0.000_123_456_7]]).description == "1 × 2\n[ 10  0.000123457 ]")
    #expect(Matrix(rows: 0, columns: 2, repeating: 0).description == "0 × 2")
  }

  @Test("a large matrix prints its corners")
  func largeDescription() {
    let lines = Matrix(rows: 9, columns: 20, repeating: 1).description.split(separator: "\n")
    #expect(lines.count == 1 + 4 + 1 + 3)
    #expect(lines[1] == "[ 1  1  1  1  …  1  1  1 ]")
    #expect(lines[5] == "[ …  …  …  …  …  …  …  … ]")
  }

  @Test("shapes that do not fit stop the program")
  func shapesMustFit() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix([[1, 2]]) * Matrix([[1, 2]])
    }
    await #expect(processExitsWith: .failure) {
      _ = Matrix([[1, 2]])[0, 2]
    }
  }

  @Test("by hand: the mean square of each column")
  func columnMeanSquares() {
    #expect(Matrix([[1, 2], [3, 0]]).columnMeanSquares == [5, 2])
    // 2²⁴ + 4 over 5; in single precision each added 1 would be lost.
    #expect(Matrix([[4096], [1], [1], [1], [1]]).columnMeanSquares == [3_355_444])
  }
}
