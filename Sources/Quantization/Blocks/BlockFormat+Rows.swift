public import Tensors

extension BlockFormat {
  /// The bytes of one row.
  ///
  /// - Parameters:
  ///   - values: A row; the block length divides it.
  ///   - importance: The importance of each value, mean x² of its input channel; nil for none. A format
  ///     that does not use any stores the same with it.
  /// - Returns: The row's blocks, one after the other.
  /// - Throws: `QuantizationError.empty`, `.notFinite`, `.blocksDoNotTileRow`,
  ///   `.countMismatch`, or `.importanceNegative`.
  public func encoded(
    _ values: [Float], importance: [Float]? = nil
  ) throws(QuantizationError) -> [UInt8] {
    try quantized(Matrix([values]), importance: importance, threads: 1).bytes
  }

  /// The bytes of one row, by the plain loops that explain the format; they judge ``encoded(_:importance:)``.
  ///
  /// - Parameters:
  ///   - values: A row; the block length divides it.
  ///   - importance: The importance of each value; nil for none.
  /// - Returns: The row's blocks, one after the other.
  /// - Throws: As ``encoded(_:importance:)``.
  public func encodedReference(
    _ values: [Float], importance: [Float]? = nil
  ) throws(QuantizationError) -> [UInt8] {
    try quantized(Matrix([values]), importance: importance, threads: 1, by: encodeRowReference)
      .bytes
  }

  /// The values of blocks, one after the other.
  ///
  /// - Parameter bytes: Whole blocks.
  /// - Returns: Their values; NaN and infinities where a scale is one.
  /// - Throws: `QuantizationError.countMismatch` for bytes that do not end with a block.
  public func decoded(_ bytes: [UInt8]) throws(QuantizationError) -> [Float] {
    try decoded(bytes, by: decodeRow)
  }

  /// The values of blocks, by the plain loops that judge ``decoded(_:)``.
  ///
  /// - Parameter bytes: Whole blocks.
  /// - Returns: Their values.
  /// - Throws: As ``decoded(_:)``.
  public func decodedReference(_ bytes: [UInt8]) throws(QuantizationError) -> [Float] {
    try decoded(bytes, by: decodeRowReference)
  }

  private func decoded(
    _ bytes: [UInt8], by decode: DecodeRow
  ) throws(QuantizationError) -> [Float] {
    let count = try values(in: bytes)
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      bytes.withUnsafeBufferPointer { bytes in
        if let start = bytes.baseAddress { decode(start, .init(rebasing: buffer[0..<count])) }
      }
      filled = count
    }
  }

  /// What blocks hold: the integers, and a scale and a zero for each run.
  ///
  /// - Parameter bytes: Whole blocks.
  /// - Returns: Codes, one a value, scales and zeros, one a ``runLength``.
  /// - Throws: `QuantizationError.countMismatch` for bytes that do not end with a block.
  public func unpacked(
    _ bytes: [UInt8]
  ) throws(QuantizationError) -> (codes: Codes, scales: [Float], zeros: [Float]) {
    let count = try values(in: bytes)
    var codes = [UInt8](repeating: 0, count: count)
    var scales = [Float](repeating: 0, count: count / runLength)
    var zeros = scales
    bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      codes.withUnsafeMutableBufferPointer { codes in
        scales.withUnsafeMutableBufferPointer { scales in
          zeros.withUnsafeMutableBufferPointer { zeros in
            guard let scales = scales.baseAddress, let zeros = zeros.baseAddress else { return }
            unpackRow(start, codes, scales, zeros)
          }
        }
      }
    }
    return (Codes(bytes: codes, isSigned: isSigned), scales, zeros)
  }

  private func values(in bytes: [UInt8]) throws(QuantizationError) -> Int {
    let blocks = bytes.count / bytesPerBlock
    guard blocks * bytesPerBlock == bytes.count else {
      throw .countMismatch(
        what: "bytes of \(name) blocks", found: bytes.count, expected: (blocks + 1) * bytesPerBlock)
    }
    return blocks * blockLength
  }
}

extension BlockFormat {
  /// Every row of a weight as blocks.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in]; the block length divides `in`.
  ///   - importance: The importance of each input channel, mean x²; nil for none.
  ///   - threads: How many threads share the rows; the bytes do not depend on it.
  ///   - progress: Told now and then what share is done, on the caller's thread.
  /// - Returns: The rows' bytes.
  /// - Throws: `QuantizationError.empty`, `.notFinite`, `.blocksDoNotTileRow`,
  ///   `.countMismatch`, or `.importanceNegative`.
  public func quantized(
    _ weight: Matrix, importance: [Float]? = nil, threads: Int? = nil,
    progress: (@Sendable (_ done: Double) -> Void)? = nil
  ) throws(QuantizationError) -> RowBlocks {
    try quantized(
      weight, importance: importance, threads: threads, progress: progress, by: encodeRow)
  }

