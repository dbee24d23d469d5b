/// What a quantized tensor occupies, item by item: nothing stored is left out of bits per weight.
///
/// "Four bits" is the price of the codes. Scales, zero points and codebooks are shared, not free, and
/// a comparison of two methods is fair only at the same total.
public struct StorageCost: Hashable, Sendable {
  /// One thing that is stored many times.
  public struct Item: Hashable, Sendable {
    /// What it is: `codes`, `scales`, `zero points`, `codebook`.
    public let name: String
    /// How many there are.
    public let count: Int
    /// How many bits each takes.
    public let bitsEach: Int

    /// An item of storage.
    ///
    /// - Parameters:
    ///   - name: What it is.
    ///   - count: How many there are.
    ///   - bitsEach: How many bits each takes.
    public init(_ name: String, count: Int, bitsEach: Int) {
      self.name = name
      self.count = count
      self.bitsEach = bitsEach
    }

    /// All of them together, in bits.
    public var bits: Int { count * bitsEach }
  }

  /// How many weights the storage stands for.
  public let weights: Int
  /// What is stored; items of nothing are left out.
  public let items: [Item]

  /// The cost of storing these items for this many weights.
  ///
  /// - Parameters:
  ///   - weights: How many weights they stand for.
  ///   - items: What is stored.
  public init(weights: Int, items: [Item]) {
    self.weights = weights
    self.items = items.filter { $0.bits > 0 }
  }

  /// The total in bits.
  public var bits: Int { items.reduce(0) { $0 + $1.bits } }

  /// The total in bytes, the last one filled up.
  public var bytes: Int { (bits + 7) / 8 }

  /// The total shared out among the weights.
  public var bitsPerWeight: Double { Double(bits) / Double(weights) }
}

extension StorageCost: CustomStringConvertible {
  /// The sum as one reads it: `codes 512 × 4 + scales 4 × 16 = 2112 bits, 4.125 a weight`.
  public var description: String {
    items.map { "\($0.name) \($0.count) × \($0.bitsEach)" }.joined(separator: " + ")
      + " = \(bits) bits, \(bitsPerWeight) a weight"
  }
}
