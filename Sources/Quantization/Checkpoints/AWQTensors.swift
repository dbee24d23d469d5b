/// The tensors of one linear layer in a checkpoint of AWQ's format, version `gemm`.
///
/// Codes of four bits lie along the outputs, eight to a word of 32 bits, in an order that suits the product's
/// kernel: the word's nibbles, lowest first, hold outputs 0, 2, 4, 6, 1, 3, 5, 7 of its eight. Zero points are
/// packed alike and stored as they are.
///
/// Source: AutoAWQ, `modules/linear/gemm.py` and `utils/packing_utils.py`; Lin et al. 2023, arXiv:2306.00978.
public struct AWQTensors: Hashable, Sendable {
  /// Codes, [inputs, outputs / 8].
  public let qweight: [Int32]
  /// Zero points, [groups, outputs / 8].
  public let qzeros: [Int32]
  /// Scales, [groups, outputs].
  public let scales: [Float]

  /// The width of a code: the format has no other.
  public static let bits = 4
  /// Which of eight outputs each nibble of a word holds, the lowest nibble first.
  static let order = [0, 2, 4, 6, 1, 3, 5, 7]

  /// Refuses what the format has no place for.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - groupsAreRuns: Whether groups are runs of neighbours.
  ///   - rows: The number of outputs.
  /// - Throws: `AffineLayerError.malformed` for other widths and groups, `.doesNotTile` for other outputs.
  public static func check(
    bits: Int, groupsAreRuns: Bool, rows: Int
  ) throws(AffineLayerError) {
    guard bits == Self.bits else {
      throw .malformed("AWQ checkpoints hold codes of 4 bits, not \(bits)")
    }
    guard groupsAreRuns else {
      throw .malformed("AWQ checkpoints hold groups of neighbours, not act-order's")
    }
    guard rows % 8 == 0 else {
      throw .doesNotTile(
        "AWQ checkpoints pack eight outputs into a word, and \(rows) are no multiple of 8")
    }
  }

  /// Packs a layer.
  ///
  /// - Parameter layer: The layer: four bits, groups that are runs, a multiple of eight outputs.
  /// - Throws: `AffineLayerError.malformed` for other widths and groups, `.doesNotTile` for other outputs.
  public init(_ layer: AffineLayer) throws(AffineLayerError) {
    try Self.check(bits: layer.bits, groupsAreRuns: layer.groupsAreRuns, rows: layer.rows)
    let (rows, columns, groups) = (layer.rows, layer.columns, layer.groupCount)
    qweight = Self.packed(count: columns, outputs: rows) { layer.codes[$1 * columns + $0] }
    qzeros = Self.packed(count: groups, outputs: rows) { layer.zeros[$1 * groups + $0] }
    scales = (0..<groups).flatMap { group in
      (0..<rows).map { layer.scales[$0 * groups + group] }
    }
  }

  /// Takes tensors that were read.
  ///
  /// - Parameters:
  ///   - qweight: Codes, row after row.
  ///   - qzeros: Zero points; empty for grids whose zero is the middle code.
  ///   - scales: Scales.
  public init(qweight: [Int32], qzeros: [Int32], scales: [Float]) {
    self.qweight = qweight
    self.qzeros = qzeros
    self.scales = scales
  }

  /// The layer again.
  ///
  /// - Parameters:
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  /// - Returns: Codes, scales and zero points.
  /// - Throws: `AffineLayerError.malformed` where sizes do not agree.
  public func layer(rows: Int, columns: Int) throws(AffineLayerError) -> AffineLayer {
    let groups = rows > 0 ? scales.count / rows : 0
    guard rows > 0, columns > 0, rows % 8 == 0, qweight.count == columns * (rows / 8), groups > 0,
      scales.count == groups * rows, columns % groups == 0,
      qzeros.isEmpty || qzeros.count == groups * (rows / 8)
    else {
      throw .malformed(
        "\(qweight.count) words of codes, \(qzeros.count) of zero points and \(scales.count) scales do not "
          + "make a weight of \(rows) × \(columns)")
    }
    var codes = [UInt8](repeating: 0, count: rows * columns)
    for input in 0..<columns {
      for output in 0..<rows {
        codes[output * columns + input] = Self.code(qweight, input, output, outputs: rows)
      }
    }
    var zeros = [UInt8](repeating: 1 << (Self.bits - 1), count: rows * groups)
    var ordered = [Float](repeating: 0, count: scales.count)
    for group in 0..<groups {
      for output in 0..<rows {
        if !qzeros.isEmpty {
          zeros[output * groups + group] = Self.code(qzeros, group, output, outputs: rows)
        }
        ordered[output * groups + group] = scales[group * rows + output]
      }
    }
    return try AffineLayer(
      bits: Self.bits, rows: rows, columns: columns, codes: codes, scales: ordered, zeros: zeros)
  }

  /// Where an output's nibble is in its word: the inverse of ``order``.
  private static let places: [Int] = {
    var places = [Int](repeating: 0, count: 8)
    for (place, output) in order.enumerated() { places[output] = place }
    return places
  }()

  private static func packed(
    count: Int, outputs: Int, _ code: (_ line: Int, _ output: Int) -> UInt8
  ) -> [Int32] {
    var words = [UInt32](repeating: 0, count: count * outputs / 8)
    for line in 0..<count {
      for output in 0..<outputs {
        words[line * (outputs / 8) + output / 8] |=
          UInt32(code(line, output)) << UInt32(4 * places[output % 8])
      }
    }
    return words.map(Int32.init(bitPattern:))
  }

  @inline(__always) private static func code(
    _ words: [Int32], _ line: Int, _ output: Int, outputs: Int
  ) -> UInt8 {
    let word = UInt32(bitPattern: words[line * (outputs / 8) + output / 8])
    return UInt8(word >> UInt32(4 * places[output % 8]) & 15)
  }
}
