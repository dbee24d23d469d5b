/// A whole number that has a type of its own in a safetensors file.
public protocol StoredInteger: FixedWidthInteger, BitwiseCopyable, Sendable {
  /// The type it is stored as.
  static var storedType: TensorType { get }
}

extension UInt8: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .uint8 }
}

extension Int8: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .int8 }
}

extension UInt16: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .uint16 }
}

extension Int16: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .int16 }
}

extension UInt32: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .uint32 }
}

extension Int32: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .int32 }
}

extension UInt64: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .uint64 }
}

extension Int64: StoredInteger {
  /// The type it is stored as.
  public static var storedType: TensorType { .int64 }
}
