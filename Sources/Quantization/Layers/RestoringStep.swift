public import Tensors

/// One step from the coordinates in which a weight was rounded back to the layer's own.
///
/// Methods that turn a weight before they round it leave codes of the turned weight. What undoes the
/// turn is part of the result, or nobody could rebuild Ŵ from the codes.
public enum RestoringStep: Sendable {
  /// Inputs were turned by Q: each row y becomes Qᵀ y.
  case inputs(any Rotation)
  /// Outputs were turned by Q: each column y becomes Qᵀ y.
  case outputs(any Rotation)
  /// Columns were multiplied by these numbers: each is divided by its own.
  case columnScales([Float])

  /// A matrix after this step.
  ///
  /// - Parameters:
  ///   - matrix: Shape [out, in].
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  public func applied(to matrix: Matrix, threads: Int? = nil) -> Matrix {
    switch self {
    case .inputs(let rotation): rotation.rotatingRowsBack(of: matrix, threads: threads)
    case .outputs(let rotation): rotation.rotatingColumnsBack(of: matrix, threads: threads)
    case .columnScales(let scales): matrix.scalingColumns(by: scales.map { 1 / $0 })
    }
  }

  /// The step in one word: the side, a colon, and what was done to it.
  var notation: String {
    switch self {
    case .inputs(let rotation): "inputs:" + rotation.storedForm
    case .outputs(let rotation): "outputs:" + rotation.storedForm
    case .columnScales: "columns:scales"
    }
  }

  /// What a reader needs to take it.
  var parts: [LayerPart] {
    switch self {
    case .inputs(let rotation), .outputs(let rotation): rotation.storedParts
    case .columnScales(let scales): [LayerPart("scales", shape: [scales.count], .floats(scales))]
    }
  }
}

extension RestoringStep: CustomStringConvertible {
  /// The step as files write it: `inputs:hadamard/128`.
  public var description: String { notation }
}
