/// One array of a result, under the name by which a file holds it.
public struct LayerPart: Hashable, Sendable {
  /// The numbers, row after row, in the type in which they are stored.
  public enum Values: Hashable, Sendable {
    /// Single precision.
    case floats([Float])
    /// Bytes, 0 to 255.
    case bytes([UInt8])
    /// Bytes in two's complement.
    case signedBytes([Int8])
    /// Sixteen bits without a sign.
    case words([UInt16])
    /// Thirty-two bits in two's complement.
    case integers([Int32])
  }

  /// What it is called.
  public let name: String
  /// Its sizes, the slowest first.
  public let shape: [Int]
  /// Its numbers, as many as the sizes multiply to.
  public let values: Values

  /// An array under a name.
  ///
  /// - Parameters:
  ///   - name: What it is called.
  ///   - shape: Its sizes.
  ///   - values: Its numbers.
  public init(_ name: String, shape: [Int], _ values: Values) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  /// The same array with more before its name.
  func named(after prefix: String) -> LayerPart { LayerPart(prefix + name, shape: shape, values) }
}
