internal import Tensors

extension BlockFormat {
  /// TQ1_0: 256 weights of three values, five to a byte.
  static let ternaryInBaseThree = BlockFormat(
    name: "tq1_0", summary: "256 weights −1, 0 or 1, five to a byte in base three, one fp16 scale",
    typeID: 34, blockLength: 256, bytesPerBlock: 54,
    encodeRowReference: { values, _, bytes in
      for block in 0..<values.count / 256 {
        let run = UnsafeBufferPointer(rebasing: values[block * 256..<block * 256 + 256])
        let target = bytes + block * 54
        let inverse = Ternary.storeScale(of: run, in: target, at: 52)
        for (offset, plane) in Ternary.planes {
          for index in 0..<plane.width {
            var digits = 0
            for place in 0..<5 {  // the first weight is the most significant digit
              let trit =
                place < plane.count
                ? Ternary.code(run[plane.start + place * plane.width + index] * inverse) : 0
              digits = digits * 3 + trit
            }
            // The fraction digits / 243 in 256ths, rounded up: a reader multiplies the digits out.
            target[offset + index] = UInt8(truncatingIfNeeded: (digits * 256 + 242) / 243)
          }
        }
      }
    },
    decodeRow: { bytes, values in
      for block in 0..<values.count / 256 {
        let source = bytes + block * 54
        let scale = source.half(at: 52)
        Ternary.readBaseThree(source) { index, code in
          values[block * 256 + index] = Float(code - 1) * scale
        }
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for block in 0..<codes.count / 256 {
        let source = bytes + block * 54
        scales[block] = source.half(at: 52)
        zeros[block] = 1
        Ternary.readBaseThree(source) { index, code in codes[block * 256 + index] = UInt8(code) }
      }
    })

  /// TQ2_0: 256 weights of three values, two bits each.
  static let ternaryInTwoBits = BlockFormat(
    name: "tq2_0", summary: "256 weights −1, 0 or 1, two bits each, one fp16 scale",
    typeID: 35, blockLength: 256, bytesPerBlock: 66,
    encodeRowReference: { values, _, bytes in
      for block in 0..<values.count / 256 {
        let run = UnsafeBufferPointer(rebasing: values[block * 256..<block * 256 + 256])
        let target = bytes + block * 66
        let inverse = Ternary.storeScale(of: run, in: target, at: 64)
        for offset in 0..<64 {
          var byte = 0
          for plane in 0..<4 {
            let index = offset / 32 * 128 + plane * 32 + offset % 32
            byte |= (Ternary.code(run[index] * inverse) & 3) << (2 * plane)
          }
          target[offset] = UInt8(byte)
        }
      }
    },
    decodeRow: { bytes, values in
      for block in 0..<values.count / 256 {
        let source = bytes + block * 66
        let scale = source.half(at: 64)
        for offset in 0..<64 {
          let byte = source[offset]
          let start = block * 256 + offset / 32 * 128 + offset % 32
          for plane in 0..<4 {
            values[start + plane * 32] = Float(Int(byte >> UInt8(2 * plane) & 3) - 1) * scale
          }
        }
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for index in codes.indices {
        codes[index] = UInt8(Ternary.twoBits(bytes + index / 256 * 66, index % 256))
      }
      for block in 0..<codes.count / 256 {
        scales[block] = (bytes + block * 66).half(at: 64)
        zeros[block] = 1
      }
    })
}

/// What the two ternary layouts share.
enum Ternary {
  /// A stretch of bytes: byte j holds elements j, j + width, j + 2 width … of the stretch.
  struct Plane {
    let start: Int
    let width: Int
    let count: Int
  }

  /// TQ1_0's stretches, by the byte they begin at: 32 bytes of five, 16 of five, four of four.
  static let planes: [(offset: Int, plane: Plane)] = [
    (0, Plane(start: 0, width: 32, count: 5)), (32, Plane(start: 160, width: 16, count: 5)),
    (48, Plane(start: 240, width: 4, count: 4)),
  ]

  /// Stores the largest magnitude as the scale and returns one over it, unrounded.
  static func storeScale(
    of run: UnsafeBufferPointer<Float>, in target: UnsafeMutablePointer<UInt8>, at offset: Int
  ) -> Float {
    let magnitude = run.largestMagnitude
    target.storeHalf(magnitude, at: offset)
    return magnitude != 0 ? 1 / magnitude : 0
  }

  /// −1, 0 or 1 as 0, 1 or 2: rounded, halves away from zero.
  static func code(_ value: Float) -> Int {
    let rounded = BlockRounding.halfAway(value)
    return rounded == .min ? 1 : Int(rounded) + 1
  }

  /// Every code of a TQ1_0 block with its place.
  @inline(__always)
  static func readBaseThree(_ block: UnsafePointer<UInt8>, _ body: (Int, Int) -> Void) {
    for (offset, plane) in planes {
      for index in 0..<plane.width {
        var rest = block[offset + index]
        for place in 0..<plane.count {
          // Times three: the whole part is the next digit, the low byte the fraction that is left.
          body(plane.start + place * plane.width + index, (Int(rest) * 3) >> 8)
          rest = rest &* 3
        }
      }
    }
  }

  /// One code of a TQ2_0 block.
  @inline(__always)
  static func twoBits(_ block: UnsafePointer<UInt8>, _ index: Int) -> Int {
    Int(block[index / 128 * 32 + index % 32] >> UInt8(index / 32 % 4 * 2) & 3)
  }
}
