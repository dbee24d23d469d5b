internal import CKernels
internal import Tensors

extension BlockFormat {
  /// Q4_0: 32 codes of four bits and a scale.
  static let fourBits = linear(
    LinearBlock(bits: 4, hasMinimum: false), name: "q4_0", typeID: 2,
    summary: "32 weights, 4 bits each, one fp16 scale",
    multiplyRows: { nibble_q4_0_products($0, $1, $2, $3, $4, $5) })

  /// Q4_1: a minimum besides.
  static let fourBitsWithMinimum = linear(
    LinearBlock(bits: 4, hasMinimum: true), name: "q4_1", typeID: 3,
    summary: "32 weights, 4 bits each, an fp16 scale and minimum")

  /// Q5_0: a fifth bit, kept apart.
  static let fiveBits = linear(
    LinearBlock(bits: 5, hasMinimum: false), name: "q5_0", typeID: 6,
    summary: "32 weights, 5 bits each, one fp16 scale")

  /// Q5_1: a fifth bit and a minimum.
  static let fiveBitsWithMinimum = linear(
    LinearBlock(bits: 5, hasMinimum: true), name: "q5_1", typeID: 7,
    summary: "32 weights, 5 bits each, an fp16 scale and minimum")

  private static func linear(
    _ block: LinearBlock, name: String, typeID: Int, summary: String,
    multiplyRows: MultiplyRows? = nil
  ) -> BlockFormat {
    BlockFormat(
      name: name, summary: summary, typeID: typeID, blockLength: LinearBlock.length,
      bytesPerBlock: block.bytes, usesImportance: true,
      encodeRow: { values, importance, bytes in
        guard let importance else {
          nibble_linear_blocks_encode(
            values.baseAddress, values.count / LinearBlock.length, Int32(block.bits),
            block.hasMinimum ? 1 : 0, bytes)
          return
        }
        block.encode(values, importance: importance, search: .fast, into: bytes)
      },
      encodeRowReference: { values, importance, bytes in
        block.encode(values, importance: importance, search: .plain, into: bytes)
      },
      decodeRow: { bytes, values in
        nibble_linear_blocks_decode(
          bytes, values.count / LinearBlock.length, Int32(block.bits), block.hasMinimum ? 1 : 0,
          values.baseAddress)
      },
      decodeRowReference: { bytes, values in block.decode(bytes, into: values) },
      unpackRow: { bytes, codes, scales, zeros in
        block.unpack(bytes, codes: codes, scales: scales, zeros: zeros)
      },
      multiplyRows: multiplyRows)
  }

  /// Q8_0: 32 signed bytes and a scale, absmax/127.
  static let eightBits = BlockFormat(
    name: "q8_0", summary: "32 weights, 8 bits each, one fp16 scale", typeID: 8, blockLength: 32,
    bytesPerBlock: 34, isSigned: true,
    encodeRow: { values, _, bytes in
      nibble_byte_blocks_encode(values.baseAddress, values.count / 32, bytes)
    },
    encodeRowReference: { values, _, bytes in
      for block in 0..<values.count / 32 {
        let run = UnsafeBufferPointer(rebasing: values[block * 32..<block * 32 + 32])
        let scale = run.largestMagnitude / 127
        let inverse = scale != 0 ? 1 / scale : 0
        let target = bytes + block * 34
        target.storeHalf(scale, at: 0)
        for index in 0..<32 {
          target[2 + index] = UInt8(
            truncatingIfNeeded: BlockRounding.halfAway(run[index] * inverse))
        }
      }
    },
    decodeRow: { bytes, values in
      nibble_byte_blocks_decode(bytes, values.count / 32, values.baseAddress)
    },
    decodeRowReference: { bytes, values in
      for index in values.indices {
        let block = bytes + index / 32 * 34
        values[index] = Float(Int8(bitPattern: block[2 + index % 32])) * block.half(at: 0)
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for index in codes.indices { codes[index] = bytes[index / 32 * 34 + 2 + index % 32] }
      for block in 0..<codes.count / 32 {
        scales[block] = (bytes + block * 34).half(at: 0)
        zeros[block] = 0
      }
    },
    multiplyRows: { nibble_q8_0_products($0, $1, $2, $3, $4, $5) })
}

/// The layout of Q4_0, Q4_1, Q5_0 and Q5_1: an fp16 scale, an fp16 minimum where there is one, the
/// fifth bits where there are any, and 16 bytes of four bits each for elements j and j + 16.
///
/// Without a minimum the value is scale × (code − 2^(b−1)), with one scale × code + minimum.
struct LinearBlock: Sendable {
  /// How many values make a block.
  static let length = 32

  /// Four or five.
  let bits: Int
  /// Whether a minimum is stored.
  let hasMinimum: Bool

  /// The largest code.
  var largest: Int { 1 << bits - 1 }
  /// Half the number of codes: the code of zero in formats without a minimum.
  var middle: Int { 1 << (bits - 1) }
  private var highBitsOffset: Int { hasMinimum ? 4 : 2 }
  private var nibblesOffset: Int { highBitsOffset + (bits == 5 ? 4 : 0) }
  /// The bytes of a block.
  var bytes: Int { nibblesOffset + 16 }

