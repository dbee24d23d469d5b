public import Tensors

/// A layer turned on both sides, so that no weight and no direction of its inputs stands out.
///
/// W̃ = A (W S) Bᵀ and H̃ = B S⁻¹ H S⁻¹ Bᵀ, with A and B orthogonal and S diagonal: tr(E H Eᵀ) is the
/// same on both sides, so what is good for one is good for the other. Sources: Chee et al. 2023,
/// arXiv:2307.13304, algorithm 2; Tseng et al. 2024, arXiv:2402.04396, algorithm 3.
public struct IncoherentLayer: Sendable {
  /// W̃, shape [out, in].
  public let weight: Matrix
  /// H̃, damped, shape [in, in].
  public let hessian: DoubleMatrix
  /// The diagonal of S.
  public let columnScales: [Float]
  /// A, of the outputs.
  public let outputs: any Rotation
  /// B, of the inputs.
  public let inputs: any Rotation

  /// Turns a layer.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - hessian: H, damped, shape [in, in].
  ///   - outputs: A.
  ///   - inputs: B.
  ///   - rescales: Whether columns are scaled first by (diag H / diag WᵀW)^¼, which evens out how much
  ///     each column and its input carry (1 for a column that carries next to nothing); else S = I.
  ///   - threads: How many threads may take part.
  public init(
    weight: Matrix, hessian: DoubleMatrix, outputs: any Rotation, inputs: any Rotation,
    rescales: Bool, threads: Int? = nil
  ) {
    var (scaled, turned) = (weight, hessian)
    var scales = [Float](repeating: 1, count: weight.columns)
    if rescales {
      scales = Self.scales(weight, diagonal: hessian.diagonal)
      scaled = weight.scalingColumns(by: scales)
      let inverse = scales.map { 1 / Double($0) }
      turned = hessian.scalingColumns(by: inverse).transposed().scalingColumns(by: inverse)
    }
    columnScales = scales
    self.outputs = outputs
    self.inputs = inputs
    self.weight = outputs.rotatingColumns(
      of: inputs.rotatingRows(of: scaled, threads: threads), threads: threads)
    self.hessian = inputs.rotatingBothSides(of: turned, threads: threads)
  }

  /// A matrix in the turned coordinates, in the layer's own.
  ///
  /// - Parameters:
  ///   - matrix: Shape [out, in].
  ///   - threads: How many threads may take part.
  /// - Returns: Aᵀ M B S⁻¹.
  public func restored(_ matrix: Matrix, threads: Int? = nil) -> Matrix {
    restoring.reduce(matrix) { $1.applied(to: $0, threads: threads) }
  }

  /// The steps of ``restored(_:threads:)``, for who has nothing but codes.
  public var restoring: [RestoringStep] {
    let turns: [RestoringStep] = [.outputs(outputs), .inputs(inputs)]
    return columnScales.allSatisfy { $0 == 1 } ? turns : turns + [.columnScales(columnScales)]
  }

  /// (diag H / diag WᵀW)^¼, divided by its geometric middle so that nothing grows; 1 where a column
  /// or its inputs are as good as zero.
  ///
  /// H̃ᵢᵢ is √(Hᵢᵢ ‖wᵢ‖²), the root of what the column adds to the output. A column that adds next to nothing
  /// would leave H̃ as good as singular, whatever the damping, with errors driven far outside the grid.
  private static func scales(_ weight: Matrix, diagonal: [Double]) -> [Float] {
    var energy = [Double](repeating: 0, count: weight.columns)
    weight.withUnsafeBufferPointer { values in
      for (index, value) in values.enumerated() {
        energy[index % weight.columns] += Double(value) * Double(value)
      }
    }
    let added = zip(diagonal, energy).map { max($0, 0) * $1 }
    let least = smallestShare * added.reduce(0, +) / Double(max(added.count, 1))
    let raw = added.indices.map { column in
      added[column] > least ? (diagonal[column] / energy[column]).squareRoot().squareRoot() : 0
    }
    let live = raw.filter { $0 > 0 }
    guard let most = live.max(), let fewest = live.min() else { return raw.map { _ in 1 } }
    let middle = (most * fewest).squareRoot()
    return raw.map { $0 > 0 ? Float($0 / middle) : 1 }
  }

  /// The share of the mean column's part in the output from which a column is worth a scale: far below
  /// what eight bits lose, and 10⁻⁴ on H̃'s diagonal.
  private static let smallestShare = 1e-8
}
