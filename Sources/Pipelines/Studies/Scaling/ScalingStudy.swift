public import Models
internal import Quantization
internal import Tensors

/// Whether SmoothQuant-style scaling before GPTQ beats GPTQ.
///
/// Layers that read a norm's output, queries, keys and values together, gate and up together, get scales
/// s = max|x|^α / max|W|^(1−α) that a norm could take over; GPTQ then quantizes W·diag(s) on the inputs x / s. The other layers
/// are GPTQ's alone in both arms. Everything is judged in unscaled coordinates: Ŵ is divided by s before E is
/// measured and before the model reads. Both arms calibrate on the float model's inputs of the same windows, and
/// factor their Hessians in double precision.
public struct ScalingStudy: Codable, Hashable, Sendable {
  /// The exponent that the hypothesis is about.
  public var alpha = 0.5
  /// All exponents that are run; the hypothesis' own is one of them.
  public var alphas = [0.25, 0.5, 0.75]
  /// The widths.
  public var bits = [3, 4]
  /// How many neighbours share a scale; nil for 128, or the whole row where it is shorter.
  public var groupSize: Int?
  /// One calibration each; both arms have the same.
  public var seeds: [UInt64] = [0, 1, 2, 3, 4]
  /// Calibration windows of a run.
  public var samples = 128
  /// Tokens of a window.
  public var length = 256
  /// Windows that models are judged by.
  public var testWindows = 32
  /// What is added to the Hessian's diagonal, as a share of its mean.
  public var damping = 0.01

  /// The study as the build runs it.
  public init() {}

  /// Runs the study on one model.
  ///
  /// - Parameters:
  ///   - model: The float model.
  ///   - name: What to call it.
  ///   - text: What to calibrate with, and what to judge by.
  ///   - onProgress: Told what share is done.
  /// - Returns: One cell a width.
  /// - Throws: `PipelineError`; `.request` where the hypothesis' exponent is not among ``alphas``.
  public func run(
    on model: Transformer, named name: String, text: StudyText,
    onProgress: (Double) -> Void = { _ in }
  ) throws(PipelineError) -> [ScalingCell] {
    guard alphas.contains(alpha), !seeds.isEmpty, !bits.isEmpty else {
      throw .request(
        "a scaling study needs a seed, a width, and its own exponent \(alpha) among those it runs")
    }
    let windows = try text.testWindows(testWindows, length: length)
    let arms: [Double?] = [nil] + alphas.map { $0 }
    let work = Double(seeds.count * bits.count * arms.count)
    var done = 0.0
    // By width, then by arm, one value a seed.
    var runs = bits.map { _ in arms.map { _ in [ScalingCell.Run]() } }
    for seed in seeds {
      let set = try text.calibrationSet(samples: samples, length: length, seed: seed)
      var copies = bits.map { _ in arms.map { _ in model } }
      var walk = try FloatWalk(model, set.sequences)
      for index in model.blocks.indices {
        let sums = try walk.step()
        for (width, bits) in bits.enumerated() {
          for (arm, alpha) in arms.enumerated() {
            try quantize(
              block: index, of: &copies[width][arm], model, sums, bits: bits, alpha: alpha)
          }
        }
      }
      for width in bits.indices {
        let errors = try model.outputErrors(of: copies[width], on: windows.map(\.tokens))
        for arm in arms.indices {
          let relative = errors.reduce(0) { $0 + $1.errors[arm] / $1.power }
          runs[width][arm].append(
            ScalingCell.Run(
              seed: seed, relativeError: relative / Double(errors.count),
              error: errors.reduce(0) { $0 + $1.errors[arm] },
              quality: try StudyQuality(of: copies[width][arm], against: model, on: windows)))
          done += 1
          onProgress(done / work)
        }
      }
    }
    return bits.indices.map { width in
      ScalingCell(
        model: name, bits: bits[width], plain: runs[width][0],
        scaled: alphas.indices.map { .init(alpha: alphas[$0], runs: runs[width][$0 + 1]) })
    }
  }

  /// Quantizes a block's layers of a copy.
  private func quantize(
    block: Int, of copy: inout Transformer, _ model: Transformer,
    _ sums: [LinearLayerID: InputStatistics], bits: Int, alpha: Double?
  ) throws(PipelineError) {
    for roles in [[.query, .key, .value], [.attentionOutput], [.gate, .up], [.down]]
      as [[LinearLayerID.Role]]
    {
      let ids = roles.map { LinearLayerID(block: block, role: $0) }.filter {
        model.layer($0) != nil
      }
      guard let first = ids.first, let statistics = sums[first] else { continue }
      let weights = ids.compactMap { model.layer($0)?.weight }
      let isNormed = roles[0] == .query || roles[0] == .gate
      let name = model.tensorName(of: first)
      let found = try asLayerWork(name) { () throws(QuantizationError) in
        try ScaledFeedback(bits: bits, groupSize: groupSize, damping: damping)
          .quantized(weights, statistics, alpha: isNormed ? alpha : nil)
      }
      for (id, weight) in zip(ids, found) {
        let bias = model.layer(id)?.bias
        try asModelWork { () throws(ModelError) in
          try copy.replace(id, with: DenseLayer(DenseWeight(weight), bias: bias))
        }
      }
    }
  }
}

/// GPTQ of layers that share their inputs, after scaling, back in their own coordinates.
struct ScaledFeedback {
  let bits: Int
  let groupSize: Int?
  let damping: Double

  /// Quantizes.
  ///
  /// - Parameters:
  ///   - weights: Shape [out, in] each, over the same inputs.
  ///   - statistics: What those amount to.
  ///   - alpha: The migration exponent; nil to scale nothing.
  /// - Returns: Ŵ of each, divided by the scales.
  /// - Throws: What scaling, factoring and GPTQ refuse.
  func quantized(
    _ weights: [Matrix], _ statistics: InputStatistics, alpha: Double?
  ) throws(QuantizationError) -> [Matrix] {
    let columns = statistics.columns
    let scales: [Float]
    if let alpha {
      // A channel that is always 0 has no size to move; it keeps its own.
      let largest = statistics.largestMagnitudes
      scales = zip(
        try SmoothQuant(alpha: alpha).scales(largestInputs: largest, consumers: weights).values,
        largest
      ).map { $1 > 0 ? $0 : 1 }
    } else {
      scales = [Float](repeating: 1, count: columns)
    }
    let moving = try ChannelScales(scales)
    var hessian = statistics.hessian
    for row in 0..<columns {
      for column in 0..<columns {
        hessian[row, column] /= Double(scales[row]) * Double(scales[column])
      }
    }
    let factor = try HessianFactor(
      hessian: hessian, tokens: statistics.tokens, damping: Damping(damping, raises: true))
    let size = groupSize ?? min(128, columns)
    let gptq = GPTQ(
      QuantizationScheme(
        bits: bits, symmetry: .asymmetric, granularity: size == 0 ? .channel : .group(size)))
    var found: [Matrix] = []
    for weight in weights {
      let result = try gptq.quantized(moving.multiplied(into: weight), factor)
      found.append(moving.divided(outOf: result.dequantized))
    }
    return found
  }
}