  private func quantized(
    _ weight: Matrix, importance: [Float]?, threads: Int?,
    progress: (@Sendable (_ done: Double) -> Void)? = nil, by encode: EncodeRow
  ) throws(QuantizationError) -> RowBlocks {
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    // One pass that many values go through at a time; where it fails, another that finds the place.
    if !weight.withUnsafeBufferPointer(Self.areFinite) { try weight.requireFinite(named: "weight") }
    try requireTiling(columns: weight.columns)
    if let importance { try Self.check(importance, columns: weight.columns) }
    let size = bytesPerRow(columns: weight.columns)
    let threads = Parallel.threads(threads, elements: weight.count)
    let bytes = [UInt8](unsafeUninitializedCapacity: weight.rows * size) { bytes, filled in
      weight.withUnsafeBufferPointer { values in
        (importance ?? []).withUnsafeBufferPointer { weights in
          let weights = importance == nil ? nil : weights.baseAddress
          nonisolated(unsafe) let bytes = bytes
          // Without anybody to tell, all rows in one go; else a hundredth of them at a time.
          let stripe = progress == nil ? weight.rows : max(threads * 4, weight.rows / 100)
          for first in stride(from: 0, to: weight.rows, by: stripe) {
            let count = min(stripe, weight.rows - first)
            Parallel.split(count, threads: threads) { part in
              guard let start = bytes.baseAddress else { return }
              for row in part.lowerBound + first..<part.upperBound + first {
                let range = row * weight.columns..<(row + 1) * weight.columns
                encode(UnsafeBufferPointer(rebasing: values[range]), weights, start + row * size)
              }
            }
            progress?(Double(first + count) / Double(weight.rows))
          }
        }
      }
      filled = weight.rows * size
    }
    return RowBlocks(bytes: bytes, bytesPerRow: size)
  }

  /// What rows of blocks stand for.
  ///
  /// - Parameters:
  ///   - blocks: Rows of whole blocks.
  ///   - threads: How many threads share the rows.
  /// - Returns: One row of values a row of blocks.
  /// - Throws: `QuantizationError.countMismatch` for rows that do not end with a block.
  public func dequantized(
    _ blocks: RowBlocks, threads: Int? = nil
  ) throws(QuantizationError) -> Matrix {
    let across = blocks.bytesPerRow / bytesPerBlock
    guard across * bytesPerBlock == blocks.bytesPerRow else {
      throw .countMismatch(
        what: "bytes a row of \(name) blocks", found: blocks.bytesPerRow,
        expected: (across + 1) * bytesPerBlock)
    }
    let rows = blocks.bytes.count / blocks.bytesPerRow
    let columns = across * blockLength
    let threads = Parallel.threads(threads, elements: rows * columns)
    return Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      blocks.bytes.withUnsafeBufferPointer { bytes in
        nonisolated(unsafe) let values = values
        Parallel.split(rows, threads: threads) { part in
          guard let start = bytes.baseAddress else { return }
          for row in part {
            decodeRow(
              start + row * blocks.bytesPerRow,
              UnsafeMutableBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
          }
        }
      }
    }
  }

  /// Whether no value is a NaN or an infinity: their exponents are all ones.
  private static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    var most: UInt32 = 0
    for value in values { most = max(most, value.bitPattern & 0x7FFF_FFFF) }
    return most < 0x7F80_0000
  }

  /// Refuses importances of another width, and those that no mean of squares can be.
  static func check(_ importance: [Float], columns: Int) throws(QuantizationError) {
    guard importance.count == columns else {
      throw .countMismatch(
        what: "importances of input channels", found: importance.count, expected: columns)
    }
    for (column, value) in importance.enumerated() {
      guard value.isFinite else {
        throw .notFinite(name: "importance", row: 0, column: column, value: value)
      }
      guard value >= 0 else { throw .importanceNegative(column: column, value: value) }
    }
  }

  /// Refuses rows that are no whole number of blocks, and names formats that would take them.
  func requireTiling(columns: Int) throws(QuantizationError) {
    guard columns % blockLength == 0 else {
      throw .blocksDoNotTileRow(
        format: "gguf:" + name, blockLength: blockLength, columns: columns,
        alternatives: Self.all.filter { columns % $0.blockLength == 0 }.map { "gguf:" + $0.name })
    }
  }
}
