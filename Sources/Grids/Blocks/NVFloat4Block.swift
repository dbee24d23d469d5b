/// 16 four-bit floats that share an eight-bit float: NVFP4, 4.5 bits a weight.
///
/// x̂ = E2M1(code) × (E4M3(scaleCode) × tensorScale). The scale is amax / 6 rounded to E4M3, half to
/// even, so unlike ``MXFloat4Block`` the largest value lands close to 6. E4M3 reaches from 2⁻⁹ to 448
/// only; the tensor's own 32-bit scale, when there is one, brings the block scales into that reach.
///
/// Source: NVIDIA's description of the format for Blackwell; block of 16, E4M3 scales, one Float per
/// tensor. ggml's NVFP4 has no tensor scale.
public struct NVFloat4Block: Hashable, Sendable {
  /// How many values share a scale.
  public static let length = 16

  /// The block's scale as an E4M3 pattern, never negative.
  public let scaleCode: UInt8
  /// What the whole tensor is multiplied by; 1 where the format has no tensor scale.
  public let tensorScale: Float
  /// The E2M1 pattern of each value, 0 to 15.
  public let codes: [UInt8]

  /// Places 16 numbers on the grid that their largest magnitude decides.
  ///
  /// Each number is divided, in Float, by the scale as it will be stored. A block so small that its
  /// scale rounds to zero decodes to zeros.
  ///
  /// - Parameters:
  ///   - values: 16 finite numbers.
  ///   - tensorScale: The tensor's scale, positive and finite; see ``tensorScale(largestMagnitude:)``.
  /// - Throws: `GridError.blockLength`, `GridError.valueNotFinite` or `GridError.scale`.
  public init(encoding values: [Float], tensorScale: Float = 1) throws(GridError) {
    guard tensorScale > 0, tensorScale.isFinite else { throw .scale(tensorScale) }
    let largest = try largestMagnitude(of: values, length: Self.length)
    let code = FloatFormat.e4m3.encode(largest / 6 / tensorScale)
    let scale = FloatFormat.e4m3.decode(code) * tensorScale
    scaleCode = UInt8(code)
    self.tensorScale = tensorScale
    codes = values.map { scale > 0 ? UInt8(FloatFormat.e2m1.encode($0 / scale)) : 0 }
  }

  /// A block as it was stored.
  ///
  /// - Parameters:
  ///   - scaleCode: The E4M3 pattern of the scale.
  ///   - tensorScale: The tensor's scale, positive and finite.
  ///   - codes: 16 patterns below 16.
  /// - Throws: `GridError.blockLength`, `GridError.code` or `GridError.scale`.
  public init(
    scaleCode: UInt8, tensorScale: Float = 1, codes: [UInt8]
  ) throws(GridError) {
    guard tensorScale > 0, tensorScale.isFinite else { throw .scale(tensorScale) }
    try check(codes, length: Self.length)
    self.scaleCode = scaleCode
    self.tensorScale = tensorScale
    self.codes = codes
  }

  /// Returns the tensor scale that lets the largest block scale be 448: amax / (6 × 448).
  ///
  /// A tensor of zeros gets 1.
  ///
  /// - Parameter largest: The largest magnitude in the tensor, finite and not negative.
  /// - Returns: A positive finite scale.
  public static func tensorScale(largestMagnitude largest: Float) -> Float {
    let scale = largest / (6 * 448)
    return scale > 0 && scale.isFinite ? scale : 1
  }

  /// What the codes are multiplied by: the block's scale times the tensor's, rounded once.
  public var scale: Float { FloatFormat.e4m3.decode(UInt32(scaleCode)) * tensorScale }

  /// The 16 numbers the block stands for.
  public var decoded: [Float] {
    codes.map { FloatFormat.e2m1.decode(UInt32($0)) * scale }
  }
}