  /// Quantizes a row.
  ///
  /// Without importance a block is scaled by its extremes; with it, by a search that weighs each error
  /// by importance × √(σ² + x²), σ² the mean square of the row. The searches are the plain ones or the
  /// fast ones.
  func encode(
    _ row: UnsafeBufferPointer<Float>, importance: UnsafePointer<Float>?,
    search searches: BlockSearches, into bytes: UnsafeMutablePointer<UInt8>
  ) {
    var squares: Float = 0
    if importance != nil { for value in row { squares += value * value } }
    let variance = squares / Float(row.count)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * Self.length) { scratch in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.length) { weights in
        guard let codes = scratch.baseAddress, let weights = weights.baseAddress else { return }
        for block in 0..<row.count / Self.length {
          let start = block * Self.length
          let run = UnsafeBufferPointer(rebasing: row[start..<start + Self.length])
          let target = bytes + block * self.bytes
          guard let importance else {
            hasMinimum ? encodeRange(run, codes, target) : encodeExtreme(run, codes, target)
            store(codes, target)
            continue
          }
          for index in 0..<Self.length {
            weights[index] =
              importance[start + index] * (variance + run[index] * run[index]).squareRoot()
          }
          search(run, weights, codes, target, by: searches)
          store(codes, target)
        }
      }
    }
  }

  /// The value of the largest magnitude goes on code 0, which has no partner on the other side.
  private func encodeExtreme(
    _ run: UnsafeBufferPointer<Float>, _ codes: UnsafeMutablePointer<UInt8>,
    _ target: UnsafeMutablePointer<UInt8>
  ) {
    var magnitude: Float = 0
    var extreme: Float = 0
    for value in run where value.magnitude > magnitude {
      magnitude = value.magnitude
      extreme = value
    }
    let scale = extreme / -Float(middle)
    let inverse = scale != 0 ? 1 / scale : 0
    target.storeHalf(scale, at: 0)
    for index in run.indices {
      // Adding the middle and a half, then cutting, rounds halves up.
      let code = BlockRounding.truncated(run[index] * inverse + (Float(middle) + 0.5))
      codes[index] = UInt8(
        truncatingIfNeeded: min(Int32(largest), Int32(Int8(truncatingIfNeeded: code))))
    }
  }

  /// The least value goes on code 0, the largest on the last.
  private func encodeRange(
    _ run: UnsafeBufferPointer<Float>, _ codes: UnsafeMutablePointer<UInt8>,
    _ target: UnsafeMutablePointer<UInt8>
  ) {
    var least = Float.greatestFiniteMagnitude
    var most = -Float.greatestFiniteMagnitude
    for value in run {
      least = value < least ? value : least
      most = value > most ? value : most
    }
    let scale = (most - least) / Float(largest)
    let inverse = scale != 0 ? 1 / scale : 0
    target.storeHalf(scale, at: 0)
    target.storeHalf(least, at: 2)
    for index in run.indices {
      let code = BlockRounding.truncated((run[index] - least) * inverse + 0.5)
      codes[index] = UInt8(
        truncatingIfNeeded: bits == 5
          ? code : min(Int32(largest), Int32(Int8(truncatingIfNeeded: code))))
    }
  }

  private func search(
    _ run: UnsafeBufferPointer<Float>, _ weights: UnsafeMutablePointer<Float>,
    _ codes: UnsafeMutablePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
    by searches: BlockSearches
  ) {
    guard hasMinimum else {
      let scale = searches.symmetric(run, middle, weights, codes)
      target.storeHalf(scale, at: 0)
      return
    }
    let steps = BlockSearch.AffineSteps(
      largest: largest, first: -0.9, growth: 0.05, count: 36, usesMagnitude: false)
    let found = searches.affine(run, weights, steps, codes, codes + Self.length)
    target.storeHalf(found.scale, at: 0)
    target.storeHalf(-found.minimum, at: 2)
  }

  /// Two elements a byte, half a block apart; the fifth bits of all 32 in one little-endian word.
  private func store(
    _ codes: UnsafeMutablePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) {
    for index in 0..<16 {
      target[nibblesOffset + index] = codes[index] & 15 | codes[index + 16] << 4
    }
    guard bits == 5 else { return }
    var high: UInt32 = 0
    for index in 0..<Self.length { high |= UInt32(codes[index] >> 4 & 1) << UInt32(index) }
    for index in 0..<4 {
      target[highBitsOffset + index] = UInt8(truncatingIfNeeded: high >> UInt32(8 * index))
    }
  }

  /// The code of one element of a block.
  @inline(__always)
  private func code(_ block: UnsafePointer<UInt8>, _ index: Int) -> UInt8 {
    let byte = block[nibblesOffset + index % 16]
    let low = index < 16 ? byte & 15 : byte >> 4
    guard bits == 5 else { return low }
    return low | (block[highBitsOffset + index / 8] >> UInt8(index % 8) & 1) << 4
  }

  /// The values of a row.
  func decode(_ bytes: UnsafePointer<UInt8>, into values: UnsafeMutableBufferPointer<Float>) {
    for block in 0..<values.count / Self.length {
      let source = bytes + block * self.bytes
      let scale = source.half(at: 0)
      let minimum = hasMinimum ? source.half(at: 2) : 0
      for index in 0..<Self.length {
        let code = Int(code(source, index))
        values[block * Self.length + index] =
          hasMinimum ? Float(code) * scale + minimum : Float(code - middle) * scale
      }
    }
  }

  /// Codes, scales and zeros of a row.
  func unpack(
    _ bytes: UnsafePointer<UInt8>, codes: UnsafeMutableBufferPointer<UInt8>,
    scales: UnsafeMutablePointer<Float>, zeros: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<codes.count / Self.length {
      let source = bytes + block * self.bytes
      let scale = source.half(at: 0)
      let run =
        hasMinimum
        ? BlockFormat.run(scale: scale, minimum: source.half(at: 2))
        : (scale: scale, zero: Float(middle), isFlat: false)
      scales[block] = run.scale
      zeros[block] = run.zero
      for index in 0..<Self.length {
        codes[block * Self.length + index] = run.isFlat ? 0 : code(source, index)
      }
    }
  }
}
