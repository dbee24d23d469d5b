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
  /// How many columns a method updates lazily together.
  public var blockSize: Int?
  /// Whether columns are taken in the order of their importance.
  public var actOrder: Bool?
  /// Whether groups are fitted before anything is quantized.
  public var staticGroups: Bool?
  /// What is added to the diagonal of second moments, as a fraction of its mean.
  public var damping: Double?
  /// The exponent of a method that scales channels.
  public var alpha: Double?
  /// How much each input channel matters.
  public var importance: [Float]?
  /// The seed of methods that draw numbers.
  public var seed: UInt64?
  /// How many threads to use.
  public var threads: Int?

  /// Nothing asked: every default.
  public init() {}

  /// The options that were given, in the order of ``LayerOption``.
  public var given: [LayerOption] {
    LayerOption.allCases.filter { option in
      switch option {
      case .bits: bits != nil
      case .groupSize: groupSize != nil
      case .symmetry: symmetric != nil
      case .range: range != nil
      case .doubleQuantization: doubleQuantization != nil
      case .blockSize: blockSize != nil
      case .actOrder: actOrder != nil
      case .staticGroups: staticGroups != nil
      case .damping: damping != nil
      case .alpha: alpha != nil
      case .importance: importance != nil
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
  /// Columns updated lazily together.
  case blockSize = "block-size"
  /// Columns in the order of importance.
  case actOrder = "act-order"
  /// Groups fitted beforehand.
  case staticGroups = "static-groups"
  /// Added to the diagonal of second moments.
  case damping
  /// The exponent of channel scales.
  case alpha
  /// Importance of input channels.
  case importance = "imatrix"
}
