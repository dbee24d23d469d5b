public import Grids

/// A matrix as integers with a scale and a zero point for each group: value = scale × (code − zero).
///
/// What every affine method produces, whichever way it chose the codes. Scales and zero points are
/// listed group by group, groups row by row; with ``Granularity/group(_:)`` that is
/// `(rows, columns / groupSize)`.
public struct QuantizedMatrix: Hashable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// How the codes came about, and who shares a scale.
  public let scheme: QuantizationScheme
  /// The integers, row-major, zero point not subtracted.
  public let codes: Codes
  /// The distance between neighbouring codes, in weight units, one a group.
  public let scales: [Float]
  /// The code of real zero, one a group; all equal when the scheme is symmetric.
  public let zeroPoints: [Int]
  let layout: GroupLayout

  /// A quantized matrix from its parts, checked against each other.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - codes: One code an element, row-major.
  ///   - scales: One scale a group, positive and finite.
  ///   - zeroPoints: One zero point a group.
  ///   - scheme: Bits, symmetry and who shares a scale.
  /// - Throws: `QuantizationError.countMismatch`, `.scaleNotPositive`, `.codeOutsideGrid`, or what
  ///   the scheme's own validation throws.
  public init(
    rows: Int, columns: Int, codes: Codes, scales: [Float], zeroPoints: [Int],
    scheme: QuantizationScheme
  ) throws(QuantizationError) {
    let layout = try scheme.layout(rows: rows, columns: columns)
    guard codes.count == rows * columns else {
      throw .countMismatch(what: "codes", found: codes.count, expected: rows * columns)
    }
    guard scales.count == layout.count else {
      throw .countMismatch(what: "scales", found: scales.count, expected: layout.count)
    }
    guard zeroPoints.count == layout.count else {
      throw .countMismatch(what: "zero points", found: zeroPoints.count, expected: layout.count)
    }
    if let index = scales.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw .scaleNotPositive(value: scales[index], index: index)
    }
    let allowed = scheme.levels.range
    if let index = codes.firstIndex(where: { !allowed.contains($0) }) {
      throw .codeOutsideGrid(code: codes[index], index: index, allowed: allowed)
    }
    if let index = zeroPoints.firstIndex(where: { !allowed.contains($0) }) {
      throw .codeOutsideGrid(code: zeroPoints[index], index: index, allowed: allowed)
    }
    self.init(
      trusted: codes.bytes, scales: scales, zeroPoints: zeroPoints, scheme: scheme, layout: layout)
  }

  /// One row of signed codes, symmetric and restricted: what a test or a first example writes down.
  ///
  /// - Parameters:
  ///   - codes: The codes; their number is a multiple of the number of scales (a precondition).
  ///   - scales: One scale for each run of codes of equal length.
  ///   - bits: The width of a code.
  public init(codes: [Int8], scales: [Float], bits: Int = 4) {
    precondition(
      !scales.isEmpty && !codes.isEmpty && codes.count % scales.count == 0,
      "\(scales.count) scales do not share out \(codes.count) codes")
    let scheme = QuantizationScheme(bits: bits, groupSize: codes.count / scales.count)
    do {
      try self.init(
        rows: 1, columns: codes.count, codes: Codes(codes), scales: scales,
        zeroPoints: [Int](repeating: 0, count: scales.count), scheme: scheme)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// What a rounding loop made, which needs no second look.
  init(
    trusted bytes: [UInt8], scales: [Float], zeroPoints: [Int], scheme: QuantizationScheme,
    layout: GroupLayout
  ) {
    rows = layout.rows
    columns = layout.columns
    self.scheme = scheme
    codes = Codes(bytes: bytes, isSigned: scheme.levels.isSigned)
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.layout = layout
  }
}

extension QuantizedMatrix {
  /// How many groups lie side by side in a row.
  public var groupsAcross: Int { layout.groupsAcross }

  /// How many groups lie below each other in a column.
  public var groupsDown: Int { layout.groupsDown }

  /// The code of one element.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - column: The column.
  public subscript(row: Int, column: Int) -> Int { codes[row * columns + column] }

  /// The scale of one element's group.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - column: The column.
  /// - Returns: The scale, in weight units.
  public func scale(row: Int, column: Int) -> Float {
    scales[layout.group(row: row, column: column)]
  }

  /// The zero point of one element's group.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - column: The column.
  /// - Returns: The code of real zero.
  public func zeroPoint(row: Int, column: Int) -> Int {
    zeroPoints[layout.group(row: row, column: column)]
  }

  /// The grid that one element was rounded to.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - column: The column.
  /// - Returns: The grid of its group.
  public func grid(row: Int, column: Int) -> AffineGrid {
    let group = layout.group(row: row, column: column)
    return AffineGrid(scale: scales[group], zeroPoint: zeroPoints[group], as: scheme.levels)
  }

  /// What is stored: the codes, a 16-bit scale a group, and a zero point of `bits` bits a group.
  ///
  /// A symmetric grid's zero point is known beforehand and costs nothing. Scales are counted as
  /// 16-bit floats, which is how checkpoints store them, though they are kept here as 32-bit ones.
  public var storage: StorageCost {
    StorageCost(
      weights: rows * columns,
      items: [
        .init("codes", count: rows * columns, bitsEach: scheme.bits),
        .init("scales", count: scales.count, bitsEach: 16),
        .init(
          "zero points", count: scheme.isSymmetric ? 0 : zeroPoints.count, bitsEach: scheme.bits),
      ])
  }

  /// Everything stored, shared out among the weights: 4.125 for four bits, symmetric, groups of 128.
  public var bitsPerWeight: Double { storage.bitsPerWeight }

  /// The codes with no bits between them, as a file holds them.
  public func packed() -> PackedCodes {
    do {
      return try PackedCodes(codes, rows: rows, columns: columns, bits: scheme.bits)
    } catch {
      preconditionFailure("\(error)")  // the initializer has checked every code
    }
  }
}
