internal import CKernels
internal import Tensors

extension BlockFormat {
  /// MXFP4 as ggml stores it: the power of two first, then elements j and j + 16 in byte j.
  static let mxFloat4 = BlockFormat(
    name: "mxfp4", summary: "32 floats E2M1 share a power of two, ggml's rounding and byte order",
    typeID: 39, blockLength: 32, bytesPerBlock: 17, levels: Microscaling.levels,
    encodeRow: { values, _, bytes in
      Microscaling.encodeByPowers(values, bytes, by: Microscaling.storeFast)
    },
    encodeRowReference: { values, _, bytes in
      Microscaling.encodeByPowers(values, bytes, by: Microscaling.store)
    },
    decodeRow: { bytes, values in
      for run in 0..<values.count / 32 {
        let block = bytes + run * 17
        Microscaling.decode(
          block + 1, Microscaling.halfScale(exponent: block[0]),
          into: UnsafeMutableBufferPointer(rebasing: values[run * 32..<run * 32 + 32]))
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for index in codes.indices {
        codes[index] = UInt8(Microscaling.code(bytes + index / 32 * 17 + 1, index % 32, of: 32))
      }
      for block in 0..<codes.count / 32 {
        scales[block] = 2 * Microscaling.halfScale(exponent: bytes[block * 17])
        zeros[block] = 0
      }
    })

  /// NVFP4 as ggml stores it: four scales E4M3, then four times eight bytes, elements j and j + 8 of a
  /// run in byte j; no scale for the tensor.
  static let nvFloat4 = BlockFormat(
    name: "nvfp4",
    summary: "16 floats E2M1 share an E4M3 scale, no tensor scale, four runs a block",
    typeID: 40, blockLength: 64, bytesPerBlock: 36, runLength: 16, levels: Microscaling.levels,
    encodeRow: { values, _, bytes in
      Microscaling.encodeByFloats(values, bytes, by: Microscaling.storeFast)
    },
    encodeRowReference: { values, _, bytes in
      Microscaling.encodeByFloats(values, bytes, by: Microscaling.store)
    },
    decodeRow: { bytes, values in
      for run in 0..<values.count / 16 {
        let block = bytes + run / 4 * 36
        Microscaling.decode(
          block + 4 + run % 4 * 8, Microscaling.halfScale(code: block[run % 4]),
          into: UnsafeMutableBufferPointer(rebasing: values[run * 16..<run * 16 + 16]))
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for index in codes.indices {
        let block = bytes + index / 64 * 36
        codes[index] = UInt8(
          Microscaling.code(block + 4 + index / 16 % 4 * 8, index % 16, of: 16))
      }
      for run in 0..<codes.count / 16 {
        scales[run] = 2 * Microscaling.halfScale(code: bytes[run / 4 * 36 + run % 4])
        zeros[run] = 0
      }
    })
}

/// What ggml's two microscaling blocks share: E2M1 codes, ties to the smaller magnitude.
///
/// Scales are handled as halves because ggml keeps the levels doubled, as whole numbers.
enum Microscaling {
  /// What the codes 0 to 15 stand for.
  static let levels: [Float] = [
    0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6,
  ]

  /// Twice the middles between magnitudes that are neighbours.
  static let doubledMiddles: [Float] = [0.5, 1.5, 2.5, 3.5, 5, 7, 10]

  /// Writes the codes of a run under half a scale.
  typealias Store = (
    _ run: UnsafeBufferPointer<Float>, _ halfScale: Float, _ target: UnsafeMutablePointer<UInt8>
  ) -> Void

  /// A row as MXFP4.
  static func encodeByPowers(
    _ row: UnsafeBufferPointer<Float>, _ bytes: UnsafeMutablePointer<UInt8>, by store: Store
  ) {
    for block in 0..<row.count / 32 {
      let run = UnsafeBufferPointer(rebasing: row[block * 32..<block * 32 + 32])
      let target = bytes + block * 17
      target[0] = exponent(largestMagnitude: run.largestMagnitude)
      store(run, halfScale(exponent: target[0]), target + 1)
    }
  }

  /// A row as NVFP4.
  static func encodeByFloats(
    _ row: UnsafeBufferPointer<Float>, _ bytes: UnsafeMutablePointer<UInt8>, by store: Store
  ) {
    for start in stride(from: 0, to: row.count, by: 16) {
      let run = UnsafeBufferPointer(rebasing: row[start..<start + 16])
      let block = bytes + start / 64 * 36
      let number = start / 16 % 4
      block[number] = scaleCode(run.largestMagnitude / 6)
      store(run, halfScale(code: block[number]), block + 4 + number * 8)
    }
  }

  /// The code of the nearest level; ties to the smaller magnitude, and zero without a sign.
  static func code(_ value: Float, halfScale: Float) -> UInt8 {
    guard halfScale > 0 else { return 0 }
    var code: UInt8 = 0
    for middle in doubledMiddles where value.magnitude > middle * halfScale { code += 1 }
    return value < 0 && code > 0 ? code | 8 : code
  }

  /// Writes the codes of a run, two a byte, half a run apart.
  static func store(
    _ run: UnsafeBufferPointer<Float>, _ halfScale: Float, _ target: UnsafeMutablePointer<UInt8>
  ) {
    let half = run.count / 2
    for index in 0..<half {
      target[index] =
        code(run[index], halfScale: halfScale)
        | code(run[index + half], halfScale: halfScale) << 4
    }
  }

  /// The same codes, all of a run at a time.
  static func storeFast(
    _ run: UnsafeBufferPointer<Float>, _ halfScale: Float, _ target: UnsafeMutablePointer<UInt8>
  ) {
    nibble_minifloat_codes(run.baseAddress, run.count, halfScale, target)
  }

  /// The values of a run: doubled levels, whole numbers, times half the scale.
  static func decode(
    _ nibbles: UnsafePointer<UInt8>, _ halfScale: Float,
    into values: UnsafeMutableBufferPointer<Float>
  ) {
    let half = values.count / 2
    levels.withUnsafeBufferPointer { levels in
      for index in 0..<half {
        values[index] = levels[Int(nibbles[index] & 15)] * 2 * halfScale
        values[index + half] = levels[Int(nibbles[index] >> 4)] * 2 * halfScale
      }
    }
  }

  /// One code of a run of a length.
  @inline(__always)
  static func code(_ nibbles: UnsafePointer<UInt8>, _ index: Int, of length: Int) -> Int {
    let half = length / 2
    return Int(index < half ? nibbles[index] & 15 : nibbles[index - half] >> 4)
  }

  /// The power of two of an MXFP4 block: ⌊log₂ amax⌋ − 2 + 127, with the logarithm rounded to Float.
  ///
  /// That rounding lifts a magnitude just below a power of two to it: below 2^k, for |k| from 2^p on,
  /// the last ⌊2^p ln 2⌋ numbers of the binade. Magnitudes below 2⁻¹²⁵ wrap around to scales so large
  /// that every code becomes 0.
  static func exponent(largestMagnitude: Float) -> UInt8 {
    guard largestMagnitude > 0 else { return 0 }
    var power = Int(largestMagnitude.exponent)
    let next = power + 1
    if largestMagnitude.isNormal, next != 0 {
      // Floats below k are as far apart as in k's binade, or half of that where k is its beginning.
      let magnitude = next > 0 ? next - 1 : -next
      let binade = magnitude > 0 ? Int.bitWidth - 1 - magnitude.leadingZeroBitCount : -1
      let lifted = Int(
        Double(sign: .plus, exponent: binade, significand: 1) * 0.693_147_180_559_945)
      if Int(largestMagnitude.significandBitPattern) >= 1 << 23 - lifted { power = next }
    }
    return UInt8(truncatingIfNeeded: power - 2 + 127)
  }

  /// Half of 2^(exponent − 127), exact: below 2⁻¹²⁶ as a subnormal.
  static func halfScale(exponent: UInt8) -> Float {
    exponent < 2
      ? Float(bitPattern: 0x0020_0000 << UInt32(exponent))
      : Float(bitPattern: UInt32(exponent - 1) << 23)
  }

  /// The E4M3 pattern of a scale as ggml rounds it: halves up, nothing above 448.
  ///
  /// What rounds to 256 or more becomes 448 whatever it is, and below 2⁻⁶ what would round up to the
  /// first normal number stays at the last subnormal one.
  static func scaleCode(_ scale: Float) -> UInt8 {
    guard scale > 0 else { return 0 }
    let exponent = Int(scale.bitPattern >> 23) - 127
    if exponent < -6 { return UInt8(min(Int(scale * 512 + 0.5), 7)) }
    let rounded = Int(scale.bitPattern >> 20) + Int(scale.bitPattern >> 19 & 1)
    let code = rounded - (127 - 7) << 3
    return code >= 15 << 3 ? 126 : UInt8(code)
  }

  /// Half of what an E4M3 pattern stands for; its sign is not looked at and its NaN counts as 0.
  static func halfScale(code: UInt8) -> Float {
    code & 127 == 127 && code < 128 ? 0 : finiteScale(code & 127) / 2
  }

  private static func finiteScale(_ code: UInt8) -> Float {
    let exponent = Int(code >> 3)
    let mantissa = Float(code & 7) / 8
    return exponent == 0
      ? mantissa / 64
      : Float(sign: .plus, exponent: exponent - 7, significand: 1 + mantissa)
  }
}
