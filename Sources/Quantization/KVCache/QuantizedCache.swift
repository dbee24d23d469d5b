internal import Grids
public import Tensors

/// The keys, or the values, of one attention head, coded as tokens arrive.
///
/// A decode loop appends one token a step and reads all of them. Values are rounded to float16 as they
/// come, as a model in half precision hands them over; the latest tokens stay so, older ones are coded
/// by the codec's rule. How tokens are cut into calls changes nothing: a prompt appended at once and
/// the same tokens one by one give the same cache.
///
/// Source: KIVI, Liu et al. 2024, arXiv:2402.02750, section 3.3, for the two rules of the recent part.
public struct QuantizedCache: Sendable {
  /// How tokens are stored.
  public let codec: CacheCodec
  /// The head dimension.
  public let channels: Int
  /// How many tokens are in the cache.
  public var tokens: Int { codedTokens + recentTokens }
  /// How many of them are coded: the oldest.
  public private(set) var codedTokens = 0
  /// How many of them are in float16: the latest.
  public var recentTokens: Int { recent.count / channels }

  private let run: CacheRun
  /// Row after row, a token a row.
  private var codes: [UInt8] = []
  /// A token's groups after each other, or a block of tokens' channels after each other.
  private var parameters: [CacheRun.Parameters] = []
  private var recent: [Float] = []

  /// A cache without tokens.
  ///
  /// - Parameters:
  ///   - channels: The head dimension, 1 or more.
  ///   - codec: How tokens are stored.
  /// - Throws: `QuantizationError.groupSizeDoesNotDivide` where a token's groups do not tile the head,
  ///   `.sizeNotPositive` for a head without channels.
  public init(channels: Int, codec: CacheCodec) throws(QuantizationError) {
    guard channels > 0 else { throw .sizeNotPositive(name: "head dimension", value: channels) }
    if case .token(let group) = codec.sharing, group > 0, channels % group != 0 {
      throw .groupSizeDoesNotDivide(groupSize: group, columns: channels)
    }
    self.codec = codec
    self.channels = channels
    run = CacheRun(codec.format)
  }

  /// Adds tokens, oldest first.
  ///
  /// - Parameter tokens: Shape [tokens, channels]; none is fine.
  /// - Throws: `QuantizationError.countMismatch` for another number of channels, `.notFinite`, or
  ///   `.parameter` for a number float16 cannot hold; then nothing was added.
  public mutating func append(_ tokens: Matrix) throws(QuantizationError) {
    guard tokens.columns == channels else {
      throw .countMismatch(what: "channels", found: tokens.columns, expected: channels)
    }
    try tokens.requireFinite(named: "tokens")
    let halves = tokens.elements.map { Float(float16Bits: $0.float16Bits) }
    if let index = halves.firstIndex(where: { !$0.isFinite }) {
      throw .parameter(
        name: "tokens[\(index / channels), \(index % channels)]",
        value: Double(tokens.elements[index]), expected: "at most 65504, what float16 holds")
    }
    recent += halves
    let coding = recentTokens - codec.recent(of: self.tokens)
    guard coding > 0 else { return }
    switch codec.sharing {
    case .token(let group): codeTokens(coding, group: group == 0 ? channels : group)
    case .channel(let group): codeChannels(coding, group: group)
    }
    recent.removeFirst(coding * channels)
    codedTokens += coding
  }

  /// Adds one token.
  ///
  /// - Parameter token: As many numbers as there are channels.
  /// - Throws: What ``append(_:)-(Matrix)`` throws.
  public mutating func append(_ token: [Float]) throws(QuantizationError) {
    try append(Matrix([token]))
  }

  /// What attention reads: coded tokens decoded, recent ones as they are; shape [tokens, channels].
  public var dequantized: Matrix {
    let coded = codedTokens * channels
    return Matrix(rows: tokens, columns: channels) { (values: UnsafeMutableBufferPointer<Float>) in
      for token in 0..<codedTokens {
        for channel in 0..<channels {
          let index = token * channels + channel
          values[index] = run.decode(codes[index], parameters[group(token, channel)])
        }
      }
      for index in recent.indices { values[coded + index] = recent[index] }
    }
  }

  /// What the cache occupies, scales and recent tokens counted; no tokens, no bits.
  public var storage: StorageCost { codec.storage(tokens: tokens, channels: channels) }
}

extension QuantizedCache {
  /// Where the parameters of a coded number are.
  private func group(_ token: Int, _ channel: Int) -> Int {
    switch codec.sharing {
    case .token(let group):
      group == 0 ? token : token * (channels / group) + channel / group
    case .channel(let group): token / group * channels + channel
    }
  }

  /// Codes the oldest recent tokens, each in runs of channels.
  private mutating func codeTokens(_ count: Int, group: Int) {
    var fresh = [UInt8](repeating: 0, count: count * channels)
    recent.withUnsafeBufferPointer { values in
      fresh.withUnsafeMutableBufferPointer { codes in
        for start in stride(from: 0, to: count * channels, by: group) {
          guard let place = codes.baseAddress else { return }
          let values = UnsafeBufferPointer(rebasing: values[start..<start + group])
          parameters.append(run.encode(values, into: place + start))
        }
      }
    }
    codes += fresh
  }

  /// Codes the oldest recent tokens, each channel of a block of tokens by itself.
  private mutating func codeChannels(_ count: Int, group: Int) {
    var fresh = [UInt8](repeating: 0, count: count * channels)
    var column = [Float](repeating: 0, count: group)
    var columnCodes = [UInt8](repeating: 0, count: group)
    for first in stride(from: 0, to: count, by: group) {
      for channel in 0..<channels {
        for token in 0..<group { column[token] = recent[(first + token) * channels + channel] }
        let found = column.withUnsafeBufferPointer { values in
          columnCodes.withUnsafeMutableBufferPointer { codes in
            codes.baseAddress.map { run.encode(values, into: $0) }
          }
        }
        if let found { parameters.append(found) }
        for token in 0..<group { fresh[(first + token) * channels + channel] = columnCodes[token] }
      }
    }
    codes += fresh
  }
}
