/// A block format of GGUF files: runs of a row become blocks of bytes, each with its own scale.
///
/// A format is one value with its two directions; ``all`` lists them by their names in llama.cpp, whose
/// reference quantizers give the same bytes. Sizes and layouts: the GGUF v3 specification and the block
/// structures of ggml.
public struct BlockFormat: Sendable {
  /// The name, as in `gguf:q4_k`.
  public let name: String
  /// The number that stands for the type in a GGUF file.
  public let typeID: Int
  /// How many neighbours in a row make a block.
  public let blockLength: Int
  /// How many bytes a block takes.
  public let bytesPerBlock: Int
  /// Whether an importance matrix changes what is stored.
  public let usesImportance: Bool
  /// Values of a whole row, and importances of as many or nil, to the row's bytes.
  let encodeRow:
    @Sendable (
      _ values: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?,
      _ bytes: UnsafeMutablePointer<UInt8>
    ) -> Void
  /// The bytes of a whole row to its values.
  let decodeRow:
    @Sendable (_ bytes: UnsafePointer<UInt8>, _ values: UnsafeMutableBufferPointer<Float>) -> Void
  /// The bytes of a whole row to codes, one a value, and to a scale and a zero for each run of
  /// ``runLength``: value = scale × (code − zero), or scale × level[code] for formats with levels.
  let unpackRow:
    @Sendable (
      _ bytes: UnsafePointer<UInt8>, _ codes: UnsafeMutableBufferPointer<UInt8>,
      _ scales: UnsafeMutablePointer<Float>, _ zeros: UnsafeMutablePointer<Float>
    ) -> Void
  /// How many neighbours share a scale: a block, or a sub-block of it.
  public let runLength: Int

  /// Bits a weight, everything stored counted.
  public var bitsPerWeight: Double { Double(bytesPerBlock * 8) / Double(blockLength) }
}

extension BlockFormat {
  /// Every format there is, in the order in which they are listed.
  public static let all: [BlockFormat] = plain + superBlocks
}
