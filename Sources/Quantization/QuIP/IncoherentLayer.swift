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
  ///     each column and its input carry; else S = I.
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
  /// or its inputs are zero.
  ///
  /// A column of almost nothing would get a scale that leaves H̃ without an inverse in floating point,
  /// whatever the damping: H̃ᵢᵢ = √(Hᵢᵢ ‖wᵢ‖²). So a column counts as no smaller than 10⁻⁶ of the root mean
  /// square of all.
  private static func scales(_ weight: Matrix, diagonal: [Double]) -> [Float] {
    var energy = [Double](repeating: 0, count: weight.columns)
    weight.withUnsafeBufferPointer { values in
      for (index, value) in values.enumerated() {
        energy[index % weight.columns] += Double(value) * Double(value)
      }
    }
    let least = smallestEnergy * energy.reduce(0, +) / Double(max(energy.count, 1))
    let raw = zip(diagonal, energy).map { curvature, energy in
      curvature > 0 && energy > 0 ? (curvature / max(energy, least)).squareRoot().squareRoot() : 0
    }
    let live = raw.filter { $0 > 0 }
    guard let most = live.max(), let fewest = live.min() else { return raw.map { _ in 1 } }
    let middle = (most * fewest).squareRoot()
    return raw.map { $0 > 0 ? Float($0 / middle) : 1 }
  }

  /// The share of the mean column's squares that every column is taken to have at least.
  private static let smallestEnergy = 1e-12
}
