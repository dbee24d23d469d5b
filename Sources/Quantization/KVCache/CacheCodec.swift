/// The number format of a key-value cache.
public enum CacheFormat: Hashable, Sendable {
  /// Half precision, what a cache holds when nobody compresses it; no scale.
  case float16
  /// Integers of 2 to 8 bits that run from a group's minimum to its maximum, both ends exact to float16.
  case integer(bits: Int)
  /// Eight-bit floats with three bits of mantissa; the scale puts a group's largest magnitude on 448.
  case float8E4M3
  /// Eight-bit floats with two bits of mantissa; the scale puts a group's largest magnitude on 57,344.
  case float8E5M2

  /// What one number takes, without its share of a scale.
  public var bits: Int {
    switch self {
    case .float16: 16
    case .integer(let bits): bits
    case .float8E4M3, .float8E5M2: 8
    }
  }

  /// The bits each group stores besides: a float16 scale and minimum for integers, a float32 scale for
  /// floats.
  public var bitsPerGroup: Int {
    switch self {
    case .float16: 0
    case .integer, .float8E4M3, .float8E5M2: 32
    }
  }
}

extension CacheFormat: CustomStringConvertible {
  /// The format as people write it: `int4`, `fp8-e4m3`.
  public var description: String {
    switch self {
    case .float16: "float16"
    case .integer(let bits): "int\(bits)"
    case .float8E4M3: "fp8-e4m3"
    case .float8E5M2: "fp8-e5m2"
    }
  }
}

/// Who shares a scale in a key-value cache.
///
/// Keys of trained models have a few channels that are large for every token. A scale a token is set
/// by those and wastes its levels on the others; a scale a channel gives each its own.
public enum CacheSharing: Hashable, Sendable {
  /// The channels of one token, in runs of `group`; 0 for all of them.
  case token(group: Int)
  /// One channel of `tokens` tokens in a row; a group is closed when its last token has come.
  case channel(tokens: Int)
}

/// How the keys or the values of one head are stored: the format, who shares a scale, and how many
/// recent tokens stay in half precision.
///
/// Source: KIVI, Liu et al. 2024, arXiv:2402.02750, for channels, groups of 32 and a residual of 128.
public struct CacheCodec: Hashable, Sendable {
  /// The number format.
  public let format: CacheFormat
  /// Who shares a scale.
  public let sharing: CacheSharing
  /// How many of the latest tokens may stay in float16.
  ///
  /// With a scale a token exactly this many always do, once there are so many. With a scale a
  /// channel tokens gather until there are this many, and then all of them are coded at once.
  public let recentTokens: Int

  /// A codec.
  ///
  /// - Parameters:
  ///   - format: The number format.
  ///   - sharing: Who shares a scale.
  ///   - recentTokens: How many recent tokens stay in float16; with a scale a channel a multiple of
  ///     its tokens.
  /// - Throws: `QuantizationError.bits`, `.sizeNotPositive`, or `.parameter` for recent tokens that are
  ///   negative or no multiple of a channel's group.
  public init(
    _ format: CacheFormat, sharing: CacheSharing, recentTokens: Int = 0
  ) throws(QuantizationError) {
    if case .integer(let bits) = format, !(2...8).contains(bits) {
      throw .bits(bits, allowed: 2...8, who: "a key-value cache")
    }
    var multiple = 1
    switch sharing {
    case .token(let group):
      guard group >= 0 else { throw .sizeNotPositive(name: "channels to a scale", value: group) }
    case .channel(let tokens):
      guard tokens > 0 else { throw .sizeNotPositive(name: "tokens to a scale", value: tokens) }
      multiple = tokens
    }
    guard recentTokens >= 0, recentTokens % multiple == 0 else {
      throw .parameter(
        name: "recent tokens", value: Double(recentTokens),
        expected: multiple == 1 ? "0 or more" : "a multiple of the \(multiple) tokens to a scale")
    }
    self.format = format
    self.sharing = sharing
    self.recentTokens = recentTokens
  }

  private init(unchecked format: CacheFormat, _ sharing: CacheSharing, recentTokens: Int) {
    self.format = format
    self.sharing = sharing
    self.recentTokens = recentTokens
  }

  /// Half precision throughout: what the others are compared with.
  public static let float16 = CacheCodec(unchecked: .float16, .token(group: 0), recentTokens: 0)

  /// KIVI's keys: each channel over 32 tokens, coded when 128 have gathered.
  ///
  /// - Parameter bits: 2 in the paper; 2 to 8.
  /// - Returns: The codec.
  /// - Throws: `QuantizationError.bits`.
  public static func kiviKeys(bits: Int) throws(QuantizationError) -> CacheCodec {
    try CacheCodec(.integer(bits: bits), sharing: .channel(tokens: 32), recentTokens: 128)
  }

  /// KIVI's values: each token in runs of 32 channels, all but the latest 128 tokens.
  ///
  /// - Parameter bits: 2 in the paper; 2 to 8.
  /// - Returns: The codec.
  /// - Throws: `QuantizationError.bits`.
  public static func kiviValues(bits: Int) throws(QuantizationError) -> CacheCodec {
    try CacheCodec(.integer(bits: bits), sharing: .token(group: 32), recentTokens: 128)
  }

  /// How many of the latest tokens are in float16 when a cache holds this many.
  ///
  /// - Parameter tokens: 0 or more.
  /// - Returns: All of them for ``CacheFormat/float16``, which codes nothing.
  public func recent(of tokens: Int) -> Int {
    if format == .float16 { return tokens }
    switch sharing {
    case .token: return min(recentTokens, tokens)
    case .channel(let group): return tokens % max(recentTokens, group)
    }
  }

  /// What a head's keys or values of this many tokens occupy.
  ///
  /// - Parameters:
  ///   - tokens: 0 or more.
  ///   - channels: The head dimension; a multiple of a token's group.
  /// - Returns: Codes, scales, minima and recent tokens; what is shared out are the cached numbers.
  public func storage(tokens: Int, channels: Int) -> StorageCost {
    let recent = recent(of: tokens)
    let coded = tokens - recent
    let groups =
      switch sharing {
      case .token(let group): coded * (channels / (group == 0 ? channels : group))
      case .channel(let group): coded / group * channels
      }
    var items = [
      StorageCost.Item("codes", count: coded * channels, bitsEach: format.bits),
      StorageCost.Item("float16 tokens", count: recent * channels, bitsEach: 16),
    ]
    switch format {
    case .float16: break
    case .integer:
      items.append(.init("scales", count: groups, bitsEach: 16))
      items.append(.init("minima", count: groups, bitsEach: 16))
    case .float8E4M3, .float8E5M2: items.append(.init("scales", count: groups, bitsEach: 32))
    }
    return StorageCost(weights: tokens * channels, items: items)
  }
}
