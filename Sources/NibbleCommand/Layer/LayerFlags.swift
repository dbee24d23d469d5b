import ArgumentParser
import Foundation
import Quantization
import Tensors

/// What nearly every method of a layer knows.
struct CommonLayerFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      Bits a code, 1 to 8 (default 4, or what the format has); for aqlm what the indices take a weight \
      (default 2).
      """)
  var bits: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Weights that share a scale, 0 for the whole row (default 128, or the row if shorter; 64 for nf4 and \
      fp4, 16 for spqr, one scale for all of it for bitnet and deep-compression).
      """, valueName: "count"))
  var groupSize: Int?

  @Flag(
    exclusivity: .exclusive,
    help: """
      A grid that mirrors around zero (restricted, R/(2^(b-1)-1); for awq and for gptq and its kin \
      full, 2R/(2^b-1)), or one with a zero point (default). For zeroquant, whose weights always mirror, the \
      grid of its inputs (default symmetric).
      """)
  var symmetry: SymmetryFlag?

  @Option(help: "How a group's range is chosen (default min-max).")
  var range: RangeName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --range percentile: how much of the values stays inside (default 99.99).",
      valueName: "percent")
  )
  var percentile: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --range mse: the power of the error, 2 or 2.4 (default 2).", valueName: "power")
  )
  var norm: Double?

  @Flag(
    name: .customLong("double-quant"), inversion: .prefixedNo, exclusivity: .exclusive,
    help: "Quantize the scales as well (nf4 and fp4; spqr does unless told not to).")
  var doubleQuantization: Bool?

  func validate() throws {
    if let groupSize, groupSize < 0 {
      throw ValidationError("--group-size must be 0 (the whole row) or more, not \(groupSize)")
    }
    try RangeName.check(range, percentile: percentile, norm: norm)
  }

  func apply(to options: inout LayerOptions) {
    options.bits = bits
    options.groupSize = groupSize
    options.symmetric = symmetry.map { $0 == .symmetric }
    options.range = range?.choice(percentile: percentile, norm: norm)
    options.doubleQuantization = doubleQuantization
  }
}

/// What methods know that pass a column's error on to the columns after it.
struct FeedbackFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Columns updated together (default 128): a matter of speed, but for --stale-scales.",
      valueName: "count"))
  var blockSize: Int?

  @Flag(help: "Take columns in falling order of the Hessian's diagonal.")
  var actOrder = false

  @Flag(help: "Fix every group's grid on the original weights.")
  var staticGroups = false

  @Flag(help: "Read a group's scale before the block's own updates, as the reference code does.")
  var staleScales = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What is added to the Hessian's diagonal, as a share of its mean (default 0.01).",
      valueName: "share"))
  var damping: Double?

  @Flag(help: "Where a pivot fails, raise the damping step by step, and say so.")
  var raiseDamping = false

  @Flag(help: "Sum the Hessian in double precision.")
  var doublePrecision = false

  func validate() throws {
    if let blockSize, blockSize < 1 {
      throw ValidationError("--block-size must be at least 1, not \(blockSize)")
    }
    if let damping, !(0...Damping.largestShare).contains(damping) {
      throw ValidationError("--damping must be 0 to 1000000, not \(damping)")
    }
  }

  func apply(to options: inout LayerOptions) {
    options.blockSize = blockSize
    options.actOrder = actOrder ? true : nil
    options.staticGroups = staticGroups ? true : nil
    options.staleScales = staleScales ? true : nil
    options.damping = damping
    options.raiseDamping = raiseDamping ? true : nil
    options.doublePrecision = doublePrecision ? true : nil
  }
}

/// The names of the ways to scale activations.
enum ActivationScalingName: String, ExpressibleByArgument, CaseIterable {
  case token
  case tensor
  case fixed = "static"

  /// The way of this name.
  var scaling: ActivationScaling {
    switch self {
    case .token: .token
    case .tensor: .tensor
    case .fixed: .fixed
    }
  }
}

