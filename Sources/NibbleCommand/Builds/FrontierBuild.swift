import Course
import Foundation
import Models
import Pipelines
import Quantization
import Tensors

/// GPTQ's Hessians under glass, and a plan for a model that does not fit here.
struct FrontierBuild: PersonaBuild {
  let persona = Persona.frontierResearcher
  let summary =
    "GPTQ's Hessians measured block by block, its orders and block sizes, and a plan for LLaMA-2-13B"

  /// The model that is planned for.
  static let planned = "llama-2-13b"

  func run(_ job: BuildJob, into folder: BuildFolder) throws -> BuildOutcome {
    let flags = job.flags
    let model = try BuildModel(flags.model ?? "llama")
    var study = HessianStudy()
    study.bits = flags.bits ?? study.bits
    study.orderSeeds = (1...(flags.seeds ?? study.orderSeeds.count)).map { UInt64($0) }
    study.samples = flags.samples ?? study.samples
    study.length = model.length(flags.sequenceLength)
    study.testWindows = flags.testWindows ?? study.testWindows
    let text = try BuildText.text(
      flags.dataset, for: model, samples: study.samples, length: study.length,
      testWindows: study.testWindows)
    var tokens = BuildTokens()
    try tokens.add(
      model.name, text, seeds: [study.seed], samples: study.samples, length: study.length,
      testWindows: study.testWindows)
    try tokens.write(to: folder)
    let progress = ProgressLine("\(job.persona): \(model.name) on \(text.name)")
    let findings = try study.run(
      on: model.model, text: text, onProgress: { progress.show($0) })
    progress.end()
    try folder.write(try SensitivityLine.lines(findings), to: "sensitivity.jsonl")
    let recipe = try BuildCheckpoint.recipe("gptq", bits: study.bits, order: .trueSequential) {
      $0.actOrder = true
    }
    let checkpoint = try BuildCheckpoint.write(
      model, recipe, bits: study.bits,
      calibration: try text.calibrationSet(
        samples: study.samples, length: study.length, seed: study.seed),
      to: folder, windows: try text.testWindows(study.testWindows, length: study.length))
    let scores = try scores(flags.dataset, model, study, folder)
    let plan = try PlannedModel(Self.planned, bits: 4)
    let everything = FrontierFindings(
      hessians: findings, questions: scores, plan: plan.report, published: PublishedTables.rows)
    return BuildOutcome(
      models: [model.name], lines: Self.lines(findings, scores), verdict: nil,
      findings: everything,
      document: FrontierReport(
        findings, scores, plan, model: model.name, job: job
      ).document,
      perplexities: findings.wholes.map {
        PerplexityLine(
          model: model.name, what: "\($0.name), \(study.bits) bits", quality: $0.quality)
      } + [PerplexityLine(model: model.name, what: "checkpoint/, read back", quality: checkpoint)],
      commands: Self.commands(study, model, flags.dataset))
  }

  /// What is planned, done: the model and MMLU are the reader's own.
  static let realCommands = [
    "nibble fetch wikitext-2 && nibble fetch mmlu",
    "nibble quantize --model LLAMA-2-13B --out llama-2-13b-int4 --method gptq --bits 4 --act-order --true-sequential "
      + "--calibration wikitext-2 --samples 128 --sequence-length 2048 --format gptq",
    "nibble eval --model llama-2-13b-int4 --against LLAMA-2-13B --dataset wikitext-2 --protocol gptq-2048",
    "nibble eval --model llama-2-13b-int4 --against LLAMA-2-13B --tasks mmlu --shots 5",
  ]

  /// The float model and the checkpoint asked questions, where the text is a grammar's.
  private func scores(
    _ dataset: String, _ model: BuildModel, _ study: HessianStudy, _ folder: BuildFolder
  ) throws -> [BuildQuestions.Score] {
    guard let questions = BuildQuestions(dataset, count: 200) else { return [] }
    Output.status("asking questions")
    defer { Output.status("") }
    try questions.write(to: folder, subject: dataset)
    return try questions.scores(
      of: [
        ("float", model.model),
        ("checkpoint", try Transformer(path: folder.work + "/checkpoint")),
      ], try TextModel(path: model.path), in: folder)
  }

