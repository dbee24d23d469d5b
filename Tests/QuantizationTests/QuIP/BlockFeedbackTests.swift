import Quantization
import Tensors
import Testing

@Suite("Block LDL and feedback")
struct BlockFeedbackTests {
  struct Example: Decodable, Sendable {
    let weight: [Float]
    let hessian: [Double]
    let scale: Float
    let rounded: [Float]
    let loss: Double
    let plainLoss: Double
  }

  private func hessian(_ size: Int, seed: UInt64) -> DoubleMatrix {
    let inputs = Matrix(rows: 3 * size, columns: size, drawnFrom: .normal(), seed: seed)
    let mixed = inputs.multiplied(
      by: Matrix(rows: size, columns: size, drawnFrom: .normal(), seed: seed + 1))
    return DoubleMatrix(mixed.gramOfColumns())
  }

  @Test("by law: L D Lᵀ is H, L has identities on its diagonal", arguments: [1, 2, 8, 24, 40])
  func factors(blockSize: Int) throws {
    let hessian = hessian(24, seed: 1)
    let factors = try BlockLDL(hessian, blockSize: blockSize)
    let back = factors.lower.multiplied(by: factors.diagonal).multiplyingTransposed(factors.lower)
    let largest = hessian.elements.reduce(0) { max($0, abs($1)) }
    #expect(back.maximumDifference(from: hessian) < 1e-12 * largest)
    for row in 0..<24 {
      for column in 0..<24 where row / blockSize <= column / blockSize {
        #expect(factors.lower[row, column] == (row == column ? 1 : 0))
      }
    }
    #expect(factors.trace <= hessian.diagonal.reduce(0, +) * (1 + 1e-12))
  }

  @Test("by hand: two columns")
  func twoColumns() throws {
    // H = [4 2; 2 5]: pivot 4 first, L = [1 0; ½ 1], D = diag(4, 4).
    let factors = try BlockLDL(DoubleMatrix([[4, 2], [2, 5]]), blockSize: 1)
    #expect(factors.lower == DoubleMatrix([[1, 0], [0.5, 1]]))
    #expect(factors.diagonal == DoubleMatrix([[4, 0], [0, 4]]))
    // Second column first: 0.4 → 0, error 0.4; the first becomes 0.4 + 0.5 · 0.4 = 0.6 → 1.
    let rounded = roundedWithFeedbackReference(Matrix([[0.4, 0.4]]), factors: factors) {
      $0.map { $0.rounded() }
    }
    #expect(rounded == Matrix([[1, 0]]))
    // E = (−0.6, 0.4): 4 · 0.36 − 2 · 2 · 0.24 + 5 · 0.16 = 1.28; plain (0.4, 0.4): 2.08.
    let weight = Matrix([[0.4, 0.4]])
    let hessian = DoubleMatrix([[4, 2], [2, 5]])
    #expect(
      abs(proxyLoss(weight: weight, approximation: rounded, hessian: hessian) - 1.28) < 1e-6)
    let plain = Matrix([[0, 0]])
    #expect(abs(proxyLoss(weight: weight, approximation: plain, hessian: hessian) - 2.08) < 1e-6)
  }

  @Test("golden: numpy's block LDLQ with brute-force nearest points")
  func golden() throws {
    let golden = try Golden<Example>.load("../lattices/ldlq")
    for example in golden.cases {
      let weight = try Matrix(rows: 6, columns: 48, elements: example.weight)
      var hessian = DoubleMatrix(rows: 48, columns: 48, repeating: 0)
      for row in 0..<48 {
        for column in 0..<48 { hessian[row, column] = example.hessian[row * 48 + column] }
      }
      let scale = example.scale
      func round(_ target: [Float]) -> [Float] {
        let point = PaddedE8.point(PaddedE8.nearest(to: SIMD8(target) / scale)) * scale
        return (0..<8).map { point[$0] }
      }
      let factors = try BlockLDL(hessian, blockSize: 8)
      let rounded = roundedWithFeedbackReference(weight, factors: factors, round: round)
      let expected = try Matrix(rows: 6, columns: 48, elements: example.rounded)
      #expect(rounded.maximumDifference(from: expected) < Float(golden.tolerance))
      let loss = proxyLoss(weight: weight, approximation: rounded, hessian: hessian)
      #expect(abs(loss - example.loss) < 1e-4 * example.loss)
      #expect(example.loss < 0.8 * example.plainLoss)
    }
  }
}
