import Quantization
import Tensors
import Testing

/// Evidence: by law.
struct MeanKeepingRotationTests {
  @Test(
    "orthogonal, its own inverse, and the vector of ones stays",
    arguments: [1, 2, 12, 14, 20, 64, 256])
  func laws(_ size: Int) {
    let rotation = MeanKeepingRotation(size: size, seed: 5)
    #expect(rotation.isHadamard == (size != 14))  // 14 is no multiple of 4
    let matrix = rotation.matrix
    // Sums of n products of single-precision numbers of size 1/√n: n · 2⁻²⁴ at most.
    let tolerance = Float(size) * 0x1p-23
    let identity = Matrix.identity(size)
    #expect(matrix.multiplyingTransposed(matrix).maximumDifference(from: identity) < tolerance)
    #expect(matrix.multiplied(by: matrix).maximumDifference(from: identity) < tolerance)
    let ones = rotation.rotatingRows(of: Matrix(rows: 1, columns: size, repeating: 1))
    #expect(ones.elements.allSatisfy { abs($0 - 1) < tolerance })
  }

  @Test("a layer norm of the turned is the turned layer norm")
  func layerNorm() {
    let rotation = MeanKeepingRotation(size: 64, seed: 1)
    let rows = Matrix(rows: 5, columns: 64, drawnFrom: .normal(mean: 3, deviation: 2), seed: 2)
    func normalized(_ matrix: Matrix) -> Matrix {
      let means = (0..<matrix.rows).map { matrix.row($0).mean }
      let lengths = (0..<matrix.rows).map { matrix.row($0).variance.squareRoot() }
      return Matrix(rows: matrix.rows, columns: 64) {
        Float((Double(matrix[$0, $1]) - means[$0]) / lengths[$0])
      }
    }
    let (one, other) = (
      normalized(rotation.rotatingRows(of: rows)), rotation.rotatingRows(of: normalized(rows))
    )
    // 64 products of single precision, on numbers up to 10.
    #expect(one.maximumDifference(from: other) < 1e-5)
  }

  @Test("one loud channel is spread out: no number is more than a few of the others")
  func spreading() {
    let rotation = MeanKeepingRotation(size: 256, seed: 3)
    let loud = rotation.rotatingRows(
      of: Matrix(rows: 1, columns: 256) { $1 == 17 ? 1 : 0 })
    // 256 numbers of mean square 1/256: 5/16 is five deviations.
    #expect(loud.elements.allSatisfy { abs($0) < 5 / 16 })
    #expect(abs(loud.squaredFrobeniusNorm - 1) < 1e-5)
  }

  @Test("seeds differ, and one is the same each time")
  func seeds() {
    let first = MeanKeepingRotation(size: 32, seed: 1)
    #expect(first.matrix == MeanKeepingRotation(size: 32, seed: 1).matrix)
    #expect(first.matrix != MeanKeepingRotation(size: 32, seed: 2).matrix)
  }
}
