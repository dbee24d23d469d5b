public import Models
internal import Quantization
internal import Tensors

/// How much of rounding's error GPTQ takes away, layer by layer, and what a reader of the text notices of it.
///
/// GPTQ is run once a seed, each with calibration windows of its own; rounding to nearest needs none. E of a layer
/// is ‖(W − Ŵ)X‖² with X what the float model gives the layer on text that nobody calibrated with, so that GPTQ is
/// not judged by what it was fitted to. Then every layer is quantized alone, at several widths, to see what its E has
/// to do with perplexity.
public struct ReductionStudy: Codable, Hashable, Sendable {
  /// The width of the main comparison.
  public var bits = 4
  /// How many neighbours share a scale; nil for the methods' default.
  public var groupSize: Int?
  /// One run of GPTQ each.
  public var seeds: [UInt64] = [0, 1, 2, 3, 4]
  /// Calibration windows of a run.
  public var samples = 128
  /// Tokens of a window.
  public var length = 256
  /// Windows that models are judged by.
  public var testWindows = 32
  /// The widths at which layers are quantized alone; none leaves that part out.
  public var relationBits = [2, 3, 4]
  /// Windows that layers quantized alone are judged by.
  public var relationWindows = 16

  /// The study as the build runs it.
  public init() {}

  /// Runs the study.
  ///
  /// - Parameters:
  ///   - model: The float model.
  ///   - text: What to calibrate with, and what to judge by.
  ///   - onProgress: Told what share is done.
  /// - Returns: What was found.
  /// - Throws: `PipelineError`; `.request` without a seed.
  public func run(
    on model: Transformer, text: StudyText, onProgress: (Double) -> Void = { _ in }
  ) throws(PipelineError) -> ReductionFindings {
    guard !seeds.isEmpty else { throw .request("a study needs at least one seed") }
    let windows = try text.testWindows(testWindows, length: length)
    let alone = Array(windows.prefix(max(1, relationWindows)))
    // In passes over a window: quantizing reads the calibration about three times.
    let runs = Double(seeds.count + 1 + 2 * relationBits.count)
    let perRun = Double(3 * samples + 3 * windows.count)
    let perLayer = Double(2 * relationBits.count * 2 * alone.count)
    let work = runs * perRun + Double(model.linearLayers.count) * perLayer
    var done = 0.0
    func advance(_ amount: Double) {
      done += amount
      onProgress(min(done / work, 1))
    }

    let nearest = try WholeModel(
      model, method: "rtn", bits: bits, groupSize: groupSize, calibration: nil, windows: windows)
    advance(perRun)
    var runsOfGPTQ: [WholeModel] = []
    for seed in seeds {
      let set = try text.calibrationSet(samples: samples, length: length, seed: seed)
      runsOfGPTQ.append(
        try WholeModel(
          model, method: "gptq", bits: bits, groupSize: groupSize, calibration: set,
          windows: windows))
      advance(perRun)
    }
    let layers = nearest.errors.indices.map { place in
      ReductionFindings.Layer(
        name: nearest.names[place], block: nearest.errors[place].id.block,
        role: nearest.errors[place].id.role.rawValue, weights: nearest.weights[place],
        power: nearest.errors[place].power, nearest: nearest.errors[place].errors[0],
        feedback: runsOfGPTQ.map { $0.errors[place].errors[0] },
        feedbackSeen: runsOfGPTQ.map { $0.records[place].outputError ?? 0 },
        nearestSeen: runsOfGPTQ.map { $0.records[place].nearestOutputError ?? 0 })
    }
    let set = try text.calibrationSet(samples: samples, length: length, seed: seeds[0])
    var wholes: [ReductionFindings.Whole] = []
    for bits in relationBits {
      for method in ["rtn", "gptq"] {
        let found = try WholeModel(
          model, method: method, bits: bits, groupSize: groupSize,
          calibration: method == "gptq" ? set : nil, windows: windows)
        wholes.append(
          found.summary(
            method: method, bits: bits,
            few: try StudyQuality(of: found.copy, against: model, on: alone)))
        advance(perRun)
      }
    }
    let points = try LoneLayers(
      model: model, calibration: set, windows: alone, bits: relationBits, groupSize: groupSize
    ).points { advance(perLayer) }
    onProgress(1)
    return ReductionFindings(
      study: self, text: text.name, tokens: nearest.quality.tokens,
      floatPerplexity: nearest.quality.perplexity / nearest.ratio, layers: layers,
      nearest: nearest.quality, feedback: runsOfGPTQ.map(\.quality), points: points,
      wholes: wholes)
  }
}

