/// The type of a stored tensor's elements; the raw value is its name in a safetensors header.
///
/// In the order of the reference implementation, by which it also lays out a file: widest first,
/// that is, from the last of these to the first.
public enum TensorType: String, CaseIterable, Sendable, Hashable {
  /// One byte, 0 or 1.
  case bool = "BOOL"
  /// E2M1, two to a byte.
  case float4E2M1 = "F4"
  /// E2M3, four to three bytes.
  case float6E2M3 = "F6_E2M3"
  /// E3M2, four to three bytes.
  case float6E3M2 = "F6_E3M2"
  /// Unsigned byte.
  case uint8 = "U8"
  /// Signed byte.
  case int8 = "I8"
  /// FP8 with five exponent bits and IEEE infinities.
  case float8E5M2 = "F8_E5M2"
  /// FP8 with four exponent bits, finite up to 448.
  case float8E4M3 = "F8_E4M3"
  /// A power of two: the scale of the MX formats.
  case float8E8M0 = "F8_E8M0"
  /// FP8 E4M3 with one zero and no infinities.
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  /// FP8 E5M2 with one zero and no infinities.
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  /// Signed, two bytes.
  case int16 = "I16"
  /// Unsigned, two bytes.
  case uint16 = "U16"
  /// IEEE half precision.
  case float16 = "F16"
  /// The upper half of a single-precision number.
  case bfloat16 = "BF16"
  /// Signed, four bytes.
  case int32 = "I32"
  /// Unsigned, four bytes.
  case uint32 = "U32"
  /// IEEE single precision.
  case float32 = "F32"
  /// Two single-precision numbers.
  case complex64 = "C64"
  /// IEEE double precision.
  case float64 = "F64"
  /// Signed, eight bytes.
  case int64 = "I64"
  /// Unsigned, eight bytes.
  case uint64 = "U64"

  /// The bits one element takes.
  public var bits: Int {
    switch self {
    case .float4E2M1: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ,
      .float8E5M2FNUZ:
      8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// Whether elements are whole numbers (or truth values, read as 0 and 1).
  public var isInteger: Bool {
    switch self {
    case .bool, .uint8, .int8, .int16, .uint16, .int32, .uint32, .int64, .uint64: true
    default: false
    }
  }

  /// The bytes of a tensor of this type.
  ///
  /// - Parameter shape: The sizes, each 0 or more; none for a single element.
  /// - Returns: The bytes, or nil where the count overflows or does not end at a byte. Sizes are
  ///   multiplied from the first, so an overflow before a size of 0 counts, as in the reference.
  func byteCount(shape: [Int]) -> Int? {
    guard let count = Self.elementCount(shape: shape) else { return nil }
    let total = count.multipliedReportingOverflow(by: bits)
    return total.overflow || total.partialValue % 8 != 0 ? nil : total.partialValue / 8
  }

  /// The product of sizes, or nil where it overflows.
  static func elementCount(shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let product = count.multipliedReportingOverflow(by: size)
      if product.overflow || size < 0 { return nil }
      count = product.partialValue
    }
    return count
  }
}
