public import Quantization

/// A linear layer whose weight is a GGUF file's blocks, in the mapped file itself.
public typealias PackedBlockLinear = PackedLayer<BlockWeight>

/// A matrix in a GGUF file's blocks, used where it lies: nothing is decoded before it is needed.
public struct BlockWeight: PackedWeight {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  private let storage: StoredBlocks

  /// Takes blocks in memory.
  ///
  /// - Parameters:
  ///   - storage: The blocks, row after row.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns; whole blocks make a row.
  public init(_ storage: StoredBlocks, rows: Int, columns: Int) {
    precondition(
      columns % storage.format.blockLength == 0
        && rows * storage.format.bytesPerRow(columns: columns) == storage.byteCount,
      "\(storage.byteCount) bytes of \(storage.format.name) for \(rows) × \(columns)")
    self.storage = storage
    self.rows = rows
    self.columns = columns
  }

  /// What the blocks are.
  public var format: BlockFormat { storage.format }
  /// The bytes of all blocks.
  public var byteCount: Int { storage.byteCount }
  private var rowBytes: Int { format.bytesPerRow(columns: columns) }

  /// Writes some rows as floats.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - target: Room for them.
  public func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    format.decode(
      storage.start + range.lowerBound * rowBytes,
      into: UnsafeMutableBufferPointer(start: target, count: range.count * columns))
  }

  /// Multiplies some rows with a vector, on the calling thread.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - vector: As many numbers as there are columns.
  ///   - products: Room for a product a row.
  public func multiply(
    _ range: Range<Int>, by vector: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>
  ) {
    format.multiply(
      storage.start + range.lowerBound * rowBytes, rows: range.count,
      by: UnsafeBufferPointer(start: vector, count: columns), into: products)
  }
}
