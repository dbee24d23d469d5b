public import Grids

/// Scales that are quantized themselves: eight-bit codes, one offset, and a magnitude a block.
///
/// Scales of one tensor are alike, so their mean is taken off first and what is left is stored in
/// blocks: scale = levels[code] × magnitude + offset. Source: double quantization in Dettmers et al.
/// 2023 (QLoRA), arXiv:2305.14314, section 3.
public struct DoubleQuantizedScales: Hashable, Sendable {
  /// The mean of the scales.
  public let offset: Float
  /// One code a scale.
  public let codes: [UInt8]
  /// The largest distance from the offset in each block.
  public let magnitudes: [Float]
  /// How many scales share a magnitude.
  public let blockSize: Int
  /// The value of each code, −1 to 1.
  public let levels: [Float]

  /// Quantizes scales as bitsandbytes does: its 256-level dynamic map, blocks of 256.
  ///
  /// Its loop for the CPU does not search the levels but a table of 65,536 places between −1 and 1,
  /// each holding the level nearest to it. About one code in 700 is therefore not the nearest; the
  /// same codes come out here. The offset is the mean, here summed in Double.
  ///
  /// - Parameters:
  ///   - scales: The scales of one tensor, all finite (a precondition).
  ///   - blockSize: How many of them share a magnitude (a precondition: at least 1).
  public init(_ scales: [Float], blockSize: Int = 256) {
    let levels = Codebook.dynamicSigned8.table
    self.init(scales, blockSize: blockSize, levels: levels) { distance, factor in
      let place = (min(max(distance * factor, -1), 1) + 1) * 32_767.5 + 0.5
      return DynamicMap.nearest[Int(place)]
    }
  }

  /// Quantizes scales with any codebook whose levels lie between −1 and 1, to the nearest level.
  ///
  /// - Parameters:
  ///   - scales: The scales of one tensor, all finite (a precondition).
  ///   - blockSize: How many of them share a magnitude (a precondition: at least 1).
  ///   - codebook: The levels.
  public init(_ scales: [Float], blockSize: Int = 256, codebook: Codebook) {
    self.init(scales, blockSize: blockSize, levels: codebook.table) { distance, factor in
      UInt8(truncatingIfNeeded: codebook.encode(distance * factor))
    }
  }

  private init(
    _ scales: [Float], blockSize: Int, levels: [Float],
    encode: (_ distance: Float, _ factor: Float) -> UInt8
  ) {
    precondition(blockSize > 0, "a block holds at least one scale")
    var sum = 0.0
    for scale in scales { sum += Double(scale) }
    let offset = scales.isEmpty ? 0 : Float(sum / Double(scales.count))
    var codes: [UInt8] = []
    var magnitudes: [Float] = []
    for start in stride(from: 0, to: scales.count, by: blockSize) {
      let block = scales[start..<min(start + blockSize, scales.count)].map { $0 - offset }
      let magnitude = block.reduce(0) { max($0, $1.magnitude) }
      magnitudes.append(magnitude)
      // Scales that are all the offset need any code at all: it is multiplied by zero.
      let factor = magnitude > 0 ? 1 / magnitude : 0
      codes += block.map { encode($0, factor) }
    }
    self.offset = offset
    self.codes = codes
    self.magnitudes = magnitudes
    self.blockSize = blockSize
    self.levels = levels
  }

  /// The scales that the codes stand for.
  public func decoded() -> [Float] {
    codes.indices.map { levels[Int(codes[$0])] * magnitudes[$0 / blockSize] + offset }
  }

  /// What is stored instead of the scales: the codes, a 32-bit magnitude a block, and the offset.
  ///
  /// For blocks of 64 weights and of 256 scales: 8/64 + 32/(64 × 256) = 0.127 bits a weight, and 32
  /// bits for the offset.
  public var storageItems: [StorageCost.Item] {
    var bitsEach = 0
    while 1 << bitsEach < levels.count { bitsEach += 1 }
    return [
      .init("scale codes", count: codes.count, bitsEach: bitsEach),
      .init("scale magnitudes", count: magnitudes.count, bitsEach: 32),
      .init("scale offset", count: codes.isEmpty ? 0 : 1, bitsEach: 32),
    ]
  }
}

/// The table bitsandbytes looks its signed 8-bit map up in.
private enum DynamicMap {
  /// For each of 65,536 places from −1 to 1, the code of the level nearest to it.
  static let nearest: [UInt8] = {
    let levels = Codebook.dynamicSigned8.levels
    let thresholds = zip(levels, levels.dropFirst()).map { (Double($0) + Double($1)) / 2 }
    var code = 0
    return (0..<65_536).map { place in
      let value = Double(place) * 2 / 65_535 - 1
      while code < thresholds.count, thresholds[code] < value { code += 1 }
      return UInt8(code)
    }
  }()
}
