/// How large a model's key-value cache is: what a token costs follows from three numbers of its shape.
///
/// Bytes per token = 2 · layers · key-value heads · head dimension · bytes per number; the 2 is keys and
/// values. Query heads do not count: grouped-query attention shares keys and values among them.
public struct CacheShape: Hashable, Sendable {
  /// L, the number of transformer blocks.
  public let layers: Int
  /// n_kv, how many heads have keys and values of their own.
  public let keyValueHeads: Int
  /// h_d, how many numbers a head's key has.
  public let headDimension: Int

  /// The cache of a model of this shape; each number is 1 or more (a precondition).
  public init(layers: Int, keyValueHeads: Int, headDimension: Int) {
    precondition(
      layers > 0 && keyValueHeads > 0 && headDimension > 0,
      "\(layers) layers, \(keyValueHeads) heads, \(headDimension) channels")
    self.layers = layers
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
  }

  /// LLaMA 3 8B: 32 blocks, 8 key-value heads of 128.
  public static let llama3With8B = CacheShape(layers: 32, keyValueHeads: 8, headDimension: 128)
  /// LLaMA 3 70B: 80 blocks, 8 key-value heads of 128.
  public static let llama3With70B = CacheShape(layers: 80, keyValueHeads: 8, headDimension: 128)

  /// How many numbers one token adds: keys and values, every head of every layer.
  public var numbersPerToken: Int { 2 * layers * keyValueHeads * headDimension }

  /// What one token adds where every number takes this many bits and nothing is shared, in bytes.
  ///
  /// - Parameter bits: Such as 16.
  /// - Returns: Bytes, a fraction of one filled up.
  public func bytesPerToken(bits: Int) -> Int { (numbersPerToken * bits + 7) / 8 }

  /// What the whole cache occupies at a length, scales, minima and recent tokens counted.
  ///
  /// - Parameters:
  ///   - tokens: The length of the context, over all sequences that are kept.
  ///   - keys: How keys are stored.
  ///   - values: How values are stored.
  /// - Returns: What all heads of all layers store, item by item.
  public func storage(tokens: Int, keys: CacheCodec, values: CacheCodec) -> StorageCost {
    let heads = layers * keyValueHeads
    let halves = [("keys", keys), ("values", values)].map { name, codec in
      codec.storage(tokens: tokens, channels: headDimension).items.map { item in
        StorageCost.Item(
          "\(name): \(item.name)", count: item.count * heads, bitsEach: item.bitsEach)
      }
    }
    return StorageCost(weights: numbersPerToken * tokens, items: halves.flatMap { $0 })
  }
}
