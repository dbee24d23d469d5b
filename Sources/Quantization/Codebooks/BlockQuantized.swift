internal import CKernels
public import Tensors

/// A matrix as codes of a 16-level codebook and the largest magnitude of every block.
///
/// Blocks are runs of the row-major elements, as bitsandbytes cuts them: they cross from row to row
/// where the block size does not divide the columns, and the last may be short.
public struct BlockQuantized: Hashable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The levels.
  public let codebook: BlockCodebook
  /// How many elements share a scale.
  public let blockSize: Int
  /// One code an element, 0 to 15.
  public let codes: Codes
  /// What the levels of a block are multiplied by: its largest magnitude, or what is left of it.
  public let magnitudes: [Float]
  /// The magnitudes as stored, when they were quantized in turn.
  public let doubleQuantized: DoubleQuantizedScales?

  /// The real numbers: magnitude × level.
  public func dequantized() -> Matrix {
    Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      guard let values = values.baseAddress else { return }
      nibble_codebook16_decode(
        codes.bytes, codes.count, blockSize, codebook.table, magnitudes, values)
    }
  }

  /// The same codes with the magnitudes themselves quantized to eight bits.
  ///
  /// Saves 0.37 bits a weight at blocks of 64 and moves a magnitude by about 0.16 %.
  /// Source: Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, section 3.
  public func doublyQuantized() -> BlockQuantized {
    let stored = DoubleQuantizedScales(magnitudes)
    return BlockQuantized(
      rows: rows, columns: columns, codebook: codebook, blockSize: blockSize, codes: codes,
      magnitudes: stored.decoded(), doubleQuantized: stored)
  }

  /// What is stored: four bits a code, and 32 bits a magnitude or its double-quantized form.
  public var storage: StorageCost {
    let plain = StorageCost.Item("block magnitudes", count: magnitudes.count, bitsEach: 32)
    return StorageCost(
      weights: codes.count,
      items: [.init("codes", count: codes.count, bitsEach: 4)]
        + (doubleQuantized?.storageItems ?? [plain]))
  }

  /// The codes two to a byte, the first in the high half, as bitsandbytes files hold them.
  public func packed() -> PackedCodes {
    do {
      return try PackedCodes(codes, rows: 1, columns: codes.count, bits: 4, order: .highestFirst)
    } catch {
      preconditionFailure("\(error)")  // every code is below 16
    }
  }
}

extension Matrix {
  /// Stores each element as the nearest of 16 levels times the largest magnitude of its block.
  ///
  /// The arithmetic is bitsandbytes': the element times the float32 reciprocal of the magnitude (a
  /// last, shorter block divides), a tie to the lower level. A block of zeros has magnitude 0, but a
  /// last, shorter one is never given less than 10⁻³⁸.
  /// Source: Dettmers et al. 2023 (QLoRA), arXiv:2305.14314.
  ///
  /// - Parameters:
  ///   - codebook: The levels.
  ///   - blockSize: How many elements in row-major order share a magnitude.
  ///   - threads: How many threads to use; nil leaves it to the size of the matrix.
  /// - Returns: Codes and magnitudes.
  /// - Throws: `QuantizationError.notFinite` naming the element, `.empty`, `.sizeNotPositive`.
  public func quantizedInBlocks(
    _ codebook: BlockCodebook, blockSize: Int = 64, threads: Int? = nil
  ) throws(QuantizationError) -> BlockQuantized {
    guard count > 0 else { throw .empty(name: "matrix", rows: rows, columns: columns) }
    guard blockSize > 0 else { throw .sizeNotPositive(name: "block size", value: blockSize) }
    let blocks = (count - 1) / blockSize + 1
    let threads = Parallel.threads(threads, elements: count)
    let total = count
    var magnitudes = [Float](repeating: 0, count: blocks)
    let codes = [UInt8](unsafeUninitializedCapacity: count) { codes, filled in
      nibble_expect_writes(codes.baseAddress, total)
      magnitudes.withUnsafeMutableBufferPointer { magnitudes in
        withUnsafeBufferPointer { values in
          nonisolated(unsafe) let codes = codes
          nonisolated(unsafe) let magnitudes = magnitudes
          Parallel.split(blocks, threads: threads) { part in
            guard let values = values.baseAddress, let codes = codes.baseAddress,
              let magnitudes = magnitudes.baseAddress
            else { return }
            let start = part.lowerBound * blockSize
            let end = min(part.upperBound * blockSize, total)
            let stopped = nibble_codebook16_encode(
              values + start, end - start, blockSize, codebook.thresholds, codebook.order,
              codes + start, magnitudes + part.lowerBound)
            if stopped >= 0 { magnitudes[part.lowerBound + stopped] = -1 }
          }
        }
      }
      filled = total
    }
    // A magnitude below 0 is how a loop says that its block holds a NaN or an infinity.
    if magnitudes.contains(-1) { try requireFinite(named: "matrix") }
    return BlockQuantized(
      rows: rows, columns: columns, codebook: codebook, blockSize: blockSize,
      codes: Codes(bytes: codes, isSigned: false), magnitudes: magnitudes, doubleQuantized: nil)
  }

  /// Stores each element as the nearest of 16 levels of its block: the plain loops.
  ///
  /// Explains ``quantizedInBlocks(_:blockSize:threads:)`` and judges it, bit for bit.
  ///
  /// - Parameters:
  ///   - codebook: The levels.
  ///   - blockSize: How many elements in row-major order share a magnitude.
  /// - Returns: Codes and magnitudes.
  /// - Throws: What ``quantizedInBlocks(_:blockSize:threads:)`` throws.
  public func quantizedInBlocksReference(
    _ codebook: BlockCodebook, blockSize: Int = 64
  ) throws(QuantizationError) -> BlockQuantized {
    guard count > 0 else { throw .empty(name: "matrix", rows: rows, columns: columns) }
    guard blockSize > 0 else { throw .sizeNotPositive(name: "block size", value: blockSize) }
    try requireFinite(named: "matrix")
    var codes: [Int] = []
    var magnitudes: [Float] = []
    for start in stride(from: 0, to: count, by: blockSize) {
      let block = elements[start..<min(start + blockSize, count)]
      let magnitude = block.reduce(0) { max($0, $1.magnitude) }  // a = max |w|
      let divisor = max(magnitude, 1e-38)
      magnitudes.append(block.count == blockSize ? magnitude : divisor)
      let factor = 1 / divisor
      for value in block {
        codes.append(codebook.encode(block.count == blockSize ? value * factor : value / divisor))
      }
    }
    return BlockQuantized(
      rows: rows, columns: columns, codebook: codebook, blockSize: blockSize,
      codes: Codes(codes, isSigned: false), magnitudes: magnitudes, doubleQuantized: nil)
  }
}
