/// Why a layer is more, or something else, than codes on affine grids: what a reader of codes, scales and zero
/// points would miss.
public enum AffineObstacle: Hashable, Sendable, CustomStringConvertible {
  /// Rows of a GGUF type.
  case blocks
  /// A code for several weights.
  case vectors
  /// Levels from a table.
  case levels
  /// Zero points that are no codes.
  case realZeros
  /// Weights that are kept apart.
  case outliers
  /// Scales of the inputs.
  case inputScales
  /// A weight that was turned.
  case turned
  /// Scales that several rows share.
  case runs
  /// Two values with a gap of two between them.
  case signs

  /// What is in the way, as it follows the name of a layer.
  public var description: String {
    switch self {
    case .blocks: "it is rows of a GGUF type"
    case .vectors: "its codes stand for several weights at once"
    case .levels: "its levels are not evenly spaced: they come from a table"
    case .realZeros:
      "its zero points are real numbers, and the format stores codes: whole ones of a code's width"
    case .outliers: "it keeps some weights apart"
    case .inputScales: "its inputs are to be divided by scales of their own"
    case .turned: "its weight was turned, and is to be turned back"
    case .runs: "its scales run across rows"
    case .signs: "its codes are -1 and 1, and those of one bit on an even grid are neighbours"
    }
  }
}
