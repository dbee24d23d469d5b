public import Tensors

/// A layer quantized by ``QuIP`` or ``QuIPSharp``.
public struct QuIPResult: Sendable {
  /// The layer in the coordinates in which it was rounded.
  public let incoherent: IncoherentLayer
  /// Ŵ in those coordinates.
  public let rounded: Matrix
  /// Ŵ in the layer's own, shape of the weight.
  public let dequantized: Matrix
  /// The codes, row after row.
  public let codes: [UInt16]
  /// What a code's value is multiplied by: one number for the layer.
  public let scale: Float
  /// The damping that was used, as a share of the mean of H's diagonal.
  public let damping: Double
  /// tr(E H Eᵀ) / 2 over the damped H.
  public let loss: Double
  /// What a reader must know: damping that had to be raised, inputs that were never anything but 0.
  public let notes: [String]
}

/// QuIP: both sides turned by random rotations, then scalar rounding with feedback.
///
/// Bits for a plain grid of 2ᵇ levels, one range for the layer; it is the rotation that makes one
/// range enough. Source: Chee et al. 2023, arXiv:2307.13304.
public struct QuIP: Sendable {
  /// Bits a weight, 1 to 8.
  public var bits: Int
  /// What is added to H's diagonal.
  public var damping = Damping(0.01)
  /// Whether columns are scaled by (diag H / diag WᵀW)^¼ first.
  public var rescales = true
  /// More passes over all columns after the first solution.
  public var passes = 0
  /// Half the grid's range in root mean squares of the turned weight.
  ///
  /// nil for ``normalHalfRange(bits:)``; the paper has 2.4 for all bits.
  public var halfRange: Float?
  /// Which rotations.
  public var seed: UInt64 = 0
  /// How many threads may take part.
  public var threads: Int?
  /// Told the share that is done.
  public var progress: (@Sendable (Double) -> Void)?

  /// The method at a width.
  ///
  /// - Parameter bits: Bits a weight, 1 to 8.
  public init(bits: Int) { self.bits = bits }

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - statistics: Sums over the layer's inputs.
  /// - Returns: Ŵ, codes and scale.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.pivotFailed`, `.turnedPivotFailed`; `.empty`,
  ///   `.notFinite`, `.activationsDoNotMatch` for what is no layer; `.resultNotFinite` where a turned weight
  ///   leaves float32.
  public func quantize(
    _ weight: Matrix, statistics: InputStatistics
  ) throws(QuantizationError) -> QuIPResult {
    guard (1...8).contains(bits) else { throw .bits(bits, allowed: 1...8, who: "quip") }
    try QuIPPipeline.check(weight, statistics)
    var generator = SeededGenerator(seed: seed)
    let inputs = KroneckerRotation(size: weight.columns, using: &generator)
    let outputs = KroneckerRotation(size: weight.rows, using: &generator)
    let pipeline = QuIPPipeline(
      method: "quip", damping: damping, rescales: rescales, passes: passes, threads: threads,
      progress: progress)
    return try pipeline.run(weight, statistics, outputs: outputs, inputs: inputs) { rms in
      let range = rms * (halfRange ?? Self.normalHalfRange(bits: bits))
      let quantizer = ScalarQuantizer(bits: bits, halfRange: range)
      return (quantizer, 2 * range / Float(quantizer.levels - 1))
    }
  }

  /// The half range with the least squared error of normal numbers of variance 1, for 2ᵇ levels.
  ///
  /// - Parameter bits: 1 to 8.
  /// - Returns: The optimal step of Max 1960, table II, times (2ᵇ − 1) / 2.
  public static func normalHalfRange(bits: Int) -> Float {
    [0.7979, 1.4936, 2.0510, 2.5139, 2.9165, 3.2813, 3.6223, 3.9407][bits - 1]
  }
}

/// QuIP#: both sides turned by random Hadamard transforms, then E8 points with feedback.
///
/// After the transform weights look normal, eight at a time like a ball, and ``PaddedE8`` is made for
/// that. Source: Tseng et al. 2024, arXiv:2402.04396, without its fine-tuning.
public struct QuIPSharp: Sendable {
  /// Bits a weight: 2, 3 or 4.
  public var bits: Int
  /// What is added to H's diagonal.
  public var damping = Damping(0.01)
  /// Whether columns are scaled by (diag H / diag WᵀW)^¼ first.
  public var rescales = false
  /// More passes over all blocks after the first solution; the first one gains most.
  public var passes = 1
  /// The root mean square weights are scaled to; nil for ``LatticeCodebook/normalScale``.
  public var scale: Float?
  /// Whether each block is rounded with the errors of those after it fed back.
  public var feedback = true
  /// Whether a side without a Hadamard matrix is turned in blocks.
  public var blockwise = false
  /// Which signs.
  public var seed: UInt64 = 0
  /// How many threads may take part.
  public var threads: Int?
  /// Told the share that is done.
  public var progress: (@Sendable (Double) -> Void)?

  /// Refuses bits that there is no codebook for, and sizes that vectors or Hadamard matrices do not have.
  static func check(
    bits: Int, rows: Int, columns: Int, blockwise: Bool
  ) throws(QuantizationError) {
    guard (2...4).contains(bits) else { throw .bits(bits, allowed: 2...4, who: "quip-sharp") }
    guard columns % 8 == 0 else {
      throw .vectorsDoNotTile(method: "quip-sharp", length: 8, columns: columns)
    }
    try HadamardRotation.check(size: columns, blockwise: blockwise, name: "input channels:")
    try HadamardRotation.check(size: rows, blockwise: blockwise, name: "outputs:")
  }

  /// The method at a width.
  ///
  /// - Parameter bits: Bits a weight: 2, 3 or 4.
  public init(bits: Int) { self.bits = bits }

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in]; 8 divides in.
  ///   - statistics: Sums over the layer's inputs.
  /// - Returns: Ŵ, codes and scale.
  /// - Throws: `QuantizationError.vectorsDoNotTile`, `.noHadamardMatrix`, and what ``QuIP`` throws.
  public func quantize(
    _ weight: Matrix, statistics: InputStatistics
  ) throws(QuantizationError) -> QuIPResult {
    try QuIPPipeline.check(weight, statistics)
    try Self.check(
      bits: bits, rows: weight.rows, columns: weight.columns, blockwise: blockwise)
    let codebook = try LatticeCodebook(bits: bits)
    var generator = SeededGenerator(seed: seed)
    let inputs = try HadamardRotation(
      size: weight.columns, using: &generator, blockwise: blockwise, name: "input channels:")
    let outputs = try HadamardRotation(
      size: weight.rows, using: &generator, blockwise: blockwise, name: "outputs:")
    let pipeline = QuIPPipeline(
      method: "quip-sharp", damping: damping, rescales: rescales, passes: passes,
      feedback: feedback, threads: threads, progress: progress)
    return try pipeline.run(weight, statistics, outputs: outputs, inputs: inputs) { rms in
      let step = rms / (scale ?? codebook.normalScale)
      return (LatticeQuantizer(codebook: codebook, scale: step), step)
    }
  }
}
