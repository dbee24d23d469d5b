/// 32 four-bit floats that share a power of two: MXFP4, 4.25 bits a weight.
///
/// x̂ = 2^(e − 127) × E2M1(code). The exponent puts the largest magnitude into E2M1's top binade:
/// e = ⌊log₂ amax⌋ − 2 + 127. A largest magnitude between 6 and 8 units is therefore clipped to 6,
/// the price of a scale without a mantissa.
///
/// Source: OCP Microscaling Formats Specification 1.0; ggml's block uses the same
/// exponent but gives ties to the smaller magnitude, where the specification's rule, followed here,
/// is half to even.
public struct MXFloat4Block: Hashable, Sendable {
  /// How many values share a scale.
  public static let length = 32

  /// The scale as an E8M0 pattern: the power of two plus 127.
  public let scaleExponent: UInt8
  /// The E2M1 pattern of each value, 0 to 15.
  public let codes: [UInt8]

  /// Places 32 numbers on the grid that their largest magnitude decides.
  ///
  /// A block of zeros gets exponent 0 and codes 0.
  ///
  /// - Parameter values: 32 finite numbers.
  /// - Throws: `GridError.blockLength` or `GridError.valueNotFinite`.
  public init(encoding values: [Float]) throws(GridError) {
    let largest = try largestMagnitude(of: values, length: Self.length)
    let exponent = Self.scaleExponent(largestMagnitude: largest)
    let scale = FloatFormat.e8m0.decode(UInt32(exponent))
    scaleExponent = exponent
    codes = values.map { UInt8(FloatFormat.e2m1.encode($0 / scale)) }
  }

  /// A block as it was stored.
  ///
  /// - Parameters:
  ///   - scaleExponent: The E8M0 pattern; 255, its NaN, makes every value NaN.
  ///   - codes: 32 patterns below 16.
  /// - Throws: `GridError.blockLength` or `GridError.code`.
  public init(scaleExponent: UInt8, codes: [UInt8]) throws(GridError) {
    try check(codes, length: Self.length)
    self.scaleExponent = scaleExponent
    self.codes = codes
  }

  /// Returns the E8M0 pattern for a block whose largest magnitude is given.
  ///
  /// - Parameter largest: A finite number that is not negative; zero gives 0.
  /// - Returns: The power of two plus 127.
  public static func scaleExponent(largestMagnitude largest: Float) -> UInt8 {
    guard largest > 0, largest.isFinite else { return 0 }
    return UInt8(max(Int(largest.exponent) - 2 + 127, 0))
  }

  /// The power of two the codes are multiplied by.
  public var scale: Float { FloatFormat.e8m0.decode(UInt32(scaleExponent)) }

  /// The 32 numbers the block stands for.
  public var decoded: [Float] {
    codes.map { FloatFormat.e2m1.decode(UInt32($0)) * scale }
  }
}

/// Returns the largest magnitude in a block, having checked that the block can be placed.
func largestMagnitude(of values: [Float], length: Int) throws(GridError) -> Float {
  guard values.count == length else { throw .blockLength(values.count, expected: length) }
  var largest: Float = 0
  for index in values.indices {
    guard values[index].isFinite else { throw .valueNotFinite(index: index) }
    largest = max(largest, values[index].magnitude)
  }
  return largest
}

/// Checks the codes of a stored block of four-bit values.
func check(_ codes: [UInt8], length: Int) throws(GridError) {
  guard codes.count == length else { throw .blockLength(codes.count, expected: length) }
  for index in codes.indices where codes[index] > 15 {
    throw .code(Int(codes[index]), index: index, allowed: 0...15)
  }
}
