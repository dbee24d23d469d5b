/// What the caller asked of a method; nil where nothing was said and the method's default holds.
///
/// Only what a method knows may be given: an option that would be ignored is refused. A seed and a
/// number of threads are welcome everywhere, since no result depends on threads and a method without
/// chance gives the same for every seed.
public struct LayerOptions: Sendable {
  // What nearly every method knows.

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

  // Methods that pass a column's error on to the columns after it.

  /// How many columns are updated together; changes speed, never the result with fresh scales.
  public var blockSize: Int?
  /// Whether columns are taken in falling order of the Hessian's diagonal.
  public var actOrder: Bool?
  /// Whether every group's grid is fixed on the original weights, before any is quantized.
  public var staticGroups: Bool?
  /// Whether a group's scale is read from weights not yet updated inside the block, as the
  /// reference implementation of GPTQ does.
  public var staleScales: Bool?
  /// What is added to the Hessian's diagonal, as a share of the diagonal's mean.
  public var damping: Double?
  /// Whether the damping may be raised, and the raise recorded, where a pivot fails.
  public var raiseDamping: Bool?
  /// Whether the Hessian is summed in double precision.
  public var doublePrecision: Bool?

  // Methods that look at the inputs' channels.

  /// The migration or saliency exponent α; nil for the method's search or default.
  public var alpha: Double?
  /// Whether AWQ's scales divide by the weights' own magnitudes, as AutoAWQ's duo scaling.
  public var duoScaling: Bool?
  /// Whether each group's range is searched for after scaling.
  public var clipSearch: Bool?
  /// The magnitude from which an input channel counts as an outlier.
  public var threshold: Double?
  /// How activations are quantized, where a method does that.
  public var activationScaling: ActivationScaling?
  /// What share of the weights is kept apart as outliers.
  public var outlierShare: Double?

  // Searches.

  /// How many iterations a search may take.
  public var iterations: Int?
  /// How many more passes over the columns refine a first solution.
  public var passes: Int?
  /// How many codebooks are added up.
  public var codebooks: Int?
  /// The width of an index into a codebook.
  public var codebookBits: Int?
  /// How many candidates a beam search keeps.
  public var beam: Int?
  /// Whether a method behaves as the first published version of its code.
  public var legacy: Bool?
  /// Whether codes are read back with bitsandbytes' arithmetic, its constants included.
  public var bitsandbytes: Bool?

  // Other things a method may be given.

  /// Whether a bias is found that makes the outputs right on average over the activations.
  public var biasCorrection: Bool?
  /// The importance of each input channel: an importance matrix's row, mean x² a channel.
  public var importance: [Float]?
  /// The method that quantizes after a rotation.
  public var then: String?
  /// Which rotation turns the inputs.
  public var rotation: RotationChoice?
  /// Whether a size without a Hadamard matrix is turned in blocks of the largest power of two that
  /// divides it.
  public var blockwise: Bool?

  /// The seed of methods that draw numbers.
  public var seed: UInt64?
  /// How many threads to use.
  public var threads: Int?
  /// Told now and then what share of the work is done, 0 to 1; called on the caller's thread.
  public var progress: (@Sendable (_ done: Double) -> Void)?

  /// Options of which nothing was said; set what you want said.
  public init() {}

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
  public var given: [LayerOption] { LayerOption.allCases.filter { $0.isGiven(in: self) } }
}

/// How activations get their scales, where a method quantizes them.
public enum ActivationScaling: String, CaseIterable, Hashable, Sendable {
  /// A scale for each token, from its own largest magnitude, when it comes.
  case token
  /// One scale for all tokens of a call, from the call's largest magnitude.
  case tensor
  /// One scale, fixed beforehand on calibration data.
  case fixed = "static"
}
