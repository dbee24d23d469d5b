import Quantization
import Tensors
import Testing

@Suite("Rotations")
struct RotationTests {
  static func rotations(_ size: Int) throws -> [any Rotation] {
    [
      try HadamardRotation(size: size, seed: 3),
      try HadamardRotation(size: size, seed: 3, blockwise: true),
      DenseRotation(randomOfSize: size, seed: 3),
      KroneckerRotation(size: size, seed: 3),
    ]
  }

  @Test("by law: undone, orthogonal, the same for doubles", arguments: [1, 2, 8, 12, 40, 64])
  func laws(size: Int) throws {
    let matrix = Matrix(rows: 5, columns: size, drawnFrom: .normal(), seed: 1)
    for rotation in try Self.rotations(size) {
      // Sums of n products of numbers near 1: n ε, and some room.
      let tolerance = Float(size) * 4e-7 + 1e-6
      let turned = rotation.rotatingRows(of: matrix)
      #expect(rotation.rotatingRowsBack(of: turned).maximumDifference(from: matrix) < tolerance)
      let gram = rotation.matrix.gramOfRows()
      #expect(gram.maximumDifference(from: .identity(size)) < tolerance)
      #expect(
        matrix.multiplyingTransposed(rotation.matrix).maximumDifference(from: turned) < tolerance)
      let wide = rotation.rotatingRows(of: DoubleMatrix(matrix), threads: nil).rounded()
      #expect(wide.maximumDifference(from: turned) < tolerance)
      let columns = rotation.rotatingColumns(of: matrix.transposed())
      #expect(columns.transposed() == turned)
      #expect(
        rotation.rotatingColumnsBack(of: columns).maximumDifference(from: matrix.transposed())
          < tolerance)
    }
  }

  @Test("by law: Q H Qᵀ is the Hessian of the rotated inputs, and the output is what it was")
  func hessian() throws {
    let weight = Matrix(rows: 9, columns: 48, drawnFrom: .normal(), seed: 2)
    let inputs = Matrix(rows: 60, columns: 48, drawnFrom: .normal(), seed: 3)
    var sums = InputStatistics(columns: 48, precision: .double)
    try sums.add(inputs)
    let output = inputs.multiplyingTransposed(weight)
    for rotation in try Self.rotations(48) {
      let turned = rotation.rotatingRows(of: inputs)
      var turnedSums = InputStatistics(columns: 48, precision: .double)
      try turnedSums.add(turned)
      let direct = rotation.rotatingBothSides(of: sums.hessian)
      #expect(direct.maximumDifference(from: turnedSums.hessian) < 1e-4)
      let changed = turned.multiplyingTransposed(rotation.rotatingRows(of: weight))
      let relative = (changed.squaredDistance(to: output) / output.squaredFrobeniusNorm)
        .squareRoot()
      #expect(relative < 1e-5)
    }
  }

  @Test("by hand: one outlier is spread over all coordinates in equal parts")
  func spreading() throws {
    var row = [Float](repeating: 0, count: 64)
    row[17] = 8
    let turned = try HadamardRotation(size: 64, seed: 1).rotatingRows(of: Matrix([row]))
    #expect(turned.elements.allSatisfy { abs($0) == 1 })
    let blocks = try HadamardRotation(size: 72, seed: 1, blockwise: true)
    #expect(blocks.blockSize == 72)  // 72 has a matrix, so blocks are not needed
    let cut = try HadamardRotation(size: 184, seed: 1, blockwise: true)  // 8 · 23 has none
    #expect(cut.blockSize == 8)
    #expect(try HadamardRotation(size: 45, seed: 1, blockwise: true).blockSize == 1)
  }

  @Test("by law: a seed decides, and the signs are balanced")
  func seeds() throws {
    let first = try HadamardRotation(size: 4_096, seed: 1)
    #expect(try HadamardRotation(size: 4_096, seed: 1).signs == first.signs)
    #expect(try HadamardRotation(size: 4_096, seed: 2).signs != first.signs)
    #expect(abs(first.signs.reduce(0, +)) < 5 * 64)  // five deviations of √4096
    #expect(KroneckerRotation(size: 12, seed: 1).factors == (3, 4))
    #expect(KroneckerRotation(size: 13, seed: 1).factors == (1, 13))
  }

  @Test("by second implementation: the Kronecker rotation is the product of its factors")
  func kronecker() throws {
    let rotation = KroneckerRotation(size: 6, seed: 4)
    // The matrix with its columns put back in order is A ⊗ B: blocks that are multiples of one B.
    let product = rotation.matrix.selectingColumns(rotation.order)
    let (outer, inner) = rotation.factors
    let corner = Matrix(rows: inner, columns: inner) { row, column in product[row, column] }
    for down in 0..<outer {
      for across in 0..<outer {
        let factor = product[down * inner, across * inner] / corner[0, 0]
        for row in 0..<inner {
          for column in 0..<inner {
            let found = product[down * inner + row, across * inner + column]
            #expect(abs(found - factor * corner[row, column]) < 1e-5)
          }
        }
      }
    }
  }

  @Test("by law: random rotations have no favourite direction")
  func evenness() {
    // Over seeds, the first element of Q has mean 0 and mean square 1/n.
    let first = (0..<400).map { Double(DenseRotation(randomOfSize: 4, seed: $0).matrix[0, 0]) }
    let mean = first.reduce(0, +) / 400
    let meanSquare = first.map { $0 * $0 }.reduce(0, +) / 400
    #expect(abs(mean) < 0.125)  // five deviations: 5 · 0.5 / √400
    #expect(abs(meanSquare - 0.25) < 0.055)  // 5 · 0.22 / √400
  }

  @Test("by hand and by law: incoherence")
  func incoherence() throws {
    #expect(Incoherence.ofWeight(Matrix([[1, -1], [1, 1]])) == 1)
    #expect(Incoherence.ofWeight(Matrix([[2, 0], [0, 0]])) == 2)
    #expect(Incoherence.ofWeight(Matrix([[0, 0]])) == 0)
    #expect(
      abs(try Incoherence.ofHessian(DoubleMatrix([[2, 0], [0, 1]])) - 2.squareRoot()) < 1e-12)
    #expect(abs(try Incoherence.ofHessian(DoubleMatrix([[2, 1], [1, 2]])) - 1) < 1e-12)
    // One huge weight of 128²: μ = 128 before, below its bound after.
    var weight = Matrix(rows: 128, columns: 128, drawnFrom: .normal(), seed: 5)
    weight[3, 70] = 1e5
    #expect(Incoherence.ofWeight(weight) > 100)
    let side = try HadamardRotation(size: 128, seed: 6)
    let turned = side.rotatingColumns(of: side.rotatingRows(of: weight))
    let bound = Incoherence.weightBound(rows: 128, columns: 128, failure: 0.01)
    #expect(Incoherence.ofWeight(turned) < bound)
    #expect(abs(bound - 2 * 15.69552) < 1e-4)  // ln(4 · 16384 / 0.01)
    var diagonal = DoubleMatrix.identity(128)
    for index in 0..<128 { diagonal[index, index] = Double(index + 1) }
    #expect(try Incoherence.ofHessian(diagonal) == 128.squareRoot())
    #expect(
      try Incoherence.ofHessian(side.rotatingBothSides(of: diagonal))
        < Incoherence.hessianBound(size: 128, failure: 0.01))
  }

  @Test("by law: learning only lowers the error, and the rotation stays orthogonal")
  func learning() throws {
    let weight = Matrix(rows: 32, columns: 32, drawnFrom: .studentT(degreesOfFreedom: 4), seed: 7)
    let inputs = Matrix(rows: 40, columns: 32, drawnFrom: .laplace(scale: 1), seed: 8)
    let start = try HadamardRotation(size: 32, seed: 9)
    var learning = RotationLearning()
    learning.iterations = 40
    let learned = try learning.learn(weight: weight, activations: inputs, from: start)
    #expect(learned.errors.count == 41)
    #expect(learned.leastError < 0.8 * learned.errors[0])
    let gram = learned.rotation.matrix.gramOfRows()
    #expect(gram.maximumDifference(from: .identity(32)) < 1e-5)
    let again = try learning.learn(weight: weight, activations: inputs, from: start)
    #expect(abs(again.leastError - learned.leastError) < 1e-6)
    learning.iterations = 0
    let none = try learning.learn(weight: weight, from: start)
    #expect(none.rotation.matrix.maximumDifference(from: start.matrix) < 1e-6)
    learning.iterations = -1
    #expect(throws: QuantizationError.self) { try learning.learn(weight: weight, from: start) }
    #expect(throws: QuantizationError.self) {
      try RotationLearning().learn(weight: weight, from: HadamardRotation(size: 16, seed: 1))
    }
    let zeros = Matrix(rows: 4, columns: 32, repeating: 0)
    #expect(try RotationLearning().learn(weight: zeros, from: start).leastError == 0)
  }
}
