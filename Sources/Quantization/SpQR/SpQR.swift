public import Tensors

/// Sparse-quantized representation: the few weights that make a group expensive stay in 16 bits, and
/// the rest, now easy, is quantized in small groups with error feedback.
///
/// How much rounding a weight matters is (w − ŵ)²/[H⁻¹]_jj: what is left of its error after all other
/// weights have made up for it as well as they can. A weight is an outlier if its group becomes much
/// cheaper without it, which counts both its own error and the room it takes on the grid. Small groups
/// need many scales, so scales and zero points are quantized themselves, to 3 bits, 16 rows together.
///
/// 1. ``outliers(in:inverseDiagonal:progress:)`` keeps the share of weights apart that gains most.
/// 2. Column by column, each weight is rounded and its error passed on to the columns after it, as GPTQ
///    does; a kept weight only receives. A group's grid is fitted when its first column comes, on the
///    weights as they are by then, kept ones left out.
///
/// Real zero stays on every grid: a zero point read back is rounded to a whole code. A kept weight is a
/// float16 number; where one of a layer is too large for that, beyond ±65,504, all of the layer's stay
/// in float32 and are counted so.
///
/// Source: Dettmers et al. 2023, arXiv:2306.03078.
public struct SpQR: Hashable, Sendable {
  /// The width of a code, 1 to 8.
  public var bits: Int
  /// How many neighbours in a row share a scale and a zero point; 0 for the whole row.
  public var groupSize: Int
  /// What share of the weights is kept apart, 0 to 1.
  public var outlierShare: Double
  /// Whether scales and zero points are quantized to 3 bits.
  public var quantizesScales: Bool

  /// How many rows quantize their scales together.
  public static let rowsTogether = 16
  /// The width of a quantized scale or zero point.
  public static let scaleBits = 3
  /// In how many passes outliers are found: without the largest, the second largest shows.
  static let searchPasses = 4

  /// How to quantize; the defaults are the paper's groups and 1 % kept apart.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8.
  ///   - groupSize: How many neighbours in a row share a scale; 0 for the whole row.
  ///   - outlierShare: What share of the weights is kept apart.
  ///   - quantizesScales: Whether scales and zero points are quantized to 3 bits.
  public init(
    bits: Int = 4, groupSize: Int = 16, outlierShare: Double = 0.01, quantizesScales: Bool = true
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.outlierShare = outlierShare
    self.quantizesScales = quantizesScales
  }

  /// What was found.
  public struct Solution: Sendable {
    /// The integers stored; 0 where a weight is kept apart.
    public let codes: Codes
    /// The scales as read back, shape [out, groups].
    public let scales: Matrix
    /// The zero points as read back, whole codes, shape [out, groups].
    public let zeros: Matrix
    /// The weights kept apart.
    public let outliers: SparseWeights
    /// Ŵ, shape of the weight.
    public let dequantized: Matrix
    /// What all this occupies.
    public let storage: StorageCost
    /// Σ (w − q)²/(2 U²) over all weights, w as it was when its turn came: ½ tr(ΔW H ΔWᵀ) with the
    /// damped Hessian H.
    public let loss: Double
  }

  /// Checks the settings against a row length.
  func checked(columns: Int) throws(QuantizationError) -> Int {
    guard (1...8).contains(bits) else { throw .bits(bits, allowed: 1...8, who: "spqr") }
    guard (0...1).contains(outlierShare) else {
      throw .parameter(name: "outlier share", value: outlierShare, expected: "0 to 1")
    }
    guard columns <= 1 << 16 else {
      throw .parameter(
        name: "the number of columns", value: Double(columns),
        expected: "at most 65,536: an outlier's column takes 16 bits")
    }
    var options = LayerOptions()
    options.groupSize = groupSize
    return try options.resolvedGroupSize(columns: columns)
  }
}

/// The affine grid of a group's weights, zero included.
struct GroupGrid {
  var scale: Float
  var zero: Float
  let top: Float

  /// The grid between two ends; scale 1 where both are 0.
  init(lowest: Float, highest: Float, top: Float) {
    self.top = top
    let (low, high) = (min(lowest, 0), max(highest, 0))
    let step = high / top - low / top
    scale = step > 0 ? max(step, .leastNormalMagnitude) : 1
    zero = (-low / scale).rounded(.toNearestOrEven)
  }

  func code(_ value: Float) -> Float {
    min(max((value / scale).rounded(.toNearestOrEven) + zero, 0), top)
  }

  func value(_ code: Float) -> Float { (code - zero) * scale }
}
