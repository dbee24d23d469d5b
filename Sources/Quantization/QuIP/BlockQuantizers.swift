/// Points of an E8 codebook, in the weight's units.
struct LatticeQuantizer: BlockQuantizer {
  let codebook: LatticeCodebook
  /// What a point is multiplied by; 0 for a weight of zeros.
  let scale: Float
  private let inverse: Float

  init(codebook: LatticeCodebook, scale: Float) {
    self.codebook = codebook
    self.scale = scale
    inverse = scale > 0 ? 1 / scale : 0
  }

  var length: Int { 8 }
  var codesPerBlock: Int { codebook.stages }

  @inline(__always) func quantize(
    _ target: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>,
    codes: UnsafeMutablePointer<UInt16>
  ) {
    let vector = SIMD8(
      target[0], target[1], target[2], target[3], target[4], target[5], target[6], target[7])
    let (first, second) = codebook.encode(vector * inverse)
    codes[0] = first
    if codesPerBlock > 1 { codes[1] = second }
    let point = codebook.decode(first, second) * scale
    for place in 0..<8 { values[place] = point[place] }
  }
}

/// 2ᵇ levels from −R to R, one weight at a time.
struct ScalarQuantizer: BlockQuantizer {
  let levels: Int
  /// R.
  let halfRange: Float
  private let step: Float

  init(bits: Int, halfRange: Float) {
    levels = 1 << bits
    self.halfRange = halfRange
    step = 2 * halfRange / Float(levels - 1)
  }

  var length: Int { 1 }
  var codesPerBlock: Int { 1 }

  @inline(__always) func quantize(
    _ target: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>,
    codes: UnsafeMutablePointer<UInt16>
  ) {
    let place = step > 0 ? (target[0] + halfRange) / step : 0
    let code = min(max(place.rounded(.toNearestOrEven), 0), Float(levels - 1))
    codes[0] = UInt16(code.isNaN ? 0 : code)  // a NaN is refused with the result
    values[0] = code * step - halfRange
  }
}
