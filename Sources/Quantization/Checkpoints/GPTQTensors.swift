/// The tensors of one linear layer in a checkpoint of GPTQ's format.
///
/// `qweight` is packed down the inputs and `qzeros` along the outputs, both lowest code first; `g_idx` names
/// each input's group. The first version of the format stores every zero point less one and adds it back on
/// reading, so that a zero point of 0 cannot be stored; the second stores it as it is.
public struct GPTQTensors: Hashable, Sendable {
  /// Which of the two, as `checkpoint_format` names it.
  public enum Version: String, Hashable, Sendable {
    /// Zero points less one.
    case first = "gptq"
    /// Zero points as they are.
    case second = "gptq_v2"
  }

  /// Codes, [inputs · b / 32, outputs].
  public let qweight: [Int32]
  /// Zero points, [groups, outputs · b / 32].
  public let qzeros: [Int32]
  /// Scales, [groups, outputs].
  public let scales: [Float]
  /// The group of each input.
  public let groupIndex: [Int32]

  /// The widths that readers of the format know.
  public static let widths = [2, 3, 4, 8]

  /// Refuses widths and sizes that the format has no words for.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  /// - Throws: `AffineLayerError.malformed` for a width, `.doesNotTile` for sizes that 32 does not divide.
  public static func check(bits: Int, rows: Int, columns: Int) throws(AffineLayerError) {
    guard widths.contains(bits) else {
      throw .malformed("GPTQ checkpoints hold codes of 2, 3, 4 or 8 bits, not \(bits)")
    }
    guard rows % 32 == 0, columns % 32 == 0 else {
      throw .doesNotTile(
        "GPTQ checkpoints pack codes into words of 32 bits, and \(rows) outputs by \(columns) inputs are not "
          + "both multiples of 32")
    }
  }

  /// Packs a layer.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - version: The format's version; the first takes zero points of 1 and more.
  /// - Throws: `AffineLayerError.doesNotTile` for sizes that 32 does not divide,
  ///   `.malformed` for other widths, `.notAffine` for a zero point the version has no word for.
  public init(_ layer: AffineLayer, version: Version) throws(AffineLayerError) {
    let (rows, columns, bits, groups) = (layer.rows, layer.columns, layer.bits, layer.groupCount)
    try Self.check(bits: bits, rows: rows, columns: columns)
    let offset: UInt8 = version == .first ? 1 : 0
    if offset == 1, layer.zeros.contains(0) {
      throw .notAffine(
        "a zero point of 0 cannot be stored less one; write gptq_v2, which stores it as it is")
    }
    let (codes, zeros) = (layer.codes, layer.zeros)
    qweight = codes.withUnsafeBufferPointer { codes in
      CodeWords.streamed(count: columns, streams: rows, bits: bits) { input, output in
        codes[output * columns + input]
      }.map(Int32.init(bitPattern:))
    }
    // A stream down one column is a row on its own, so a group's zeros are a stream of their own.
    var words: [Int32] = []
    for group in 0..<groups {
      words += CodeWords.streamed(count: rows, streams: 1, bits: bits) { output, _ in
        zeros[output * groups + group] - offset
      }.map(Int32.init(bitPattern:))
    }
    qzeros = words
    var scales = [Float](repeating: 0, count: groups * rows)
    for row in 0..<rows {
      for group in 0..<groups { scales[group * rows + row] = layer.scales[row * groups + group] }
    }
    self.scales = scales
    groupIndex = layer.groupIndex.map(Int32.init)
  }

  /// Takes tensors that were read.
  ///
  /// - Parameters:
  ///   - qweight: Codes, row after row.
  ///   - qzeros: Zero points.
  ///   - scales: Scales.
  ///   - groupIndex: The group of each input.
  public init(qweight: [Int32], qzeros: [Int32], scales: [Float], groupIndex: [Int32]) {
    self.qweight = qweight
    self.qzeros = qzeros
    self.scales = scales
    self.groupIndex = groupIndex
  }

  /// The layer again.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  ///   - version: The format's version.
  /// - Returns: Codes, scales and zero points; a stored zero point of all ones, less one, is 0.
  /// - Throws: `AffineLayerError.malformed` where sizes do not agree.
  public func layer(
    bits: Int, rows: Int, columns: Int, version: Version
  ) throws(AffineLayerError) -> AffineLayer {
    guard Self.widths.contains(bits) else {
      throw .malformed("codes of \(bits) bits; GPTQ checkpoints hold 2, 3, 4 or 8")
    }
    guard rows > 0, columns > 0, scales.count % rows == 0, rows * bits % 32 == 0,
      columns * bits % 32 == 0, qweight.count == columns * bits / 32 * rows,
      qzeros.count == scales.count / rows * (rows * bits / 32), groupIndex.count == columns
    else {
      throw .malformed(
        "\(qweight.count) words of codes, \(qzeros.count) of zero points, \(scales.count) scales and "
          + "\(groupIndex.count) group numbers do not make a weight of \(rows) × \(columns)")
    }
    let groups = scales.count / rows
    let words = qweight.map(UInt32.init(bitPattern:))
    let zeroWords = qzeros.map(UInt32.init(bitPattern:))
    var codes = [UInt8](repeating: 0, count: rows * columns)
    var zeros = [UInt8](repeating: 0, count: rows * groups)
    var ordered = [Float](repeating: 0, count: rows * groups)
    words.withUnsafeBufferPointer { words in
      for row in 0..<rows {
        for column in 0..<columns {
          codes[row * columns + column] = CodeWords.code(
            words, place: column, stream: row, streams: rows, bits: bits)
        }
      }
    }
    let mask = UInt8((1 << bits) - 1)
    let perGroup = rows * bits / 32
    zeroWords.withUnsafeBufferPointer { words in
      for group in 0..<groups {
        let own = UnsafeBufferPointer(rebasing: words[group * perGroup..<(group + 1) * perGroup])
        for row in 0..<rows {
          let stored = CodeWords.code(own, place: row, stream: 0, streams: 1, bits: bits)
          zeros[row * groups + group] = version == .first ? (stored &+ 1) & mask : stored
          ordered[row * groups + group] = scales[group * rows + row]
        }
      }
    }
    return try AffineLayer(
      bits: bits, rows: rows, columns: columns, codes: codes, scales: ordered, zeros: zeros,
      groupIndex: groupIndex.map(Int.init))
  }
}
