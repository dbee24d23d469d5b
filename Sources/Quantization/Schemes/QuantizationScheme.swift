public import Grids

/// Everything that decides how weights become codes: bits, symmetry, who shares a scale, and range.
///
/// A scheme is a description and can be built freely; using it on a matrix checks it against that
/// matrix's shape. Parameters are computed in Double and the scale is stored as a Float before any
/// code is computed, so that codes belong to the scale that is stored.
public struct QuantizationScheme: Hashable, Sendable {
  /// The width of a code, 1 to 8.
  public let bits: Int
  /// Whether the grid mirrors around zero.
  public let symmetry: Symmetry
  /// Who shares a scale.
  public let granularity: Granularity
  /// How the two ends of each grid are chosen.
  public let range: RangeChoice

  /// A scheme from its four parts.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8 (2 to 8 for the restricted symmetric grid).
  ///   - symmetry: Whether the grid mirrors around zero.
  ///   - granularity: Who shares a scale.
  ///   - range: How the ends of each grid are chosen.
  public init(
    bits: Int, symmetry: Symmetry = .asymmetric, granularity: Granularity = .group(128),
    range: RangeChoice = .minMax
  ) {
    self.bits = bits
    self.symmetry = symmetry
    self.granularity = granularity
    self.range = range
  }

  /// The plainest scheme: symmetric, restricted, min-max, one scale for each run in a row.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 2 to 8.
  ///   - groupSize: How many neighbours in a row share a scale; 0 for the whole row.
  public init(bits: Int, groupSize: Int) {
    self.init(bits: bits, symmetry: .symmetric(.restricted), granularity: .group(groupSize))
  }

  /// The integers that codes of this scheme may be.
  ///
  /// Precondition: the bits are possible for the symmetry, as ``validate(rows:columns:)`` checks.
  public var levels: IntegerGrid {
    switch symmetry {
    case .asymmetric, .symmetric(.full): .unsigned(bits: bits)
    case .symmetric(.restricted): .signed(bits: bits, restricted: true)
    case .symmetric(.fullSigned): .signed(bits: bits)
    }
  }

  /// Whether the grid mirrors around zero.
  public var isSymmetric: Bool { symmetry != .asymmetric }

  /// Checks that the scheme means something for a matrix of this shape.
  ///
  /// - Parameters:
  ///   - rows: The rows of the matrix.
  ///   - columns: The columns of the matrix.
  /// - Throws: `QuantizationError` for bits, a group or block that does not tile, or a range
  ///   parameter outside its meaning.
  public func validate(rows: Int, columns: Int) throws(QuantizationError) {
    _ = try layout(rows: rows, columns: columns)
  }

  /// The groups of a matrix of this shape, once the scheme is known to fit it.
  func layout(rows: Int, columns: Int) throws(QuantizationError) -> GroupLayout {
    let restricted = symmetry == .symmetric(.restricted)
    let allowed = (restricted ? 2 : 1)...8
    guard allowed.contains(bits) else {
      let who = restricted ? "the restricted symmetric grid" : "an integer grid"
      throw .bits(bits, allowed: allowed, who: who)
    }
    switch range {
    case .percentile(let percentage) where !(percentage > 0 && percentage <= 100):
      throw .parameter(name: "percentile", value: percentage, expected: "above 0, at most 100")
    case .meanSquaredError(let norm) where !(norm > 0 && norm.isFinite):
      throw .parameter(name: "norm", value: norm, expected: "a positive number")
    default:
      return try GroupLayout(granularity, rows: rows, columns: columns)
    }
  }

  /// The grid for a range: the one place that turns two ends into a scale and a zero point.
  func grid(lowest: Double, highest: Double) -> AffineGrid {
    isSymmetric
      ? AffineGrid(symmetric: max(-lowest, highest), as: levels)
      : AffineGrid(covering: min(lowest, 0)...max(highest, 0), as: levels)
  }
}
