public import Tensors

/// The tensors of one linear layer in a checkpoint of bitsandbytes' 4-bit formats, NF4 and FP4.
///
/// The weight is flattened row after row and cut into blocks that may cross rows, each with the largest
/// magnitude in it; a byte holds two codes, the first in its upper half. Magnitudes may be quantized once
/// more: codes of eight bits of a table of their own, blocks of 256, from which their mean was taken.
///
/// Source: bitsandbytes, `functional.py`; Dettmers et al. 2023, arXiv:2305.14314, section 3.
public struct BitsAndBytesTensors: Hashable, Sendable {
  /// The magnitude of each block.
  public enum Magnitudes: Hashable, Sendable {
    /// As they are.
    case plain([Float])
    /// Codes, what each code stands for, a magnitude for each block of codes, and the mean that is added.
    case nested(codes: [UInt8], table: [Float], magnitudes: [Float], blockSize: Int, offset: Float)
  }

  /// Two codes a byte, the first in the upper half.
  public let packed: [UInt8]
  /// The magnitude of each block.
  public let magnitudes: Magnitudes
  /// What the sixteen codes stand for.
  public let table: [Float]
  /// How many neighbours share a magnitude.
  public let blockSize: Int

  /// Packs what `nf4` or `fp4` made of a layer.
  ///
  /// Magnitudes are stored as they are; those that were quantized once more as what they stand for.
  ///
  /// - Parameter result: What the method made.
  /// - Throws: `AffineLayerError.notAffine` for another method's result, `.doesNotTile` for a block size that
  ///   the format does not know.
  public init(_ result: LayerResult) throws(AffineLayerError) {
    let isPlain =
      result.blocks == nil && result.outliers == nil && result.inputScales == nil
      && result.restoring.isEmpty
    let size = result.scaleRun ?? result.dequantized.columns / max(1, result.scales.columns)
    try Self.check(kind: isPlain ? result.levels.flatMap(Self.kind) : nil, blockSize: size)
    let levels = result.levels ?? []
    let codes = Array(result.codes)
    var packed = [UInt8](repeating: 0, count: (codes.count + 1) / 2)
    for (place, code) in codes.enumerated() {
      packed[place / 2] |= UInt8(truncatingIfNeeded: code & 15) << (place % 2 == 0 ? 4 : 0)
    }
    self.init(
      packed: packed, magnitudes: .plain(result.scales.elements), table: levels, blockSize: size)
    let weight = try weight(rows: result.dequantized.rows, columns: result.dequantized.columns)
    guard weight == result.dequantized else {
      throw .notAffine("its numbers are not what its codes and magnitudes stand for")
    }
  }

  /// Refuses what the format has no place for.
  ///
  /// - Parameters:
  ///   - kind: What bitsandbytes calls the levels; nil for others, or where there is more than levels.
  ///   - blockSize: How many neighbours share a magnitude.
  /// - Throws: `AffineLayerError.notAffine` without a kind, `.doesNotTile` for a block size that the format does
  ///   not know.
  public static func check(kind: String?, blockSize: Int) throws(AffineLayerError) {
    guard kind != nil else {
      throw .notAffine("the format holds the levels of nf4 and fp4 alone, a magnitude a block")
    }
    guard blockSizes.contains(blockSize) else {
      throw .doesNotTile(
        "bitsandbytes knows blocks of \(blockSizes.map(String.init).joined(separator: ", ")), not of \(blockSize)"
      )
    }
  }

  /// What bitsandbytes calls the levels: `nf4` or `fp4`; nil for others.
  public var kind: String? { Self.kind(of: table) }

  private static func kind(of levels: [Float]) -> String? {
    [BlockCodebook.normalFloat4, .float4BitsAndBytes].first { $0.table == levels }?.name
  }

  /// The block sizes that bitsandbytes' functions have.
  public static let blockSizes = [32, 64, 128, 256, 512, 1024, 2048, 4096]

  /// Takes tensors that were read.
  ///
  /// - Parameters:
  ///   - packed: Two codes a byte.
  ///   - magnitudes: The magnitude of each block.
  ///   - table: What the sixteen codes stand for.
  ///   - blockSize: How many neighbours share a magnitude.
  public init(packed: [UInt8], magnitudes: Magnitudes, table: [Float], blockSize: Int) {
    self.packed = packed
    self.magnitudes = magnitudes
    self.table = table
    self.blockSize = blockSize
  }

  /// The magnitude of each block, as a product uses it.
  ///
  /// - Parameter count: How many there must be.
  /// - Returns: One number a block.
  /// - Throws: `AffineLayerError.malformed` where sizes do not agree.
  func absoluteMaxima(count: Int) throws(AffineLayerError) -> [Float] {
    switch magnitudes {
    case .plain(let values):
      guard values.count == count else {
        throw .malformed("\(values.count) magnitudes for \(count) blocks")
      }
      return values
    case .nested(let codes, let table, let magnitudes, let blockSize, let offset):
      guard codes.count == count, table.count == 256, blockSize > 0,
        magnitudes.count == (count + blockSize - 1) / blockSize
      else {
        throw .malformed(
          "\(codes.count) codes of magnitudes with a table of \(table.count) and \(magnitudes.count) magnitudes "
            + "of their own, in blocks of \(blockSize), for \(count) blocks")
      }
      return codes.enumerated().map { place, code in
        table[Int(code)] * magnitudes[place / blockSize] + offset
      }
    }
  }

  /// The weight: a block's magnitude times what a code stands for.
  ///
  /// - Parameters:
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  /// - Returns: The values, (rows, columns).
  /// - Throws: `AffineLayerError.malformed` where sizes do not agree.
  public func weight(rows: Int, columns: Int) throws(AffineLayerError) -> Matrix {
    let product = rows.multipliedReportingOverflow(by: columns)
    let count = product.partialValue
    guard rows > 0, columns > 0, !product.overflow, packed.count == (count + 1) / 2 else {
      throw .malformed("\(packed.count) bytes of two codes for a weight of \(rows) × \(columns)")
    }
    guard table.count == 16, (1...1 << 20).contains(blockSize) else {
      throw .malformed("a table of \(table.count) values, 16 are needed; blocks of \(blockSize)")
    }
    let magnitudes = try absoluteMaxima(count: (count + blockSize - 1) / blockSize)
    return Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      for place in 0..<count {
        let byte = packed[place / 2]
        let code = place % 2 == 0 ? byte >> 4 : byte & 15
        values[place] = table[Int(code)] * magnitudes[place / blockSize]
      }
    }
  }
}
