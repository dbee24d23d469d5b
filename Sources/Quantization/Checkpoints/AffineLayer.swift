internal import Grids
public import Tensors

/// A layer's weight as whole numbers on affine grids, w = scale × (code − zero), whichever method chose them.
///
/// What the checkpoint formats of other tools store: codes of b bits from 0 up, a scale and the code of real
/// zero for each row and group of inputs. Signed codes are moved up by 2^(b−1), which is the same grid.
public struct AffineLayer: Hashable, Sendable {
  /// The width of a code.
  public let bits: Int
  /// The number of outputs.
  public let rows: Int
  /// The number of inputs.
  public let columns: Int
  /// The codes, 0 to 2^b − 1, row after row.
  public let codes: [UInt8]
  /// The distance between codes, row after row, `groupCount` each; half-precision numbers.
  public let scales: [Float]
  /// The code of real zero, row after row, `groupCount` each.
  public let zeros: [UInt8]
  /// The group of each input.
  public let groupIndex: [Int]

  /// How many groups a row has.
  public let groupCount: Int

  /// A layer from its parts, checked.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  ///   - codes: Row after row.
  ///   - scales: Row after row, a group each.
  ///   - zeros: Row after row, a group each.
  ///   - groupIndex: The group of each input; nil for runs of equal length.
  /// - Throws: `AffineLayerError.malformed`.
  public init(
    bits: Int, rows: Int, columns: Int, codes: [UInt8], scales: [Float], zeros: [UInt8],
    groupIndex: [Int]? = nil
  ) throws(AffineLayerError) {
    guard (1...8).contains(bits) else {
      throw .malformed("codes of \(bits) bits; 1 to 8 are known")
    }
    guard rows > 0, columns > 0, codes.count == rows * columns else {
      throw .malformed("\(codes.count) codes for a weight of \(rows) × \(columns)")
    }
    guard scales.count == zeros.count, !scales.isEmpty, scales.count % rows == 0 else {
      throw .malformed("\(scales.count) scales and \(zeros.count) zero points for \(rows) rows")
    }
    let groups = scales.count / rows
    if groupIndex == nil, columns % groups != 0 {
      throw .malformed("\(groups) groups do not share out \(columns) inputs evenly")
    }
    let index = groupIndex ?? (0..<columns).map { $0 / (columns / groups) }
    guard index.count == columns, index.allSatisfy({ (0..<groups).contains($0) }) else {
      throw .malformed("the groups of \(columns) inputs are not among \(groups)")
    }
    let limit = 1 << bits
    guard codes.allSatisfy({ Int($0) < limit }), zeros.allSatisfy({ Int($0) < limit }) else {
      throw .malformed("a code or a zero point beyond \(limit - 1), the largest of \(bits) bits")
    }
    self.bits = bits
    self.rows = rows
    self.columns = columns
    self.codes = codes
    self.scales = scales
    self.zeros = zeros
    self.groupIndex = index
    groupCount = groups
  }

  /// Whether groups are runs of neighbours of equal length, so that nobody needs ``groupIndex``.
  public var groupsAreRuns: Bool {
    columns % groupCount == 0
      && groupIndex.indices.allSatisfy { groupIndex[$0] == $0 / (columns / groupCount) }
  }

  /// The inputs of a group, where all have as many.
  public var groupSize: Int { columns / groupCount }

  /// Whether real zero is the middle code everywhere, as in symmetric formats.
  public var isSymmetric: Bool { zeros.allSatisfy { Int($0) == 1 << (bits - 1) } }

  /// Ŵ: scale × (code − zero), shape [rows, columns].
  public var weight: Matrix {
    Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      for row in 0..<rows {
        for column in 0..<columns {
          let (place, group) = (row * columns + column, row * groupCount + groupIndex[column])
          target[place] = scales[group] * Float(Int(codes[place]) - Int(zeros[group]))
        }
      }
    }
  }
}

/// Why a layer is not one that a format of affine grids can hold.
public enum AffineLayerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Its parts do not fit together.
  case malformed(String)
  /// A method left more, or something else, than codes on affine grids.
  case notAffine(String)
  /// Sizes that a format's words of 32 bits do not tile.
  case doesNotTile(String)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .malformed(let reason), .notAffine(let reason), .doesNotTile(let reason): reason
    }
  }
}