/// A model quantized whole, and what it loses on the test's text.
private struct WholeModel {
  let copy: Transformer
  let names: [String]
  let weights: [Int]
  let records: [LayerRecord]
  let errors: [(id: LinearLayerID, power: Double, errors: [Double])]
  let quality: StudyQuality
  /// The perplexity over the float model's.
  let ratio: Double

  init(
    _ model: Transformer, method: String, bits: Int, groupSize: Int?, calibration: CalibrationSet?,
    windows: [EvaluationWindow]
  ) throws(PipelineError) {
    let rule = try LayerRule.plain(method, bits: bits, groupSize: groupSize)
    let plans = try LayerPlan.layers(QuantizationRecipe(rule), of: model)
    names = plans.map(\.name)
    weights = plans.map(\.weights)
    let (copy, records) = try model.quantized(QuantizationRecipe(rule), calibration: calibration)
    self.records = records
    self.copy = copy
    errors = try model.outputErrors(of: [copy], on: windows.map(\.tokens))
    quality = try StudyQuality(of: copy, against: model, on: windows)
    ratio = quality.ratio
  }

  func summary(method: String, bits: Int, few: StudyQuality) -> ReductionFindings.Whole {
    ReductionFindings.Whole(
      method: method, bits: bits,
      relativeError: errors.reduce(0) { $0 + $1.errors[0] / $1.power } / Double(errors.count),
      error: errors.reduce(0) { $0 + $1.errors[0] }, quality: quality, fewWindows: few)
  }
}

/// Every layer quantized alone, in a model that is float everywhere else.
private struct LoneLayers {
  let model: Transformer
  let calibration: CalibrationSet
  let windows: [EvaluationWindow]
  let bits: [Int]
  let groupSize: Int?

  func points(
    onLayer: () -> Void
  ) throws(PipelineError) -> [ReductionFindings.Point] {
    guard !bits.isEmpty else { return [] }
    var seen = try FloatWalk(model, calibration.sequences)
    var unseen = try FloatWalk(model, windows.map(\.tokens))
    let plans = try LayerPlan.layers(
      QuantizationRecipe(try .plain("rtn", bits: bits[0], groupSize: groupSize)), of: model)
    var points: [ReductionFindings.Point] = []
    for index in model.blocks.indices {
      let (calibrated, judged) = (try seen.step(), try unseen.step())
      for plan in plans where plan.id.block == index {
        guard let layer = model.layer(plan.id), let inputs = judged[plan.id] else { continue }
        for bits in bits {
          for method in ["rtn", "gptq"] {
            let result = try LayerWork(
              plan: plan, rule: try .plain(method, bits: bits, groupSize: groupSize),
              weight: layer.weight, bias: layer.bias, statistics: calibrated[plan.id],
              activations: nil, exact: nil, seed: 0, threads: nil
            ).result()
            let powers = BLASThreads.withOneEach {
              inputs.outputPowers(of: [layer.weight, layer.weight - result.dequantized])
            }
            var copy = model
            try asModelWork { () throws(ModelError) in
              try copy.replace(
                plan.id, with: DenseLayer(DenseWeight(result.dequantized), bias: layer.bias))
            }
            points.append(
              ReductionFindings.Point(
                layer: plan.name, block: index, role: plan.id.role.rawValue, method: method,
                bits: bits, error: powers[1], power: powers[0],
                quality: try StudyQuality(of: copy, against: model, on: windows)))
          }
        }
        onLayer()
      }
    }
    return points
  }
}

extension LayerRule {
  /// A method with its width and its groups alone.
  static func plain(
    _ name: String, bits: Int, groupSize: Int?
  ) throws(PipelineError) -> LayerRule {
    do {
      return LayerRule(
        try LayerMethod(named: name), LayerOptions(bits: bits, groupSize: groupSize))
    } catch {
      throw .request("\(error)")
    }
  }
}
