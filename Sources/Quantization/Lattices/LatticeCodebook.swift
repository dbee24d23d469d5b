/// A codebook of eight-dimensional points, with a second one for what the first leaves over.
///
/// Two bits a weight are one code of ``PaddedE8``. Three and four refine it: what is left is made
/// larger by ``residualScale`` and coded again, with ``OneBitE8`` or with ``PaddedE8`` once more.
///
/// Both scales were measured on normal numbers, to two digits: the mean squared error of a number with
/// variance 1 is 0.0914 at 2 bits, 0.0296 at 3 and 0.0084 at 4, where the best scalar levels of
/// Lloyd and Max leave 0.1175, 0.0345 and 0.0095.
public struct LatticeCodebook: Hashable, Sendable {
  /// 2, 3 or 4.
  public let bits: Int

  /// A codebook of a width.
  ///
  /// - Parameter bits: Bits a weight: 2, 3 or 4.
  /// - Throws: `QuantizationError.bits`.
  public init(bits: Int) throws(QuantizationError) {
    guard (2...4).contains(bits) else { throw .bits(bits, allowed: 2...4, who: "an E8 codebook") }
    self.bits = bits
  }

  /// Codes for each vector: 1, or 2 where there is a second codebook.
  public var stages: Int { bits == 2 ? 1 : 2 }

  /// The bits of the code of each stage.
  public var stageBits: [Int] { bits == 2 ? [16] : bits == 3 ? [16, 8] : [16, 16] }

  /// The root mean square a weight is scaled to for the least error on normal numbers.
  public var normalScale: Float { bits == 2 ? 1.03 : bits == 3 ? 0.98 : 0.9 }

  /// What the first stage leaves over is multiplied by this before the second.
  public var residualScale: Float { bits == 3 ? 2.04 : 3.8 }

  /// The codes of a vector: the nearest point, then the nearest to what is left.
  ///
  /// - Parameter vector: Eight finite numbers, in the codebook's units.
  /// - Returns: The code of each stage; the second is 0 where there is one stage.
  public func encode(_ vector: SIMD8<Float>) -> (first: UInt16, second: UInt16) {
    let first = PaddedE8.nearest(to: vector)
    if bits == 2 { return (first, 0) }
    let left = (vector - PaddedE8.point(first)) * residualScale
    return (
      first, bits == 3 ? UInt16(OneBitE8.nearest(to: left)) : PaddedE8.nearest(to: left)
    )
  }

  /// The point of codes, in the codebook's units.
  ///
  /// - Parameters:
  ///   - first: Any code.
  ///   - second: The second stage's code: below 256 at 3 bits, ignored at 2.
  /// - Returns: Eight numbers.
  public func decode(_ first: UInt16, _ second: UInt16) -> SIMD8<Float> {
    let point = PaddedE8.point(first)
    switch bits {
    case 2: return point
    case 3: return point + OneBitE8.points[Int(second)] / residualScale
    default: return point + PaddedE8.point(second) / residualScale
    }
  }
}
