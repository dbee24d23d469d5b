import Grids
import Quantization
import Tensors
import Testing

@Suite("Key-value cache")
struct QuantizedCacheTests {
  struct Case: Decodable {
    let format: String
    let per: String
    let group: Int
    let recent: Int
    let tokens: Int
    let channels: Int
    let values: [Float]
    let dequantized: [Float]
  }

  private static func format(_ name: String) throws -> CacheFormat {
    let formats: [CacheFormat] = [.float8E4M3, .float8E5M2] + (2...8).map { .integer(bits: $0) }
    return try #require(formats.first { "\($0)" == name })
  }

  private static func cache(
    of tokens: Matrix, _ codec: CacheCodec
  ) throws(QuantizationError) -> QuantizedCache {
    var cache = try QuantizedCache(channels: tokens.columns, codec: codec)
    try cache.append(tokens)
    return cache
  }

  @Test("golden: numpy and ml_dtypes give the same numbers, bit for bit")
  func golden() throws {
    for example in try Golden<Case>.load("kv-cache").cases {
      let sharing: CacheSharing =
        example.per == "token" ? .token(group: example.group) : .channel(tokens: example.group)
      let codec = try CacheCodec(
        Self.format(example.format), sharing: sharing, recentTokens: example.recent)
      let tokens = try Matrix(
        rows: example.tokens, columns: example.channels, elements: example.values)
      let cache = try Self.cache(of: tokens, codec)
      #expect(
        cache.dequantized.elements == example.dequantized, "\(example.format) a \(example.per)")
    }
  }

  @Test(
    "by hand: two bits from a token's minimum to its maximum, a third of the way a step")
  func byHand() throws {
    let codec = try CacheCodec(.integer(bits: 2), sharing: .token(group: 0))
    // From −1 to 2 the levels are −1, 0, 1, 2; 0.5 is a tie, code 1.5, and goes to the even code 2.
    let cache = try Self.cache(of: Matrix([[-1, 2, 0.4, 0.5]]), codec)
    #expect(cache.dequantized == Matrix([[-1, 2, 0, 1]]))
    #expect(cache.storage.bits == 4 * 2 + 16 + 16)
  }

  @Test("by hand: KIVI's keys gather 128 tokens, its values keep the latest 128")
  func recentParts() throws {
    let keys = try CacheCodec.kiviKeys(bits: 2)
    let values = try CacheCodec.kiviValues(bits: 2)
    #expect([0, 127, 128, 129, 300].map { keys.recent(of: $0) } == [0, 127, 0, 1, 44])
    #expect([0, 127, 128, 129, 300].map { values.recent(of: $0) } == [0, 127, 128, 128, 128])
  }

  @Test("by law: tokens one by one, or in pieces, or at once, give the same cache")
  func appendingInPieces() throws {
    let tokens = Matrix(rows: 75, columns: 8, drawnFrom: .normal(), seed: 4)
    for sharing in [CacheSharing.token(group: 4), .token(group: 0), .channel(tokens: 8)] {
      for format in [CacheFormat.integer(bits: 3), .float8E4M3, .float16] {
        let codec = try CacheCodec(format, sharing: sharing, recentTokens: 16)
        let whole = try Self.cache(of: tokens, codec)
        var single = try QuantizedCache(channels: 8, codec: codec)
        for token in 0..<75 { try single.append(tokens.row(token)) }
        var pieces = try QuantizedCache(channels: 8, codec: codec)
        for part in [0..<1, 1..<40, 40..<40, 40..<75] { try pieces.append(tokens.rows(in: part)) }
        #expect(single.dequantized == whole.dequantized)
        #expect(pieces.dequantized == whole.dequantized)
        #expect(single.storage == whole.storage)
        #expect(whole.tokens == 75 && whole.recentTokens == codec.recent(of: 75))
      }
    }
  }

  @Test(
    "by law: a code is off by half a step at most, a recent token by float16's rounding")
  func errorBounds() throws {
    let tokens = Matrix(rows: 64, columns: 16, drawnFrom: .normal(), seed: 5)
      .plantingOutlierColumns([3], factor: 20)
    for bits in 2...8 {
      let codec = try CacheCodec(
        .integer(bits: bits), sharing: .channel(tokens: 16), recentTokens: 48)
      let read = try Self.cache(of: tokens, codec).dequantized
      for channel in 0..<16 {
        for token in 0..<64 {
          let error = (read[token, channel] - tokens[token, channel]).magnitude
          // float16 has 11 bits: rounding moves a number by 2⁻¹¹ of it at most.
          let half = tokens[token, channel].magnitude * 0x1p-11
          guard token < 48 else {
            #expect(error <= half)
            continue
          }
          let block = tokens.rows(in: token / 16 * 16..<token / 16 * 16 + 16).column(channel)
          let range = (block.max() ?? 0) - (block.min() ?? 0)
          // Half a step; the step itself is rounded to float16, which counts once for each level.
          let step = range / Float((1 << bits) - 1)
          let bound: Float = step / 2 + range * 0x1p-10 + half
          #expect(error <= bound)
        }
      }
    }
  }

  @Test(
    "by law: groups of one value come back, floats to the rounding of their scale")
  func constants() throws {
    let tokens = Matrix([[0, 0, 1, 1], [-2, -2, 0, 0]])
    for format in [CacheFormat.integer(bits: 2), .float8E4M3, .float8E5M2] {
      let codec = try CacheCodec(format, sharing: .token(group: 2))
      let read = try Self.cache(of: tokens, codec).dequantized
      // A float32 scale is off by 2⁻²⁴ of itself at most, and so is its product.
      let bound: Float = format == .integer(bits: 2) ? 0 : 2 * 0x1p-23
      #expect(read.maximumDifference(from: tokens) <= bound, "\(format)")
    }
    let codec = try CacheCodec(.integer(bits: 2), sharing: .token(group: 0))
    #expect(try Self.cache(of: Matrix([[3]]), codec).dequantized == Matrix([[3]]))
  }

  @Test("by law: what a codec says a cache takes is what its parts add up to")
  func storageIsTheSum() throws {
    let keys = try CacheCodec.kiviKeys(bits: 2)
    let cost = keys.storage(tokens: 300, channels: 128)  // 256 coded in 8 blocks, 44 recent
    #expect(cost.bits == 256 * 128 * 2 + 8 * 128 * 32 + 44 * 128 * 16)
    let values = try CacheCodec.kiviValues(bits: 2)
    #expect(
      values.storage(tokens: 300, channels: 128).bits == 172 * (128 * 2 + 4 * 32) + 128 * 128 * 16)
    #expect(keys.storage(tokens: 0, channels: 128).bits == 0)
    let plain = try CacheCodec(.float8E4M3, sharing: .token(group: 0))
    #expect(plain.storage(tokens: 3, channels: 64).bits == 3 * (64 * 8 + 32))
  }

  @Test("by hand: 128 KiB a token for LLaMA 3 8B and 320 KiB for 70B, in float16")
  func bytesPerToken() throws {
    #expect(CacheShape.llama3With8B.bytesPerToken(bits: 16) == 128 * 1024)
    #expect(CacheShape.llama3With70B.bytesPerToken(bits: 16) == 320 * 1024)
    let shape = CacheShape.llama3With8B
    let whole = shape.storage(tokens: 8192, keys: .float16, values: .float16)
    #expect(whole.bytes == 1 << 30)  // 8,192 tokens × 128 KiB
    #expect(whole.bitsPerWeight == 16)
    let kivi = try shape.storage(
      tokens: 8192, keys: .kiviKeys(bits: 2), values: .kiviValues(bits: 2))
    // 8,192 is a multiple of 128: all keys at 2 + 32/32 bits, values the same but for 128 tokens.
    let perHead = 8192 * 128 * 3 + (8192 - 128) * 128 * 3 + 128 * 128 * 16
    #expect(kivi.bits == 32 * 8 * perHead)
  }

  @Test("errors name what was asked and what is possible")
  func refusals() throws {
    #expect(throws: QuantizationError.bits(1, allowed: 2...8, who: "a key-value cache")) {
      try CacheCodec(.integer(bits: 1), sharing: .token(group: 0))
    }
    #expect(throws: QuantizationError.sizeNotPositive(name: "tokens to a scale", value: 0)) {
      try CacheCodec(.integer(bits: 2), sharing: .channel(tokens: 0))
    }
    let uneven = #expect(throws: QuantizationError.self) {
      try CacheCodec(.integer(bits: 2), sharing: .channel(tokens: 32), recentTokens: 100)
    }
    #expect(
      uneven?.description
        == "recent tokens is 100.0; expected a multiple of the 32 tokens to a scale")
    #expect(throws: QuantizationError.groupSizeDoesNotDivide(groupSize: 32, columns: 80)) {
      try QuantizedCache(channels: 80, codec: .kiviValues(bits: 2))
    }
    var cache = try QuantizedCache(channels: 2, codec: .float16)
    #expect(throws: QuantizationError.countMismatch(what: "channels", found: 3, expected: 2)) {
      try cache.append(Matrix([[1, 2, 3]]))
    }
    #expect(throws: QuantizationError.self) { try cache.append(Matrix([[1, .nan]])) }
    #expect(throws: QuantizationError.self) { try cache.append(Matrix([[1, 70_000]])) }
    #expect(cache.tokens == 0)
  }
}
