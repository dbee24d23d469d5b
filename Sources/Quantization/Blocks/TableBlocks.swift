internal import CKernels

extension BlockFormat {
  /// IQ4_NL: 32 codes into a table of 16 levels, and a scale.
  static let tableLevels = BlockFormat(
    name: "iq4_nl", summary: "32 weights on 16 uneven levels, one fp16 scale found by a search",
    typeID: 20, blockLength: 32, bytesPerBlock: 18, usesImportance: true, levels: LevelTable.values,
    encodeRow: { row, importance, bytes in
      LevelTable.encodeBlocks(row, importance, bytes, by: .fast)
    },
    encodeRowReference: { row, importance, bytes in
      LevelTable.encodeBlocks(row, importance, bytes, by: .plain)
    },
    decodeRow: LevelTable.decodeBlocks,
    unpackRow: { bytes, codes, scales, zeros in
      for index in codes.indices {
        let byte = bytes[index / 32 * 18 + 2 + index % 16]
        codes[index] = index % 32 < 16 ? byte & 15 : byte >> 4
      }
      for block in 0..<codes.count / 32 {
        scales[block] = (bytes + block * 18).half(at: 0)
        zeros[block] = 0
      }
    })

  /// IQ4_XS: the same levels, 256 values with a scale of six bits for each 32.
  static let tableLevelsInSuperBlocks = BlockFormat(
    name: "iq4_xs", summary: "256 weights on 16 uneven levels, 6-bit scales of 32 and an fp16 one",
    typeID: 23, blockLength: 256, bytesPerBlock: 136, runLength: 32, usesImportance: true,
    levels: LevelTable.values,
    encodeRow: { row, importance, bytes in
      LevelTable.encodeSuperBlocks(row, importance, bytes, by: .fast)
    },
    encodeRowReference: { row, importance, bytes in
      LevelTable.encodeSuperBlocks(row, importance, bytes, by: .plain)
    },
    decodeRow: LevelTable.decodeSuperBlocks,
    unpackRow: { bytes, codes, scales, zeros in
      for run in 0..<codes.count / 32 {
        let block = bytes + run / 8 * 136
        scales[run] = LevelTable.scale(block, run % 8)
        zeros[run] = 0
        for index in 0..<32 {
          let byte = block[8 + run % 8 * 16 + index % 16]
          codes[run * 32 + index] = index < 16 ? byte & 15 : byte >> 4
        }
      }
    })
}

/// The 16 uneven levels that IQ4_NL and IQ4_XS share, and the search for a scale.
enum LevelTable {
  /// What the codes 0 to 15 stand for in units of the scale; symmetric up to a shift of one.
  static let values: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  /// The nearest level's code; between two as near, the upper one.
  @inline(__always)
  static func code(_ value: Float, _ levels: UnsafePointer<Float>) -> Int {
    if value <= levels[0] { return 0 }
    if value >= levels[15] { return 15 }
    var below = 0
    var above = 15
    while above - below > 1 {
      let middle = (below + above) / 2
      if value < levels[middle] { above = middle } else { below = middle }
    }
    return value - levels[above - 1] < levels[above] - value ? above - 1 : above
  }

  /// The scale of a run: first the one that puts the extreme on −127, then 15 whose extreme lands on
  /// −127 + t, t = −7 … 7, each refitted to its codes by weighted least squares.
  fileprivate static func scale(
    of run: UnsafeBufferPointer<Float>, _ weights: UnsafePointer<Float>,
    _ levels: UnsafePointer<Float>
  ) -> Float {
    var magnitude: Float = 0
    var extreme: Float = 0
    for value in run where value.magnitude > magnitude {
      magnitude = value.magnitude
      extreme = value
    }
    guard magnitude >= BlockSearch.smallestMagnitude else { return 0 }
    func sums(_ inverse: Float) -> (products: Float, squares: Float) {
      var products: Float = 0
      var squares: Float = 0
      for index in run.indices {
        let level = levels[code(inverse * run[index], levels)]
        products += weights[index] * level * run[index]
        squares += weights[index] * level * level
      }
      return (products, squares)
    }
    var (products, squares) = sums(1 / (-extreme / levels[0]))
    var scale = squares > 0 ? products / squares : 0  // no importance at all makes a run of zeros
    var best = scale * products
    for step in -7...7 {
      (products, squares) = sums((Float(step) + levels[0]) / extreme)
      if squares > 0, products * products > best * squares {
        scale = products / squares
        best = scale * products
      }
    }
    return scale
  }

  /// Finds the scale of every run of 32 in a block: weights are x², or with importance
  /// importance × √(σ² + x²), σ² twice the block's mean square.
  private static func findScales(
    _ block: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?,
    _ levels: UnsafePointer<Float>, _ scales: UnsafeMutablePointer<Float>, by loops: LevelLoops
  ) {
    var squares: Float = 0
    for value in block { squares += value * value }
    let variance = squares * (2 / Float(block.count))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { weights in
      guard let weights = weights.baseAddress else { return }
      for start in stride(from: 0, to: block.count, by: 32) {
        for index in 0..<32 {
          let value = block[start + index]
          let square = value * value
          weights[index] =
            importance.map { $0[start + index] * (variance + square).squareRoot() } ?? square
        }
        let run = UnsafeBufferPointer(rebasing: block[start..<start + 32])
        scales[start / 32] = loops.scale(run, weights, levels)
      }
    }
  }

