public import Models
internal import Quantization
internal import Tensors

/// GPTQ's Hessians under glass: their spectra, where errors flow, which layers mind, and what order and block size do.
public struct HessianStudy: Codable, Hashable, Sendable {
  /// The width.
  public var bits = 3
  /// How many neighbours share a scale; nil for the methods' default.
  public var groupSize: Int?
  /// What is added to the diagonal, as a share of its mean.
  public var damping = 0.01
  /// Columns of a block whose errors are followed.
  public var flowBlockSize = 64
  /// The sizes of GPTQ's lazy batch to compare.
  public var blockSizes = [16, 64, 128, 1024]
  /// The seeds of the random orders.
  public var orderSeeds: [UInt64] = [1, 2, 3]
  /// Calibration windows.
  public var samples = 128
  /// Tokens of a window.
  public var length = 256
  /// Windows that models are judged by.
  public var testWindows = 16
  /// The seed of the calibration.
  public var seed: UInt64 = 0
  /// Whether each layer is also quantized alone and the text read with it, which takes the most time.
  public var judgesLayers = true

  /// The study as the build runs it.
  public init() {}

  /// Runs the study.
  ///
  /// - Parameters:
  ///   - model: The float model.
  ///   - text: What to calibrate with, and what to judge by.
  ///   - onLayer: Given each layer as soon as it is measured.
  ///   - onProgress: Told what share is done.
  /// - Returns: What was found.
  /// - Throws: `PipelineError`.
  public func run(
    on model: Transformer, text: StudyText, onLayer: (HessianFindings.Layer) -> Void = { _ in },
    onProgress: (Double) -> Void = { _ in }
  ) throws(PipelineError) -> HessianFindings {
    let set = try text.calibrationSet(samples: samples, length: length, seed: seed)
    let windows = try text.testWindows(testWindows, length: length)
    let rule = try LayerRule.plain("gptq", bits: bits, groupSize: groupSize)
    let plans = try LayerPlan.layers(QuantizationRecipe(rule), of: model)
    let recipes = try recipes()
    let work = Double(plans.count + 2 * recipes.count)
    var done = 0.0
    func advance(_ amount: Double) {
      done += amount
      onProgress(min(done / work, 1))
    }
    var seen = try FloatWalk(model, set.sequences)
    var unseen = try FloatWalk(model, windows.map(\.tokens))
    var layers: [HessianFindings.Layer] = []
    for index in model.blocks.indices {
      let (calibrated, judged) = (try seen.step(), try unseen.step())
      var spectra: [LinearLayerID: HessianSpectrum] = [:]
      for group in InputGroup.groups(plans.filter { $0.id.block == index }) {
        guard let first = group.plans.first, let own = calibrated[first.id] else { continue }
        let spectrum = try spectrum(own, first.name)
        for plan in group.plans { spectra[plan.id] = spectrum }
      }
      for plan in plans where plan.id.block == index {
        guard let inputs = calibrated[plan.id], let tests = judged[plan.id],
          let spectrum = spectra[plan.id], let layer = model.layer(plan.id)
        else { continue }
        var found = try LayerUnderGlass(
          study: self, plan: plan, weight: layer.weight, inputs: inputs, tests: tests
        ).findings(spectrum)
        if judgesLayers {
          let nearest = try rounded(layer.weight, plan.name)
          var copy = model
          try asModelWork { () throws(ModelError) in
            try copy.replace(
              plan.id, with: DenseLayer(DenseWeight(nearest), bias: layer.bias))
          }
          found.quality = try StudyQuality(of: copy, against: model, on: windows)
        }
        layers.append(found)
        onLayer(found)
        advance(1)
      }
    }
    var wholes: [HessianFindings.Whole] = []
    for (name, recipe) in recipes {
      let (copy, records) = try model.quantized(
        recipe, calibration: recipe.rule.needs == .nothing ? nil : set)
      let errors = try model.outputErrors(of: [copy], on: windows.map(\.tokens))
      wholes.append(
        .init(
          name: name,
          relativeError: errors.reduce(0) { $0 + $1.errors[0] / $1.power } / Double(errors.count),
          bitsPerWeight: records.reduce(0) {
            $0 + $1.bitsPerWeight * Double($1.outputs * $1.inputs)
          }
            / records.reduce(0) { $0 + Double($1.outputs * $1.inputs) },
          quality: try StudyQuality(of: copy, against: model, on: windows)))
      advance(2)
    }
    onProgress(1)
    return HessianFindings(study: self, text: text.name, layers: layers, wholes: wholes)
  }

  private func spectrum(
    _ statistics: InputStatistics, _ name: String
  ) throws(PipelineError) -> HessianSpectrum {
    do {
      return try HessianSpectrum(statistics, damping: damping)
    } catch {
      throw .request("\(name): the Hessian has no spectrum: \(error)")
    }
  }

  private func rounded(_ weight: Matrix, _ name: String) throws(PipelineError) -> Matrix {
    let rule = try LayerRule.plain("rtn", bits: bits, groupSize: groupSize)
    return try asLayerWork(name) { () throws(QuantizationError) in
      try rule.method.quantize(LayerInput(weight: weight), rule.options).dequantized
    }
  }

  /// Whole models: rounding to nearest, GPTQ in each order of columns and of layers.
  private func recipes() throws(PipelineError) -> [(name: String, QuantizationRecipe)] {
    func gptq(
      _ order: QuantizationRecipe.Order = .block, _ change: (inout LayerOptions) -> Void = { _ in }
    ) throws(PipelineError) -> QuantizationRecipe {
      var rule = try LayerRule.plain("gptq", bits: bits, groupSize: groupSize)
      rule.options.damping = damping
      change(&rule.options)
      return QuantizationRecipe(rule, order: order, seed: seed)
    }
    return [
      (
        "round to nearest",
        QuantizationRecipe(try .plain("rtn", bits: bits, groupSize: groupSize))
      ),
      ("gptq", try gptq()),
      ("gptq, true-sequential", try gptq(.trueSequential)),
      ("gptq, act-order", try gptq { $0.actOrder = true }),
      (
        "gptq, act-order, static groups",
        try gptq {
          $0.actOrder = true
          $0.staticGroups = true
        }
      ),
      (
        "gptq, act-order, true-sequential", try gptq(.trueSequential) { $0.actOrder = true }
      ),
    ]
  }
}