/// What methods know that look at the channels of the inputs.
struct InputFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The exponent α, 0 to 1 (awq searches for it).", valueName: "exponent"))
  var alpha: Double?

  @Flag(
    inversion: .prefixedNo, exclusivity: .exclusive,
    help: "awq: divide the scales by the weights' own magnitudes as well.")
  var duoScaling: Bool?

  @Flag(
    inversion: .prefixedNo, exclusivity: .exclusive,
    help: "awq: search for each group's range after scaling; kept where the layer's error falls.")
  var clipSearch: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("From which |x| on a channel is an outlier (default 6).", valueName: "size"))
  var threshold: Double?

  @Option(
    help: "What shares a scale among quantized activations: a token, the call's tensor, or static.")
  var activationScaling: ActivationScalingName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of weights kept apart as outliers.", valueName: "share"))
  var outlierShare: Double?

  @Flag(help: "Find the bias that makes the outputs right on average over the activations.")
  var biasCorrection = false

  @Flag(help: "llm-int8: decode with bitsandbytes' arithmetic, its mistyped 1/127² included.")
  var bitsandbytes = false

  func validate() throws {
    if let alpha, !(0...1).contains(alpha) {
      throw ValidationError("--alpha must be 0 to 1, not \(alpha)")
    }
    if let threshold, !(threshold > 0) {
      throw ValidationError("--threshold must be above 0, not \(threshold)")
    }
    if let outlierShare, !(0...1).contains(outlierShare) {
      throw ValidationError("--outlier-share must be 0 to 1, not \(outlierShare)")
    }
  }

  func apply(to options: inout LayerOptions) {
    options.alpha = alpha
    options.duoScaling = duoScaling
    options.clipSearch = clipSearch
    options.threshold = threshold
    options.activationScaling = activationScaling?.scaling
    options.outlierShare = outlierShare
    options.biasCorrection = biasCorrection ? true : nil
    options.bitsandbytes = bitsandbytes ? true : nil
  }
}

/// The names of the rotations.
enum RotationName: String, ExpressibleByArgument, CaseIterable {
  case hadamard
  case random
  case learned

  /// The rotation of this name.
  var choice: RotationChoice {
    switch self {
    case .hadamard: .hadamard
    case .random: .random
    case .learned: .learned
    }
  }
}

/// What searches know, and what a method may be given besides.
struct SearchFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many iterations a search may take.", valueName: "count"))
  var iterations: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many more passes refine a first solution.", valueName: "count"))
  var passes: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "aqlm: how many codebooks are added up (default: as many as --bits).", valueName: "count"))
  var codebooks: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "aqlm: bits of an index, 1 to 16 (default 8); with --codebooks 1 and --bits 2 it is 16.",
      valueName: "count"))
  var codebookBits: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many candidates a beam search keeps.", valueName: "count"))
  var beam: Int?

  @Flag(help: "Behave as the first published code did (hqq).")
  var legacy = false

  @Option(
    help: ArgumentHelp(
      """
      An importance matrix, mean x² of each input channel: safetensors with `importance`, llama.cpp's \
      imatrix.gguf (the entry of --tensor, or the only one), or the word `activations` for the file's \
      own inputs.
      """, valueName: "file"))
  var imatrix: String?

  @Option(help: ArgumentHelp("The method after a rotation (default rtn).", valueName: "name"))
  var then: String?

  @Option(
    help: """
      Which rotation turns the inputs (default hadamard). A learned one takes --iterations steps (default 100) \
      unless the method after it has iterations of its own.
      """)
  var rotation: RotationName?

  @Flag(help: "Where a size has no Hadamard matrix, turn blocks (rotation, quip-sharp).")
  var blockwise = false

  func validate() throws {
    for (name, value) in [
      ("--iterations", iterations), ("--codebooks", codebooks),
      ("--codebook-bits", codebookBits), ("--beam", beam),
    ] {
      if let value, value < 1 {
        throw ValidationError("\(name) must be at least 1, not \(value)")
      }
    }
    if let passes, passes < 0 {
      throw ValidationError("--passes must be 0 or more, not \(passes)")
    }
  }

  func apply(to options: inout LayerOptions) {
    options.iterations = iterations
    options.passes = passes
    options.codebooks = codebooks
    options.codebookBits = codebookBits
    options.beam = beam
    options.legacy = legacy ? true : nil
    options.then = then
    options.rotation = rotation?.choice
    options.blockwise = blockwise ? true : nil
  }
}