  /// Codes of a run by an inverse scale, two a byte, half a run apart.
  fileprivate static func store(
    _ run: UnsafeBufferPointer<Float>, _ inverse: Float, _ levels: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<UInt8>
  ) {
    for index in 0..<16 {
      let low = code(inverse * run[index], levels)
      let high = code(inverse * run[index + 16], levels)
      target[index] = UInt8(low | high << 4)
    }
  }

  /// A row as IQ4_NL: the scale is rounded to half precision, the codes are taken with it unrounded.
  fileprivate static func encodeBlocks(
    _ row: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?,
    _ bytes: UnsafeMutablePointer<UInt8>, by loops: LevelLoops
  ) {
    values.withUnsafeBufferPointer { levels in
      guard let levels = levels.baseAddress else { return }
      for block in 0..<row.count / 32 {
        let run = UnsafeBufferPointer(rebasing: row[block * 32..<block * 32 + 32])
        let target = bytes + block * 18
        var scale: Float = 0
        findScales(run, importance.map { $0 + block * 32 }, levels, &scale, by: loops)
        target.storeHalf(scale, at: 0)
        loops.store(run, scale != 0 ? 1 / scale : 0, levels, target + 2)
      }
    }
  }

  /// A row as IQ4_XS: scales become multiples, −32 to 31, of the extreme one over −32; the codes are
  /// taken again with those.
  fileprivate static func encodeSuperBlocks(
    _ row: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?,
    _ bytes: UnsafeMutablePointer<UInt8>, by loops: LevelLoops
  ) {
    values.withUnsafeBufferPointer { levels in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { scales in
        guard let levels = levels.baseAddress, let found = scales.baseAddress else { return }
        for block in 0..<row.count / 256 {
          let part = UnsafeBufferPointer(rebasing: row[block * 256..<block * 256 + 256])
          let target = bytes + block * 136
          findScales(part, importance.map { $0 + block * 256 }, levels, found, by: loops)
          var extreme: Float = 0
          for scale in scales where scale.magnitude > extreme.magnitude { extreme = scale }
          let unit = -extreme / 32
          let inverse = unit != 0 ? 1 / unit : 0
          target.storeHalf(unit, at: 0)
          for offset in 2..<8 { target[offset] = 0 }
          for run in 0..<8 {
            let multiple = max(-32, min(31, BlockRounding.nearestEven(inverse * scales[run])))
            let scale = unit * Float(multiple)
            loops.store(
              UnsafeBufferPointer(rebasing: part[run * 32..<run * 32 + 32]),
              scale != 0 ? 1 / scale : 0, levels, target + 8 + run * 16)
            let stored = UInt8(multiple + 32)
            target[4 + run / 2] |= (stored & 15) << UInt8(4 * (run % 2))
            target[2 + run / 4] |= (stored >> 4) << UInt8(2 * (run % 4))
          }
        }
      }
    }
  }

  /// The scale of one run of an IQ4_XS block.
  static func scale(_ block: UnsafePointer<UInt8>, _ run: Int) -> Float {
    let low = block[4 + run / 2] >> UInt8(4 * (run % 2)) & 15
    let high = block[2 + run / 4] >> UInt8(2 * (run % 4)) & 3
    return block.half(at: 0) * Float(Int(low | high << 4) - 32)
  }

  /// The values of IQ4_NL blocks.
  static let decodeBlocks: BlockFormat.DecodeRow = { bytes, row in
    values.withUnsafeBufferPointer { levels in
      for block in 0..<row.count / 32 {
        let source = bytes + block * 18
        decode(source + 2, source.half(at: 0), levels, row, from: block * 32)
      }
    }
  }

  /// The values of IQ4_XS blocks.
  static let decodeSuperBlocks: BlockFormat.DecodeRow = { bytes, row in
    values.withUnsafeBufferPointer { levels in
      for run in 0..<row.count / 32 {
        let block = bytes + run / 8 * 136
        decode(block + 8 + run % 8 * 16, scale(block, run % 8), levels, row, from: run * 32)
      }
    }
  }

  private static func decode(
    _ nibbles: UnsafePointer<UInt8>, _ scale: Float, _ levels: UnsafeBufferPointer<Float>,
    _ row: UnsafeMutableBufferPointer<Float>, from start: Int
  ) {
    for index in 0..<16 {
      row[start + index] = scale * levels[Int(nibbles[index] & 15)]
      row[start + index + 16] = scale * levels[Int(nibbles[index] >> 4)]
    }
  }
}

/// The two loops that take the time, plain or fast.
private struct LevelLoops: Sendable {
  /// A run of 32, weights, levels; returns the scale.
  let scale:
    @Sendable (UnsafeBufferPointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Float
  /// A run, an inverse scale, levels, 16 bytes to write.
  let store:
    @Sendable (
      UnsafeBufferPointer<Float>, Float, UnsafePointer<Float>, UnsafeMutablePointer<UInt8>
    ) -> Void

  /// The loops that explain.
  static let plain = LevelLoops(
    scale: { LevelTable.scale(of: $0, $1, $2) }, store: { LevelTable.store($0, $1, $2, $3) })

  /// The loops that hold the trials side by side.
  static let fast = LevelLoops(
    scale: { nibble_level_scale($0.baseAddress, $1, $2) },
    store: { run, inverse, levels, target in
      nibble_level_codes(run.baseAddress, inverse, levels, target)
    })
}
