/// The keys and values of the tokens a model has seen, so that the next one looks back at them.
///
/// For one text at a time and one model; not to be used by two threads at once.
public final class KeyValueCache {
  /// The number of tokens seen.
  public private(set) var length = 0
  /// The most tokens it takes.
  public let limit: Int

  private let width: Int
  private let sharesLayers: Bool
  private var capacity: Int
  private var layers: [Layer]

  /// The keys, then the values, of one layer; both token after token, `width` floats each.
  private struct Layer {
    var keys: UnsafeMutablePointer<Float>
    var values: UnsafeMutablePointer<Float>
  }

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - configuration: The model it is for.
  ///   - capacity: For how many tokens memory is taken at first; it grows.
  public convenience init(for configuration: ModelConfiguration, capacity: Int = 256) {
    self.init(
      width: configuration.keyValueWidth, layerCount: configuration.layerCount,
      limit: configuration.contextLength, capacity: min(capacity, configuration.contextLength),
      sharesLayers: false)
  }

  private init(width: Int, layerCount: Int, limit: Int, capacity: Int, sharesLayers: Bool) {
    self.width = width
    self.limit = limit
    self.capacity = max(1, capacity)
    self.sharesLayers = sharesLayers
    let size = self.capacity * width
    layers = (0..<(sharesLayers ? 1 : layerCount)).map { _ in
      Layer(keys: .allocate(capacity: size), values: .allocate(capacity: size))
    }
  }

  deinit {
    for layer in layers {
      layer.keys.deallocate()
      layer.values.deallocate()
    }
  }

  /// A cache for one pass whose tokens nobody comes back to: one layer's memory serves all in turn.
  static func forOnePass(_ configuration: ModelConfiguration, tokens: Int) -> KeyValueCache {
    KeyValueCache(
      width: configuration.keyValueWidth, layerCount: configuration.layerCount,
      limit: configuration.contextLength, capacity: tokens, sharesLayers: true)
  }

  /// Forgets the tokens from a position on: what a draft proposed and the model refused.
  ///
  /// - Parameter length: How many tokens to keep, at most as many as there are.
  public func truncate(to length: Int) {
    precondition(length >= 0 && length <= self.length, "keeping \(length) of \(self.length) tokens")
    self.length = length
  }

  /// The bytes that its memory takes.
  public var byteCount: Int { layers.count * 2 * capacity * width * 4 }

  /// Whether it was made for a model of this shape.
  func fits(_ configuration: ModelConfiguration) -> Bool {
    width == configuration.keyValueWidth && limit == configuration.contextLength
      && (sharesLayers || layers.count == configuration.layerCount)
  }

  func keys(layer: Int) -> UnsafeMutablePointer<Float> { layers[sharesLayers ? 0 : layer].keys }
  func values(layer: Int) -> UnsafeMutablePointer<Float> { layers[sharesLayers ? 0 : layer].values }

  /// Makes room for more tokens.
  func reserve(_ count: Int) {
    let needed = length + count
    if needed <= capacity { return }
    let larger = max(needed, min(limit, 2 * capacity))
    for index in layers.indices {
      layers[index].keys = grown(layers[index].keys, to: larger)
      layers[index].values = grown(layers[index].values, to: larger)
    }
    capacity = larger
  }

  private func grown(
    _ old: UnsafeMutablePointer<Float>, to capacity: Int
  ) -> UnsafeMutablePointer<Float> {
    let new = UnsafeMutablePointer<Float>.allocate(capacity: capacity * width)
    new.update(from: old, count: length * width)
    old.deallocate()
    return new
  }

  /// Counts tokens whose keys and values every layer has stored.
  func advance(by count: Int) { length += count }
}
