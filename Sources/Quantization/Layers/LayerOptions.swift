/// What the caller asked of a method; nil where nothing was said and the method's default holds.
///
/// Only what a method knows may be given: an option that would be ignored is refused. A seed and a
/// number of threads are welcome everywhere, since no result depends on threads and a method without
/// chance gives the same for every seed.
public struct LayerOptions: Sendable {
  /// The width of a code.
  public var bits: Int?
  /// How many neighbours in a row share a scale; 0 for the whole row.
  public var groupSize: Int?
  /// Whether the grid mirrors around zero.
  public var symmetric: Bool?
  /// How the ends of a grid are chosen.
  public var range: RangeChoice?
  /// Whether scales are quantized themselves.
  public var doubleQuantization: Bool?
  /// The seed of methods that draw numbers.
  public var seed: UInt64?
  /// How many threads to use.
  public var threads: Int?

  /// Options; what is left out keeps the method's default.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - groupSize: How many neighbours in a row share a scale; 0 for the whole row.
  ///   - symmetric: Whether the grid mirrors around zero.
  ///   - range: How the ends of a grid are chosen.
  ///   - doubleQuantization: Whether scales are quantized themselves.
  ///   - seed: The seed of methods that draw numbers.
  ///   - threads: How many threads to use.
  public init(
    bits: Int? = nil, groupSize: Int? = nil, symmetric: Bool? = nil, range: RangeChoice? = nil,
    doubleQuantization: Bool? = nil, seed: UInt64? = nil, threads: Int? = nil
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.symmetric = symmetric
    self.range = range
    self.doubleQuantization = doubleQuantization
    self.seed = seed
    self.threads = threads
  }

  /// The options that were given, in the order of ``LayerOption``.
  public var given: [LayerOption] {
    LayerOption.allCases.filter { option in
      switch option {
      case .bits: bits != nil
      case .groupSize: groupSize != nil
      case .symmetry: symmetric != nil
      case .range: range != nil
      case .doubleQuantization: doubleQuantization != nil
      }
    }
  }
}

/// The options that only some methods know, by the names people type.
public enum LayerOption: String, CaseIterable, Hashable, Sendable {
  /// The width of a code.
  case bits
  /// Who shares a scale.
  case groupSize = "group-size"
  /// Symmetric or asymmetric.
  case symmetry = "symmetric/asymmetric"
  /// How the ends of a grid are chosen.
  case range
  /// Quantized scales.
  case doubleQuantization = "double-quant"
}
