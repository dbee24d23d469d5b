internal import Grids

// The arithmetic that block formats share. Every sum is taken from the first element to the last and
// no product is fused with a sum, so that the same bytes come out everywhere.

/// Numbers of half precision in the bytes of a block.
extension UnsafePointer<UInt8> {
  /// The half-precision number that begins at a byte.
  func half(at offset: Int) -> Float {
    Float(float16Bits: UInt16(self[offset]) | UInt16(self[offset + 1]) << 8)
  }
}

extension UnsafeMutablePointer<UInt8> {
  /// Stores a number as half precision, ties to even, from a byte on.
  func storeHalf(_ value: Float, at offset: Int) {
    let bits = value.float16Bits
    self[offset] = UInt8(truncatingIfNeeded: bits)
    self[offset + 1] = UInt8(truncatingIfNeeded: bits >> 8)
  }
}

/// How ggml's formats round.
enum BlockRounding {
  /// Half to even, by an addition that leaves no room for a fraction.
  ///
  /// Exact below 2²² in magnitude; beyond it the bits that are left, as in ggml's own builds.
  @inline(__always)
  static func nearestEven(_ value: Float) -> Int {
    Int(Int32(bitPattern: (value + 12_582_912).bitPattern & 0x007F_FFFF) - 0x0040_0000)
  }

  /// Towards zero, then the lowest byte; what no 32-bit integer holds gives 0, as the processors do
  /// on which ggml's bytes were taken.
  @inline(__always)
  static func truncated(_ value: Float) -> Int32 {
    Int32(exactly: value.rounded(.towardZero)) ?? .min
  }

  /// Half away from zero; what no 32-bit integer holds gives the least of them.
  @inline(__always)
  static func halfAway(_ value: Float) -> Int32 {
    Int32(exactly: value.rounded(.toNearestOrAwayFromZero)) ?? .min
  }
}
