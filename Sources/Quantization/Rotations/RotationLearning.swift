public import Tensors

/// Learns a rotation that makes round-to-nearest cost less than a random one does.
///
/// What falls is the relative squared error of the turned weight and, where there are any, of the turned
/// activations: each group of a row, or each token, with its own asymmetric grid.
///
/// The gradient goes straight through the rounding, as if its slope were 1. Then a value's own share
/// cancels, and what is left is the step s = (max − min) / (2ᵇ − 1): dE/ds = 2 E / s, which is the slope
/// of E ∝ s² that rounding errors follow on average. So only the two ends of each grid pull, and the
/// rotation moves to where ranges are short. Each step is a Cayley transform, which leaves Q orthogonal
/// to the last digits. Without chance: the same start gives the same rotation.
///
/// Sources: SpinQuant, Liu et al. 2024, arXiv:2405.16406, whose loss is that of the whole network;
/// Cayley steps with momentum, Li et al. 2020, arXiv:2002.01113.
public struct RotationLearning: Sendable {
  /// Bits a weight.
  public var bits = 4
  /// Who shares a scale in the weight; 0 for the row.
  public var groupSize = 0
  /// Bits an activation.
  public var activationBits = 4
  /// How many steps.
  public var iterations = 100
  /// The length of the first step in the Frobenius norm of the change of Q; the last is near 0.
  public var stepLength = 1.0
  /// The share of the last direction that is kept.
  public var momentum = 0.9
  /// Told the share that is done.
  public var progress: (@Sendable (Double) -> Void)?

  /// A learner with 100 steps at 4 bits.
  public init() {}

  /// What was learned.
  public struct Learned: Sendable {
    /// Q with the least error that was met.
    public let rotation: DenseRotation
    /// The error of the start and after each step.
    public let errors: [Double]

    /// The least of ``errors``.
    public var leastError: Double { errors.min() ?? .nan }
  }

  /// Learns a rotation of a layer's inputs.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - activations: Xᵀ, shape [tokens, in]; a few hundred tokens are enough. nil for the weight alone.
  ///   - start: Where to begin, a ``HadamardRotation`` for example.
  /// - Returns: The rotation, and how the error fell; never worse than the start.
  /// - Throws: `QuantizationError.activationsDoNotMatch`, `.groupSizeDoesNotDivide`, `.bits`,
  ///   `.parameter`, `.notFinite`.
  public func learn(
    weight: Matrix, activations: Matrix? = nil, from start: any Rotation
  ) throws(QuantizationError) -> Learned {
    guard start.size == weight.columns, activations?.columns ?? start.size == start.size else {
      throw .activationsDoNotMatch(
        activationColumns: activations?.columns ?? start.size, weightColumns: weight.columns)
    }
    guard iterations >= 0 else {
      throw .parameter(name: "iterations", value: Double(iterations), expected: "0 or more")
    }
    try weight.requireFinite(named: "weight")
    try activations?.requireFinite(named: "activations")
    var turn = start.rotatingRows(of: DoubleMatrix.identity(start.size), threads: nil).transposed()
    var direction = DoubleMatrix(rows: start.size, columns: start.size, repeating: 0)
    var errors: [Double] = []
    var (best, least) = (turn, Double.infinity)
    for iteration in 0...iterations {
      let rotation = DenseRotation(turn)
      var (error, gradient) = try errorAndGradient(
        of: weight, bits: bits, groupSize: groupSize, turnedBy: rotation)
      if let activations {
        let (other, slope) = try errorAndGradient(
          of: activations, bits: activationBits, groupSize: 0, turnedBy: rotation)
        error += other
        gradient += slope
      }
      errors.append(error)
      if error < least { (least, best) = (error, turn) }
      if iteration == iterations { break }
      // G Qᵀ − Q Gᵀ: the part of the gradient along which Q stays orthogonal.
      let product = DoubleMatrix(gradient).multiplyingTransposed(turn)
      direction = Self.combined(direction, momentum, Self.skew(product), 1)
      let length = direction.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { break }
      let share = 1 - Double(iteration) / Double(iterations)
      turn = try Self.cayley(direction, step: stepLength * share / length).multiplied(by: turn)
      progress?(Double(iteration + 1) / Double(iterations))
    }
    return Learned(rotation: DenseRotation(best), errors: errors)
  }

  /// ‖Y − Q(Y)‖² / ‖Y‖² for Y = M Qᵀ, and its slope with respect to Q, straight through the rounding.
  private func errorAndGradient(
    of matrix: Matrix, bits: Int, groupSize: Int, turnedBy rotation: DenseRotation
  ) throws(QuantizationError) -> (error: Double, gradient: Matrix) {
    let size = groupSize == 0 ? matrix.columns : groupSize
    let turned = rotation.rotatingRows(of: matrix)
    let rounded = try turned.roundedToNearest(
      QuantizationScheme(bits: bits, symmetry: .asymmetric, granularity: .group(size))
    ).dequantized()
    let norm = matrix.squaredFrobeniusNorm
    guard norm > 0 else {
      return (0, Matrix(rows: matrix.columns, columns: matrix.columns, repeating: 0))
    }
    var total = 0.0
    var pulls = Matrix(rows: matrix.rows, columns: matrix.columns, repeating: 0)
    pulls.withUnsafeMutableBufferPointer { pulls in
      turned.withUnsafeBufferPointer { turned in
        rounded.withUnsafeBufferPointer { rounded in
          for start in stride(from: 0, to: turned.count, by: size) {
            var (lowest, highest, error) = (start, start, 0.0)
            for index in start..<start + size {
              if turned[index] < turned[lowest] { lowest = index }
              if turned[index] > turned[highest] { highest = index }
              let left = Double(turned[index] - rounded[index])
              error += left * left
            }
            total += error
            // s = (max − min) / (2ᵇ − 1), and 2 E / s · ds; an end that zero took over does not pull.
            let range = Double(max(turned[highest], 0)) - Double(min(turned[lowest], 0))
            guard range > 0 else { continue }
            let pull = Float(2 * error / range / norm)
            if turned[highest] > 0 { pulls[highest] += pull }
            if turned[lowest] < 0 { pulls[lowest] -= pull }
          }
        }
      }
    }
    return (total / norm, pulls.transposedMultiplied(by: matrix))
  }

  private static func skew(_ matrix: DoubleMatrix) -> DoubleMatrix {
    combined(matrix, 1, matrix.transposed(), -1)
  }

  private static func combined(
    _ left: DoubleMatrix, _ first: Double, _ right: DoubleMatrix, _ second: Double
  ) -> DoubleMatrix {
    var result = left
    result.withUnsafeMutableBufferPointer { values in
      right.withUnsafeBufferPointer { right in
        for index in values.indices {
          values[index] = first * values[index] + second * right[index]
        }
      }
    }
    return result
  }

  /// (I + S)⁻¹ (I − S) with S = step/2 · A skew: orthogonal, and I − step · A to first order.
  ///
  /// Written as (I − S)² (I + Sᵀ S)⁻¹, whose inverse is that of a positive definite matrix.
  private static func cayley(
    _ skew: DoubleMatrix, step: Double
  ) throws(QuantizationError) -> DoubleMatrix {
    let identity = DoubleMatrix.identity(skew.rows)
    let half = combined(identity, 1, skew, -step / 2)
    let square = skew.multiplyingTransposed(skew)
    let positive = combined(identity, 1, square, step * step / 4)
    do {
      return half.multiplied(by: half).multiplied(by: try positive.inverseFromCholesky())
    } catch {
      throw .parameter(name: "step length", value: step, expected: "less: \(error)")
    }
  }
}
