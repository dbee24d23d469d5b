/// What a safetensors header says of one tensor.
public struct TensorInfo: Equatable, Sendable {
  /// The tensor's name.
  public let name: String
  /// The type of its elements.
  public let type: TensorType
  /// Its sizes, the outermost first; none for a single element.
  public let shape: [Int]
  /// Where its bytes lie in the data that follow the header.
  public let byteRange: Range<Int>

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The number of bytes.
  public var byteCount: Int { byteRange.count }
}
