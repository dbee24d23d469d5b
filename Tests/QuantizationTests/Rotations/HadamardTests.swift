import Quantization
import Tensors
import Testing

@Suite("Hadamard matrices")
struct HadamardTests {
  struct Product: Decodable, Sendable {
    let order: Int
    let vector: [Float]
    let product: [Float]
    let transposed: [Float]
  }

  @Test("golden: scipy's and numpy's matrices times a vector, exactly")
  func products() throws {
    let golden = try Golden<Product>.load("../rotations/hadamard")
    for example in golden.cases {
      let matrix = try HadamardMatrix(order: example.order)
      let row = Matrix([example.vector])
      #expect(matrix.multiplyingRows(of: row).elements == example.product, "\(example.order)")
      #expect(
        matrix.multiplyingRows(of: row, transposed: true).elements == example.transposed)
      let wide = matrix.multiplyingRows(of: DoubleMatrix(row))
      #expect(wide.elements == example.product.map { Double($0) })
    }
  }

  /// Prime powers among them: 27, 9, 25, 49, 343; and products of two matrices that are no power of two.
  static let orders = [1, 2, 4, 8, 12, 20, 24, 28, 36, 40, 44, 52, 60, 76, 100, 108, 128, 344, 720]

  @Test("by law: H Hᵀ = n I, and every element is 1 or −1", arguments: orders)
  func orthogonal(order: Int) throws {
    let hadamard = try HadamardMatrix(order: order)
    let matrix = hadamard.matrix
    #expect(matrix.elements.allSatisfy { $0 == 1 || $0 == -1 })
    #expect(matrix.gramOfRows() == Float(order) * Matrix.identity(order))  // whole numbers: exact
  }

  @Test("by second implementation: the fast product is that of the elements", arguments: orders)
  func fastProduct(order: Int) throws {
    let hadamard = try HadamardMatrix(order: order)
    var generator = SeededGenerator(seed: UInt64(order))
    let matrix = Matrix(rows: 3, columns: order) { _, _ in Float(generator.below(100)) }
    #expect(
      hadamard.multiplyingRows(of: matrix) == matrix.multiplyingTransposed(hadamard.matrix))
    #expect(
      hadamard.multiplyingRows(of: matrix, transposed: true)
        == matrix.multiplied(by: hadamard.matrix))
    #expect(
      hadamard.multiplyingRows(of: matrix, threads: 3) == hadamard.multiplyingRows(of: matrix))
  }

  @Test("by hand: which construction an order has")
  func constructions() {
    #expect(HadamardConstruction(order: 64) == .sylvester(order: 64))
    #expect(HadamardConstruction(order: 12) == .paleyFirst(fieldOrder: 11))
    #expect(HadamardConstruction(order: 28) == .paleyFirst(fieldOrder: 27))  // 27 = 3³
    #expect(HadamardConstruction(order: 36) == .paleySecond(fieldOrder: 17))
    #expect(
      HadamardConstruction(order: 96)
        == .product(.sylvester(order: 8), .paleyFirst(fieldOrder: 11)))
    // 11,008 = 2⁸ · 43: neither 171 nor 85 is a prime power, but 344 = 7³ + 1.
    #expect(
      HadamardConstruction(order: 11_008)
        == .product(.sylvester(order: 32), .paleyFirst(fieldOrder: 343)))
    #expect(HadamardConstruction(order: 11_008)?.description == "Sylvester 32 ⊗ Paley I (q = 343)")
  }

  @Test("by hand: orders that no construction reaches")
  func missing() {
    let reached = HadamardConstruction.orders(in: 1...200)
    let multiples = (1...50).map { 4 * $0 }
    #expect(multiples.filter { !reached.contains($0) } == [92, 116, 156, 172, 184, 188])
    #expect(reached.filter { $0 % 4 != 0 } == [1, 2])
    #expect(HadamardConstruction(order: 0) == nil)
    #expect(HadamardConstruction(order: -4) == nil)
    #expect(HadamardConstruction(order: 6) == nil)
    #expect(HadamardConstruction(order: 45) == nil)
  }

  @Test("by hand: a refusal names the nearest orders")
  func refusal() throws {
    #expect(
      throws: QuantizationError.noHadamardMatrix(order: 18, name: "order", below: 16, above: 20)
    ) {
      try HadamardMatrix(order: 18)
    }
    do {
      _ = try HadamardRotation(size: 172, seed: 0, name: "input channels:")
    } catch {
      #expect(
        error.description
          == "no Hadamard matrix is known here for input channels: 172; the nearest that have one "
          + "are 168 and 176: pad to 176, or ask for a rotation in blocks (blockwise) of 4, the "
          + "largest power of two that divides it; a dense or a Kronecker rotation has any size")
      #expect(error.kind == .usage)
    }
    #expect(
      throws: QuantizationError.noHadamardMatrix(order: 0, name: "order", below: nil, above: 1)
    ) {
      try HadamardMatrix(order: 0)
    }
  }
}