  /// The findings in a few lines.
  static func lines(
    _ findings: HessianFindings, _ scores: [BuildQuestions.Score]
  ) -> [String] {
    let conditions = findings.layers.compactMap(\.spectrum.condition)
    let damped = findings.layers.map(\.spectrum.dampedCondition)
    var lines = [
      "condition of H: up to \(ReportWords.number(conditions.max() ?? .infinity)) in the \(conditions.count) of "
        + "\(damped.count) that have an inverse; damped up to \(ReportWords.number(damped.max() ?? 0)) in all"
    ]
    let best = HessianFindings.Score.allCases.compactMap { score in
      findings.agreement(of: score).map { (score.rawValue, $0) }
    }.max { $0.1.rank < $1.1.rank }
    if let best {
      let interval =
        "(of logarithms \(ReportWords.number(best.1.linear)), 95 % interval "
        + "\(ReportWords.number(best.1.low)) to \(ReportWords.number(best.1.high)))"
      lines.append(
        (best.1.low > 0
          ? "which layers the model minds is told best by \(best.0)"
          : "none of the scores tells for sure which layers the model minds; nearest is \(best.0)")
          + ", rank correlation \(ReportWords.rank(best.1)) \(interval)"
      )
    }
    for score in scores {
      lines.append(
        "\(score.model), by \(score.way): \(ReportWords.percent(score.right.share)) right "
          + "(95 % interval \(ReportWords.percent(score.right.low)) to \(ReportWords.percent(score.right.high)))"
      )
    }
    return lines
  }

  private static func commands(
    _ study: HessianStudy, _ model: BuildModel, _ dataset: String
  ) -> [(purpose: String, command: String)] {
    let format = BuildCheckpoint.format(study.bits, of: model).name
    return [
      (
        "The checkpoint by hand.",
        "nibble quantize --model \(BuildJob.quoted(model.path)) --out checkpoint-by-hand --method gptq --bits "
          + "\(study.bits) --act-order --true-sequential --calibration \(BuildJob.quoted(dataset)) --samples "
          + "\(study.samples) --sequence-length \(study.length) --format \(format)"
      ),
      ("The plan.", "nibble plan --config \(planned) --method gptq --bits 4 --format gptq"),
      (
        "The real model, once its folder is here: quantized, read, and asked MMLU.",
        realCommands.map { "# " + $0 }.joined(separator: "\n")
      ),
    ]
  }
}

/// Everything a frontier build has measured, and what it stands beside.
struct FrontierFindings: Encodable {
  let hessians: HessianFindings
  let questions: [BuildQuestions.Score]
  let plan: PlanReport
  /// Others' numbers on WikiText-2, none of them measured here.
  let published: [PublishedTables.Row]
}

/// A plan for a published model, with its cost on this machine.
struct PlannedModel {
  let name: String
  let plan: ModelPlan
  let report: PlanReport

  init(_ name: String, bits: Int) throws {
    guard let shape = KnownModels.configuration(name) else {
      throw Failure(.software, "the shape of \(name) is not known here")
    }
    self.name = name
    plan = try ModelPlan(
      shape, recipe: try BuildCheckpoint.recipe("gptq", bits: bits), samples: 128, length: 2048,
      format: .gptq)
    report = PlanReport(plan, name: name, format: .gptq)
  }
}

/// A line of `sensitivity.jsonl`: one layer, its Hessian, where its errors went, and what each score says of it.
private struct SensitivityLine: Encodable {
  let layer: String
  let block: Int
  let role: String
  let bits: Int
  let relativeError: Double
  let error: Double
  let traceScore: Double
  let eigenvalueScore: Double
  let weightScore: Double
  let divergence: Double?
  let divergenceError: Double?
  let logPerplexityRatio: Double?
  let gptqRelativeError: Double
  let rank: Int
  let inputs: Int
  let condition: Double?
  let dampedCondition: Double
  let damping: Double
  let effectiveDimension: Double
  /// H's eigenvalues, the largest first.
  let spectrum: [Double]
  /// What damping adds to each.
  let dampingAmount: Double
  /// What each block of columns lost, took over, and pushed onto later ones.
  let flow: ErrorFlow

  static func lines(_ findings: HessianFindings) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try findings.layers.map { layer in
      String(
        decoding: try encoder.encode(SensitivityLine(layer, bits: findings.study.bits)),
        as: UTF8.self) + "\n"
    }.joined()
  }

  init(_ layer: HessianFindings.Layer, bits: Int) {
    self.layer = layer.name
    block = layer.block
    role = layer.role
    self.bits = bits
    relativeError = layer.relativeError
    error = layer.nearestError
    traceScore = layer.traceScore
    eigenvalueScore = layer.eigenvalueScore
    weightScore = layer.weightScore
    divergence = layer.quality?.divergence
    divergenceError = layer.quality?.divergenceError
    logPerplexityRatio = layer.quality?.logRatio
    gptqRelativeError = layer.error / layer.power
    rank = layer.spectrum.rank
    inputs = layer.inputs
    condition = layer.spectrum.condition
    dampedCondition = layer.spectrum.dampedCondition
    damping = layer.damping
    effectiveDimension = layer.spectrum.effectiveDimension
    spectrum = layer.spectrum.values
    dampingAmount = layer.spectrum.dampingAmount
    flow = layer.flow
  }
}
