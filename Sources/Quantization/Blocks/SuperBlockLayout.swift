/// How one K-quant arranges its bytes, and how it chooses what they say.
public struct SuperBlockLayout: Sendable {
  /// The name, as in a GGUF file's type: `q4_k`.
  public let name: String
  /// How many bytes 256 weights take.
  public let bytesPerBlock: Int
  /// How many sub-blocks share the block, 8 or 16.
  public let subBlocks: Int
  /// What is added to a code before it is stored: 0, or half the number of codes.
  let zero: Int
  /// Takes bytes apart.
  let read: @Sendable (_ bytes: UnsafePointer<UInt8>) -> SuperBlock
  /// Puts a block into bytes; all of them are written.
  let write: @Sendable (_ block: SuperBlock, _ bytes: UnsafeMutablePointer<UInt8>) -> Void
  /// Finds the block for 256 weights, and importances of as many or nil.
  let fit:
    @Sendable (_ values: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?)
      -> SuperBlock

  /// How many weights a sub-block holds, 16 or 32.
  public var subBlockLength: Int { SuperBlock.length / subBlocks }

  /// Every layout, from the smallest.
  public static let all: [SuperBlockLayout] = [.q2K, .q3K, .q4K, .q5K, .q6K]
}

// Codes of more or fewer than eight bits are cut into planes of bits: runs of the block lie above each
// other in the same bytes, so that one instruction reads many neighbours.

extension UnsafePointer<UInt8> {
  /// Bits that lie in planes: of weight i, `bits` bits at the plane (i div stride) mod planes of byte
  /// (i mod stride) + stride × (i div (stride × planes)).
  ///
  /// - Parameters:
  ///   - index: Which weight.
  ///   - bits: How many bits, 1, 2 or 4; a byte holds 8 / `bits` planes.
  ///   - stride: How many neighbours lie in different bytes.
  /// - Returns: The bits as a number.
  func plane(_ index: Int, bits: Int, stride: Int) -> Int {
    let planes = 8 / bits
    let byte = index % stride + stride * (index / (stride * planes))
    return Int(self[byte]) >> (bits * (index / stride % planes)) & (1 << bits - 1)
  }
}

extension UnsafeMutablePointer<UInt8> {
  /// Adds the low `bits` bits of a code where `plane` reads them; the bytes began as zeros.
  func addPlane(_ code: Int, _ index: Int, bits: Int, stride: Int) {
    let planes = 8 / bits
    let byte = index % stride + stride * (index / (stride * planes))
    let shift = bits * (index / stride % planes)
    self[byte] |= UInt8(truncatingIfNeeded: (code & (1 << bits - 1)) << shift)
  }
}
