public import Tensors

/// A random Hadamard-like rotation that leaves the mean of every vector alone: Q = B S Bᵀ, Q 1 = 1.
///
/// B is a Hadamard matrix over √n whose rows have signs such that its first column is 1/√n everywhere; S is
/// 1 there and a random sign elsewhere. So Q turns the space of vectors without a mean, and keeps the mean
/// itself: a layer norm of Q x is Q times the layer norm of x, which no other rotation gives. One loud
/// channel is spread over all of them, in parts that look normal, of size 1/√n.
///
/// Its own inverse. For a size without a Hadamard matrix ``init(size:seed:)`` takes a random orthogonal B
/// with that first column instead.
public struct MeanKeepingRotation: Rotation {
  /// The length of the vectors.
  public let size: Int
  /// S: 1, then 1 or −1 each.
  public let signs: [Float]
  /// Whether B is a Hadamard matrix.
  public let isHadamard: Bool
  /// B Sᵀ Bᵀ = Q, symmetric.
  private let wide: DoubleMatrix
  private let narrow: Matrix

  /// A rotation whose signs are drawn from a seed.
  ///
  /// - Parameters:
  ///   - size: The length of the vectors, 1 or more.
  ///   - seed: Which signs.
  public init(size: Int, seed: UInt64) {
    precondition(size > 0, "a rotation of size \(size)")
    var generator = SeededGenerator(seed: seed)
    let signs = (0..<size).map { index -> Float in
      let sign: Float = generator.next() >> 63 == 0 ? 1 : -1
      return index == 0 ? 1 : sign
    }
    let basis: DoubleMatrix
    if let hadamard = try? HadamardMatrix(order: size) {
      isHadamard = true
      basis = Self.basis(hadamard)
    } else {
      isHadamard = false
      basis = Self.basis(size, using: &generator)
    }
    self.size = size
    self.signs = signs
    let turned = basis.scalingColumns(by: signs.map(Double.init))
    wide = turned.multiplyingTransposed(basis)
    narrow = wide.rounded()
  }

  /// H/√n with the signs of its rows turned so that the first column is positive.
  private static func basis(_ hadamard: HadamardMatrix) -> DoubleMatrix {
    let size = hadamard.order
    let length = Double(size).squareRoot()
    var basis = DoubleMatrix(rows: size, columns: size, repeating: 0)
    basis.withUnsafeMutableBufferPointer { values in
      for row in 0..<size {
        let sign = Double(hadamard[row, 0]) / length
        for column in 0..<size {
          values[row * size + column] = sign * Double(hadamard[row, column])
        }
      }
    }
    return basis
  }

  /// An orthogonal matrix whose first column is 1/√n and whose others are random.
  private static func basis(_ size: Int, using generator: inout SeededGenerator) -> DoubleMatrix {
    var start = DoubleMatrix(rows: size, columns: size, repeating: 0)
    start.withUnsafeMutableBufferPointer { values in
      for row in 0..<size {
        values[row * size] = 1
        for column in 1..<max(1, size) { values[row * size + column] = generator.normal() }
      }
    }
    do {
      return try start.orthogonalFactor()  // its first column is the start's, of length 1
    } catch {
      preconditionFailure("\(error)")  // normal numbers are finite and, but for 2⁻⁵³, not singular
    }
  }

  /// Q in single precision.
  public var matrix: Matrix { narrow }

  /// Each row x becomes Q x.
  public func rotatingRows(of matrix: Matrix, threads: Int?) -> Matrix {
    matrix.multiplyingTransposed(narrow)
  }

  /// Each row y becomes Qᵀ y, which is Q y.
  public func rotatingRowsBack(of matrix: Matrix, threads: Int?) -> Matrix {
    matrix.multiplied(by: narrow)
  }

  /// Each row x becomes Q x, in double precision.
  public func rotatingRows(of matrix: DoubleMatrix, threads: Int?) -> DoubleMatrix {
    matrix.multiplyingTransposed(wide)
  }
}
