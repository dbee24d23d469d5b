public import Quantization

/// Blocks in memory that somebody else keeps.
public struct StoredBlocks: @unchecked Sendable {
  // Sendable although it holds a pointer: the memory is never written and `owner` keeps it.
  /// What the blocks are.
  public let format: BlockFormat
  let start: UnsafePointer<UInt8>
  let byteCount: Int
  private let owner: any Sendable

  /// Describes blocks in memory.
  ///
  /// - Parameters:
  ///   - bytes: The blocks, one after the other, at any address.
  ///   - format: What they are.
  ///   - owner: What keeps the memory; held as long as the weight is.
  public init(bytes: UnsafeRawBufferPointer, format: BlockFormat, owner: any Sendable) {
    self.format = format
    let address = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    start = address.assumingMemoryBound(to: UInt8.self)
    byteCount = bytes.count
    self.owner = owner
  }
}
