internal import CKernels
internal import Grids

/// Whole buffers of 16-bit floating-point numbers, to and from `Float`.
///
/// The same numbers as Grids' conversions of one value, which the references here loop over and
/// which judge the kernels. In C because there the compiler works on up to 32 at once.
public enum HalfPrecision {
  /// Widens half-precision or bfloat16 numbers, exactly.
  ///
  /// - Parameters:
  ///   - bytes: The numbers, two bytes each, little-endian, at any address.
  ///   - type: `.float16` or `.bfloat16`.
  ///   - target: Room for as many numbers.
  public static func widen(
    _ bytes: UnsafeRawBufferPointer, as type: TensorType,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      bytes.count == 2 * target.count, "\(bytes.count) bytes for \(target.count) numbers")
    guard let source = bytes.baseAddress, let output = target.baseAddress else { return }
    switch type {
    case .float16: nibble_float16_widen(source, target.count, output)
    case .bfloat16: nibble_bfloat16_widen(source, target.count, output)
    default: preconditionFailure("\(type.rawValue) is not a 16-bit floating-point type")
    }
  }

  /// Rounds numbers to half precision or bfloat16, ties to even.
  ///
  /// Beyond a type's range they become infinite, as in every framework.
  ///
  /// - Parameters:
  ///   - values: The numbers.
  ///   - type: `.float16` or `.bfloat16`.
  /// - Returns: Their bit patterns.
  public static func narrow(_ values: some FloatValues, as type: TensorType) -> [UInt16] {
    values.withFloats { values in
      [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
        count = values.count
        guard let source = values.baseAddress, let output = buffer.baseAddress else { return }
        switch type {
        case .float16: nibble_float16_narrow(source, values.count, output)
        case .bfloat16: nibble_bfloat16_narrow(source, values.count, output)
        default: preconditionFailure("\(type.rawValue) is not a 16-bit floating-point type")
        }
      }
    }
  }

  /// Widens one number after the other; it judges ``widen(_:as:into:)``.
  ///
  /// - Parameters:
  ///   - halves: Bit patterns.
  ///   - type: `.float16` or `.bfloat16`.
  /// - Returns: As many numbers.
  public static func widenReference(_ halves: [UInt16], as type: TensorType) -> [Float] {
    halves.map { type == .float16 ? Float(float16Bits: $0) : Float(bfloat16Bits: $0) }
  }

  /// Rounds one number after the other; it judges ``narrow(_:as:)``.
  ///
  /// - Parameters:
  ///   - values: The numbers.
  ///   - type: `.float16` or `.bfloat16`.
  /// - Returns: Their bit patterns.
  public static func narrowReference(_ values: [Float], as type: TensorType) -> [UInt16] {
    values.map { type == .float16 ? $0.float16Bits : $0.bfloat16Bits }
  }
}
