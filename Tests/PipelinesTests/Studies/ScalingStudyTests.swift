import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by second implementation and by law, on a tiny random model.
struct ScalingStudyTests {
  private let folder: TemporaryFolder
  private let model: Transformer
  private let text = TinyLlama.text()

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.path)
    model = try Transformer(path: folder.path)
  }

  private func study() -> ScalingStudy {
    var study = ScalingStudy()
    study.bits = [3]
    study.alphas = [0.5]
    study.groupSize = 32
    study.seeds = [0, 1]
    study.samples = 5
    study.length = 32
    study.testWindows = 2
    return study
  }

  @Test(
    "both arms again by hand: scaled before GPTQ, divided after it, judged in unscaled coordinates")
  func byHand() throws {
    let cells = try study().run(on: model, named: "tiny", text: text)
    let cell = try #require(cells.first)
    #expect(cells.count == 1 && cell.bits == 3 && cell.plain.count == 2)
    let set = try text.calibrationSet(samples: 5, length: 32, seed: 1)
    let windows = try text.testWindows(2, length: 32)
    for scaled in [false, true] {
      var copy = model
      var shares = 0.0
      for id in model.linearLayers {
        let weight = try #require(model.layer(id)).weight
        let inputs = try TinyLlama.inputs(of: id, in: model, set.sequences)
        let sharers: [LinearLayerID.Role] =
          switch id.role {
          case .query, .key, .value: [.query, .key, .value]
          case .gate, .up: [.gate, .up]
          default: []
          }
        let weights = try sharers.map { role in
          try #require(model.layer(LinearLayerID(block: id.block, role: role))).weight
        }
        var scales = [Float](repeating: 1, count: weight.columns)
        if scaled, !sharers.isEmpty {
          for column in scales.indices {
            let largest = (0..<inputs.rows).map { abs(inputs[$0, column]) }.max() ?? 0
            let heaviest =
              weights.map { own in
                (0..<own.rows).map { abs(own[$0, column]) }.max() ?? 0
              }.max() ?? 0
            scales[column] = (largest / heaviest).squareRoot()  // α = ½
          }
        }
        let hidden = DoubleMatrix(
          (0..<weight.columns).map { i in
            (0..<weight.columns).map { j in
              (0..<inputs.rows).reduce(0.0) {
                $0 + Double(inputs[$1, i]) * Double(inputs[$1, j])
              } * 2 / Double(inputs.rows) / Double(scales[i]) / Double(scales[j])
            }
          })
        let factor = try HessianFactor(hessian: hidden, tokens: inputs.rows)
        let result = try GPTQ(
          QuantizationScheme(bits: 3, symmetry: .asymmetric, granularity: .group(32))
        ).quantized(weight.scalingColumns(by: scales), factor).dequantized
        let back = result.scalingColumns(by: scales.map { 1 / $0 })
        try copy.replace(id, with: DenseLayer(DenseWeight(back)))
        let tests = try TinyLlama.inputs(of: id, in: model, windows.map(\.tokens))
        shares += TinyLlama.power(weight - back, tests) / TinyLlama.power(weight, tests)
      }
      let run = scaled ? cell.scaled[0].runs[1] : cell.plain[1]
      let sums = try Evaluator(copy, against: model).evaluate(windows)
      // A weight at a tie may round the other way where sums were added up in another order; one step of one
      // weight in 384 changes E and the loss by less than this.
      #expect(
        abs(run.relativeError - shares / 21) < 0.01 * run.relativeError,
        "\(run.relativeError) \(shares / 21)")
      #expect(
        abs(run.quality.divergence - (sums.comparison?.meanDivergence ?? 0))
          < 0.02 * run.quality.divergence)
      #expect(run.seed == 1)
    }
  }

  @Test("differences are paired by seed, and the verdict is the interval's")
  func verdict() throws {
    let study = study()
    let cells = try study.run(on: model, named: "tiny", text: text)
    let cell = cells[0]
    let differences = zip(cell.scaled[0].runs, cell.plain).map {
      $0.quality.logRatio - $1.quality.logRatio
    }
    #expect(cell.difference(alpha: 0.5) == MeanInterval(differences))
    #expect(cell.difference(alpha: 0.3) == nil)
    let hypothesis = ScalingHypothesis(study, models: ["tiny"])
    #expect(hypothesis.verdict(of: cells) == cell.verdict(alpha: 0.5))
    #expect(hypothesis.verdict(of: []) == .undecided)
    #expect(hypothesis.claim.contains("α = 0.5") && hypothesis.falsifier.contains("above 0"))
    // Another model's cell decides nothing.
    let wider = ScalingHypothesis(study, models: ["tiny", "other"])
    #expect(cell.verdict(alpha: 0.5) == .fails || wider.verdict(of: cells) == .undecided)
  }

  @Test("an exponent of its own that is not run is refused")
  func refused() throws {
    var study = study()
    study.alpha = 0.7
    #expect(throws: PipelineError.self) { try study.run(on: model, named: "tiny", text: text) }
  }
}
