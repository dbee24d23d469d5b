/// What a key of a GGUF file holds.
public enum GGUFValue: Hashable, Sendable {
  /// A whole number of any width.
  case integer(Int64)
  /// A whole number above `Int64.max`.
  case unsigned(UInt64)
  /// A number of single or double precision.
  case number(Double)
  /// A truth value.
  case boolean(Bool)
  /// A text.
  case string(String)
  /// Whole numbers.
  case integers([Int64])
  /// Numbers of single or double precision.
  case numbers([Double])
  /// Truth values.
  case booleans([Bool])
  /// Texts.
  case strings([String])

  /// The whole number, where it is one.
  public var integer: Int? {
    if case .integer(let value) = self { Int(value) } else { nil }
  }

  /// The number, where it is one, whole or not.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The text, where it is one.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
}

/// A tensor as a GGUF file's header describes it.
public struct GGUFTensorInfo: Hashable, Sendable {
  /// The tensor's name.
  public let name: String
  /// How its elements are stored.
  public let type: GGUFTensorType
  /// Its sizes, the outermost first: [out, in] for a linear layer.
  ///
  /// The file has them the other way.
  public let shape: [Int]
  /// Where its bytes lie in the file.
  public let byteRange: Range<Int>

  /// How many elements it has.
  public var count: Int { shape.reduce(1, *) }
  /// How long a row is: the innermost size.
  public var columns: Int { shape.last ?? 1 }
  /// How many rows there are, all outer sizes multiplied.
  public var rows: Int { shape.dropLast().reduce(1, *) }
}
