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
  /// Columns updated together.
  case blockSize = "block-size"
  /// Columns by falling diagonal of the Hessian.
  case actOrder = "act-order"
  /// Grids fixed on the original weights.
  case staticGroups = "static-groups"
  /// Scales from weights not yet updated inside the block.
  case staleScales = "stale-scales"
  /// What is added to the Hessian's diagonal.
  case damping
  /// Whether damping may be raised where a pivot fails.
  case raiseDamping = "raise-damping"
  /// A Hessian in double precision.
  case doublePrecision = "double-precision"
  /// The migration or saliency exponent.
  case alpha
  /// AWQ's scales with the weights' magnitudes.
  case duoScaling = "duo-scaling"
  /// The search for each group's range.
  case clipSearch = "clip-search"
  /// From where a channel is an outlier.
  case threshold
  /// Who shares a scale among the activations.
  case activationScaling = "activation-scaling"
  /// The share of weights kept apart.
  case outlierShare = "outlier-share"
  /// How long a search may take.
  case iterations
  /// Refining passes.
  case passes
  /// Codebooks added up.
  case codebooks
  /// The width of an index into a codebook.
  case codebookBits = "codebook-bits"
  /// The width of a beam search.
  case beam
  /// The first published behaviour.
  case legacy
  /// bitsandbytes' own arithmetic.
  case bitsandbytes
  /// A bias that makes the outputs right on average.
  case biasCorrection = "bias-correction"
  /// An importance matrix.
  case importance = "imatrix"
  /// The method after a rotation.
  case then
  /// Which rotation.
  case rotation
  /// Hadamard transforms in blocks where the whole size has none.
  case blockwise

  /// Whether the caller has said anything about this option.
  func isGiven(in options: LayerOptions) -> Bool {
    switch self {
    case .bits: options.bits != nil
    case .groupSize: options.groupSize != nil
    case .symmetry: options.symmetric != nil
    case .range: options.range != nil
    case .doubleQuantization: options.doubleQuantization != nil
    case .blockSize: options.blockSize != nil
    case .actOrder: options.actOrder != nil
    case .staticGroups: options.staticGroups != nil
    case .staleScales: options.staleScales != nil
    case .damping: options.damping != nil
    case .raiseDamping: options.raiseDamping != nil
    case .doublePrecision: options.doublePrecision != nil
    case .alpha: options.alpha != nil
    case .duoScaling: options.duoScaling != nil
    case .clipSearch: options.clipSearch != nil
    case .threshold: options.threshold != nil
    case .activationScaling: options.activationScaling != nil
    case .outlierShare: options.outlierShare != nil
    case .iterations: options.iterations != nil
    case .passes: options.passes != nil
    case .codebooks: options.codebooks != nil
    case .codebookBits: options.codebookBits != nil
    case .beam: options.beam != nil
    case .legacy: options.legacy != nil
    case .bitsandbytes: options.bitsandbytes != nil
    case .biasCorrection: options.biasCorrection != nil
    case .importance: options.importance != nil
    case .then: options.then != nil
    case .rotation: options.rotation != nil
    case .blockwise: options.blockwise != nil
    }
  }
}
