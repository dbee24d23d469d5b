internal import Grids
internal import Tensors

/// Numbers of a cache that share a scale, coded and decoded.
struct CacheRun {
  /// What a group stores besides its codes.
  struct Parameters: Hashable {
    var scale: Float
    /// What code 0 stands for; 0 for floats.
    var minimum: Float
  }

  let format: CacheFormat
  private let minifloat: MinifloatRun?

  init(_ format: CacheFormat) {
    self.format = format
    switch format {
    case .float8E4M3: minifloat = MinifloatRun(.e4m3)
    case .float8E5M2: minifloat = MinifloatRun(.e5m2)
    case .float16, .integer: minifloat = nil
    }
  }

  /// Codes the values of a group, which are float16 numbers; the codes are written in their order.
  ///
  /// Integers: code = round((x − minimum) / scale) with scale = (maximum − minimum) / (2ᵇ − 1) rounded
  /// to float16 before it is used, so that coding and decoding have the same one. A scale of zero,
  /// from values all alike, becomes 1. Floats: code = x / scale cast to the format, scale = largest
  /// magnitude / the format's largest, in float32 since such a scale is below float16's normal numbers.
  func encode(
    _ values: UnsafeBufferPointer<Float>, into codes: UnsafeMutablePointer<UInt8>
  ) -> Parameters {
    var least = Float.infinity
    var most = -Float.infinity
    for value in values {
      least = min(least, value)
      most = max(most, value)
    }
    if let minifloat {
      let largest = max(most.magnitude, least.magnitude)
      let scale = largest > 0 ? largest / minifloat.format.largest : 1
      minifloat.encode(values, scale: scale, into: codes)
      return Parameters(scale: scale, minimum: 0)
    }
    let top = Float((1 << format.bits) - 1)
    let half = Float(float16Bits: ((most - least) / top).float16Bits)
    let scale = half > 0 ? half : 1
    for (index, value) in values.enumerated() {
      let code = ((value - least) / scale).rounded(.toNearestOrEven)
      codes[index] = UInt8(min(code, top))  // a scale rounded down to float16 can pass the top
    }
    return Parameters(scale: scale, minimum: least)
  }

  /// What a code stands for.
  func decode(_ code: UInt8, _ parameters: Parameters) -> Float {
    if let minifloat { return parameters.scale * minifloat.table[Int(code)] }
    return parameters.minimum + parameters.scale * Float(code)
  }
}
