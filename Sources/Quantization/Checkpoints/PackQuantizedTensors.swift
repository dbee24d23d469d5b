/// The tensors of one linear layer in compressed-tensors' format `pack-quantized`.
///
/// Codes lie along the inputs, a stream of bits a row, and are stored from 0 up: q + 2^(b−1) of the signed q that
/// the format speaks of. Zero points are packed in the same way down the outputs; symmetric grids have none.
///
/// Releases of compressed-tensors before 0.2x put 32 div b codes in a word and left the rest of it empty, which
/// is the same for 1, 2, 4 and 8 bits. Both are read, told apart by the number of words; the stream is written.
public struct PackQuantizedTensors: Hashable, Sendable {
  /// Codes, [outputs, ⌈inputs · b / 32⌉].
  public let packed: [Int32]
  /// Scales, [outputs, groups].
  public let scales: [Float]
  /// Zero points, [⌈outputs · b / 32⌉, groups]; nil for symmetric grids.
  public let zeroPoints: [Int32]?
  /// The group of each input; nil where groups are runs.
  public let groupIndex: [Int32]?

  /// The words that a line of codes takes.
  ///
  /// - Parameters:
  ///   - count: Codes of a line.
  ///   - bits: The width of a code.
  /// - Returns: As a stream, and with 32 div b codes to a word.
  public static func words(_ count: Int, bits: Int) -> (stream: Int, spaced: Int) {
    ((count * bits + 31) / 32, (count + 32 / bits - 1) / (32 / bits))
  }

  /// Packs a layer.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - isSymmetric: Whether the zero points are left out, all being the middle code.
  /// - Throws: `AffineLayerError.notAffine` where they are left out and are not all that.
  public init(_ layer: AffineLayer, isSymmetric: Bool) throws(AffineLayerError) {
    if isSymmetric, !layer.isSymmetric {
      throw .notAffine(
        "its zero points are not all the middle code, as those of a symmetric grid are")
    }
    let (columns, groups, bits) = (layer.columns, layer.groupCount, layer.bits)
    let (codes, zeros) = (layer.codes, layer.zeros)
    let across = Self.words(columns, bits: bits).stream
    var packed = [Int32](repeating: 0, count: layer.rows * across)
    codes.withUnsafeBufferPointer { codes in
      for row in 0..<layer.rows {
        let words = CodeWords.streamed(count: columns, streams: 1, bits: bits) { column, _ in
          codes[row * columns + column]
        }
        for (place, word) in words.enumerated() {
          packed[row * across + place] = Int32(bitPattern: word)
        }
      }
    }
    self.packed = packed
    scales = layer.scales
    zeroPoints =
      isSymmetric
      ? nil
      : CodeWords.streamed(count: layer.rows, streams: groups, bits: bits) { row, group in
        zeros[row * groups + group]
      }.map(Int32.init(bitPattern:))
    groupIndex = layer.groupsAreRuns ? nil : layer.groupIndex.map(Int32.init)
  }

  /// Takes tensors that were read.
  ///
  /// - Parameters:
  ///   - packed: Codes.
  ///   - scales: Scales.
  ///   - zeroPoints: Zero points, where there are any.
  ///   - groupIndex: The group of each input, where groups are not runs.
  public init(packed: [Int32], scales: [Float], zeroPoints: [Int32]?, groupIndex: [Int32]?) {
    self.packed = packed
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.groupIndex = groupIndex
  }

  /// The layer again.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  /// - Returns: Codes, scales and zero points.
  /// - Throws: `AffineLayerError.malformed` where sizes do not agree.
  public func layer(bits: Int, rows: Int, columns: Int) throws(AffineLayerError) -> AffineLayer {
    guard (1...8).contains(bits), rows > 0, columns > 0 else {
      throw .malformed("codes of \(bits) bits for a weight of \(rows) × \(columns)")
    }
    let (across, down) = (Self.words(columns, bits: bits), Self.words(rows, bits: bits))
    let groups = scales.count / rows
    let isStream = packed.count == rows * across.stream
    let height = isStream ? down.stream : down.spaced
    guard isStream || packed.count == rows * across.spaced, groups > 0,
      scales.count == groups * rows, zeroPoints == nil || zeroPoints?.count == height * groups
    else {
      throw .malformed(
        "\(packed.count) words of codes, \(scales.count) scales and \(zeroPoints?.count ?? 0) words of zero "
          + "points do not make a weight of \(rows) × \(columns)")
    }
    let codeWords = packed.map(UInt32.init(bitPattern:))
    let width = codeWords.count / rows
    var codes = [UInt8](repeating: 0, count: rows * columns)
    codeWords.withUnsafeBufferPointer { words in
      for row in 0..<rows {
        let own = UnsafeBufferPointer(rebasing: words[row * width..<(row + 1) * width])
        for column in 0..<columns {
          codes[row * columns + column] = Self.code(own, column, 0, 1, bits, isStream)
        }
      }
    }
    var zeros = [UInt8](repeating: UInt8(1 << (bits - 1)), count: rows * groups)
    if let words = zeroPoints?.map(UInt32.init(bitPattern:)) {
      words.withUnsafeBufferPointer { words in
        for row in 0..<rows {
          for group in 0..<groups {
            zeros[row * groups + group] = Self.code(words, row, group, groups, bits, isStream)
          }
        }
      }
    }
    return try AffineLayer(
      bits: bits, rows: rows, columns: columns, codes: codes, scales: scales, zeros: zeros,
      groupIndex: groupIndex.map { $0.map(Int.init) })
  }

  /// One code of a line, in either layout.
  @inline(__always) private static func code(
    _ words: UnsafeBufferPointer<UInt32>, _ place: Int, _ line: Int, _ lines: Int, _ bits: Int,
    _ isStream: Bool
  ) -> UInt8 {
    if isStream {
      return CodeWords.code(words, place: place, stream: line, streams: lines, bits: bits)
    }
    let perWord = 32 / bits
    let word = words[place / perWord * lines + line]
    return UInt8(word >> UInt32(place % perWord * bits) & (1 << UInt32(bits) - 1))
  }
}
