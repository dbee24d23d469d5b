public import Tensors

/// A shuffle, then the Kronecker product of two random rotations: Q = (A ⊗ B) P.
///
/// For n = p q, near a square, it costs p + q multiplications a number and is stored as p² + q²
/// numbers, where a dense rotation takes n and n². A prime n leaves one dense factor. Source: QuIP,
/// Chee et al. 2023, arXiv:2307.13304.
public struct KroneckerRotation: Rotation {
  /// The length of the vectors.
  public let size: Int
  /// p, the size of A, and q, the size of B: p ≤ q.
  public let factors: (outer: Int, inner: Int)
  /// P: which element of the vector comes to each place.
  public let order: [Int]
  private let places: [Int]
  private let outer: DenseRotation
  private let inner: DenseRotation

  /// A rotation drawn from a seed.
  ///
  /// - Parameters:
  ///   - size: The length of the vectors, 1 or more.
  ///   - seed: Which rotation.
  public init(size: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.init(size: size, using: &generator)
  }

  /// A rotation from the next numbers of a generator: the shuffle, A, then B.
  init(size: Int, using generator: inout SeededGenerator) {
    precondition(size > 0, "a rotation of size \(size)")
    let outerSize = Divisors.all(of: size).last { $0 * $0 <= size } ?? 1
    self.size = size
    factors = (outerSize, size / outerSize)
    var order = Array(0..<size)
    generator.shuffle(&order)
    var places = order
    for (place, element) in order.enumerated() { places[element] = place }
    self.order = order
    self.places = places
    outer = DenseRotation(randomOfSize: outerSize, using: &generator)
    inner = DenseRotation(randomOfSize: size / outerSize, using: &generator)
  }

  /// Each row x becomes (A ⊗ B) P x.
  public func rotatingRows(of matrix: Matrix, threads: Int?) -> Matrix {
    let pieces = matrix.selectingColumns(order)
      .reshaped(rows: matrix.rows * factors.outer, columns: factors.inner)
    let turned = inner.rotatingRows(of: pieces, threads: threads)
    return Self.acrossPieces(turned, rows: matrix.rows, factors) {
      outer.rotatingRows(of: $0, threads: threads)
    }
  }

  /// Each row y becomes Pᵀ (A ⊗ B)ᵀ y.
  public func rotatingRowsBack(of matrix: Matrix, threads: Int?) -> Matrix {
    let pieces = matrix.reshaped(rows: matrix.rows * factors.outer, columns: factors.inner)
    let turned = inner.rotatingRowsBack(of: pieces, threads: threads)
    return Self.acrossPieces(turned, rows: matrix.rows, factors) {
      outer.rotatingRowsBack(of: $0, threads: threads)
    }.selectingColumns(places)
  }

  /// Each row x becomes (A ⊗ B) P x, in double precision.
  public func rotatingRows(of matrix: DoubleMatrix, threads: Int?) -> DoubleMatrix {
    let size = size
    var pieces = DoubleMatrix(
      rows: matrix.rows * factors.outer, columns: factors.inner, repeating: 0)
    pieces.withUnsafeMutableBufferPointer { target in
      matrix.withUnsafeBufferPointer { source in
        for row in 0..<matrix.rows {
          for column in 0..<size {
            target[row * size + column] = source[row * size + order[column]]
          }
        }
      }
    }
    let turned = inner.rotatingRows(of: pieces, threads: threads)
    // Row by row p × q; its transpose has A's vectors as rows.
    var result = DoubleMatrix(
      rows: matrix.rows * factors.inner, columns: factors.outer, repeating: 0)
    Self.turnPieces(turned, into: &result, rows: matrix.rows, factors.outer, factors.inner)
    let mixed = outer.rotatingRows(of: result, threads: threads)
    var back = DoubleMatrix(rows: matrix.rows, columns: size, repeating: 0)
    Self.turnPieces(mixed, into: &back, rows: matrix.rows, factors.inner, factors.outer)
    return back
  }

  /// Two small matrices and the shuffle.
  public var storedForm: String { "kronecker" }

  /// A as `outer`, B as `inner`, P as `order`.
  public var storedParts: [LayerPart] {
    [
      LayerPart(
        "outer", shape: [factors.outer, factors.outer], .floats(outer.matrix.elements)),
      LayerPart(
        "inner", shape: [factors.inner, factors.inner], .floats(inner.matrix.elements)),
      LayerPart("order", shape: [size], .integers(order.map(Int32.init))),
    ]
  }

  /// Applies a map along the first factor: each row is p × q, and its columns are mapped.
  private static func acrossPieces(
    _ matrix: Matrix, rows: Int, _ factors: (outer: Int, inner: Int), _ map: (Matrix) -> Matrix
  ) -> Matrix {
    let (outer, inner) = factors
    func turned(_ source: Matrix, _ height: Int, _ width: Int, rows: Int, columns: Int) -> Matrix {
      source.withUnsafeBufferPointer { values in
        Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
          for start in Swift.stride(from: 0, to: values.count, by: height * width) {
            for row in 0..<height {
              for column in 0..<width {
                target[start + column * height + row] = values[start + row * width + column]
              }
            }
          }
        }
      }
    }
    let columns = turned(matrix, outer, inner, rows: rows * inner, columns: outer)
    return turned(map(columns), inner, outer, rows: rows, columns: outer * inner)
  }

  private static func turnPieces(
    _ source: DoubleMatrix, into target: inout DoubleMatrix, rows: Int, _ height: Int, _ width: Int
  ) {
    target.withUnsafeMutableBufferPointer { target in
      source.withUnsafeBufferPointer { values in
        for start in stride(from: 0, to: values.count, by: height * width) {
          for row in 0..<height {
            for column in 0..<width {
              target[start + column * height + row] = values[start + row * width + column]
            }
          }
        }
      }
    }
  }
}
