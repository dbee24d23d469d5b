/// The types a key's value, or an item of a list, can have, by their numbers in a GGUF file.
public enum GGUFValueType: UInt32, Sendable, CaseIterable {
  /// One byte, unsigned.
  case uint8
  /// One byte, signed.
  case int8
  /// Two bytes, unsigned.
  case uint16
  /// Two bytes, signed.
  case int16
  /// Four bytes, unsigned.
  case uint32
  /// Four bytes, signed.
  case int32
  /// Single precision.
  case float32
  /// One byte, 0 or 1.
  case boolean
  /// Eight bytes of length, then UTF-8.
  case string
  /// Items of one type; in ``GGUFFile/types`` the type of the items stands for the list.
  case array
  /// Eight bytes, unsigned.
  case uint64
  /// Eight bytes, signed.
  case int64
  /// Double precision.
  case float64

  /// The fewest bytes an item takes.
  var size: Int {
    switch self {
    case .uint8, .int8, .boolean: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .string, .array, .uint64, .int64, .float64: 8
    }
  }
}
