import Models
import Pipelines

/// The result of an evaluation, whole or partial: what `--json` prints, and what text and page show.
struct EvaluationReport: Encodable, Sendable {
  /// KL(base ‖ model), in nats a token.
  struct Divergence: Encodable, Sendable {
    let mean: Double
    let standardError: Double
    let median: Double
    let p90: Double
    let p99: Double
    let p999: Double
    let maximum: Double
  }

  let schema = 1
  let model: String
  /// Whether the model's planted outlier channels were taken back.
  let withoutOutliers: Bool
  let against: String?
  /// Whether it was stopped before its end; then everything here is of what had been measured.
  let partial: Bool

  let text: String?
  let `protocol`: String?
  /// Tokens of the text.
  let textTokens: Int?
  let beginningToken: Int?
  let windows: Int?
  let windowsInText: Int?
  /// Tokens that were scored.
  let tokens: Int?
  /// Nats a token.
  let meanLoss: Double?
  let perplexity: Double?
  let standardError: Double?

  let basePerplexity: Double?
  /// ln of the ratio of the perplexities, model over base.
  let logPerplexityRatio: Double?
  let logPerplexityRatioError: Double?
  let klDivergence: Divergence?
  let topOneAgreement: Double?
  let flipRate: Double?
  /// Of the probability of the token that came, model less base.
  let meanProbabilityChange: Double?
  let rootMeanSquareProbabilityChange: Double?

  let tasks: [TaskFigures]?
  /// All tasks' right answers over all their questions.
  let accuracy: Double?

  /// Tokens run through the model a second.
  let tokensPerSecond: Double?
  let seconds: Double
  let peakBytes: Int
  let bitsPerWeight: Double
  let baseBitsPerWeight: Double?
  /// What must be known to read the figures rightly, a sentence each.
  let cautions: [String]

  /// What the text and the page draw; not part of the JSON.
  let perplexities: [Double]
  let comparison: ModelComparison?

  private enum CodingKeys: String, CodingKey {
    case schema, model, withoutOutliers, against, partial, text, `protocol`, textTokens,
      beginningToken, windows
    case windowsInText, tokens, meanLoss, perplexity, standardError, basePerplexity
    case logPerplexityRatio, logPerplexityRatioError, klDivergence, topOneAgreement, flipRate
    case meanProbabilityChange, rootMeanSquareProbabilityChange, tasks, accuracy, tokensPerSecond
    case seconds, peakBytes, bitsPerWeight, baseBitsPerWeight
    case cautions = "warnings"
  }

  init(_ job: EvaluationJob, _ found: EvaluationRun.Progress, isPartial: Bool) {
    model = job.model.path
    withoutOutliers = job.withoutOutliers
    against = job.base?.path
    partial = isPartial
    let sums = found.state.sums
    let isMeasured = sums.tokens > 0
    text = job.reading?.name
    self.protocol = job.reading?.usedProtocol.name
    textTokens = job.reading?.ids.count
    beginningToken = job.beginning
    windows = job.reading == nil ? nil : sums.windows
    windowsInText = job.reading?.windows.count
    tokens = job.reading == nil ? nil : sums.tokens
    meanLoss = isMeasured ? sums.meanLoss : nil
    perplexity = isMeasured ? sums.perplexity : nil
    standardError = isMeasured && sums.tokens > 1 ? sums.perplexityError : nil

    comparison = sums.comparison
    basePerplexity = comparison?.basePerplexity
    logPerplexityRatio = comparison?.logPerplexityRatio
    logPerplexityRatioError = comparison?.logPerplexityRatioError
    klDivergence = comparison.map { comparison in
      func share(_ share: Double) -> Double { comparison.divergence(at: share) ?? .nan }
      return Divergence(
        mean: comparison.meanDivergence, standardError: comparison.meanDivergenceError,
        median: comparison.medianDivergence, p90: share(0.9), p99: share(0.99),
        p999: share(0.999), maximum: share(1))
    }
    topOneAgreement = comparison?.topOneAgreement
    flipRate = comparison?.flipRate
    meanProbabilityChange = comparison?.meanProbabilityChange
    rootMeanSquareProbabilityChange = comparison?.rootMeanSquareProbabilityChange

    let figures = job.tasks.compactMap { task in
      TaskFigures(task, found.state.answers[task.name] ?? [])
    }
    tasks = job.tasks.isEmpty ? nil : figures
    let asked = figures.reduce(0) { $0 + $1.questions }
    accuracy = asked > 0 ? Double(figures.reduce(0) { $0 + $1.correct }) / Double(asked) : nil

    tokensPerSecond = found.seconds > 0 ? Double(found.tokens) / found.seconds : nil
    seconds = found.seconds
    peakBytes = PeakMemory.bytes
    bitsPerWeight = EvaluationJob.bitsPerWeight(of: job.model.transformer)
    baseBitsPerWeight = job.base.map { EvaluationJob.bitsPerWeight(of: $0.model) }
    perplexities = found.state.perplexities
    cautions = Self.cautions(job, sums, figures)
  }
}

extension EvaluationReport {
  /// A figure with its name, and what it needs beside it.
  struct Figure: Sendable {
    let name: String
    let value: String
    var error = ""
  }

  /// What was measured, for people.
  var figures: [Figure] {
    var figures: [Figure] = []
    func add(_ name: String, _ value: Double?, _ error: Double? = nil) {
      guard let value else { return }
      figures.append(
        Figure(
          name: name, value: Figures.short(value),
          error: error.map { "± " + Figures.short($0) } ?? ""))
    }
    add("perplexity", perplexity, standardError)
    add("mean loss, nats a token", meanLoss)
    add("perplexity of the other model", basePerplexity)
    add("ln of their ratio", logPerplexityRatio, logPerplexityRatioError)
    add("KL divergence, mean", klDivergence?.mean, klDivergence?.standardError)
    add("KL divergence, median", klDivergence?.median)
    add("KL divergence, 99%", klDivergence?.p99)
    add("KL divergence, largest", klDivergence?.maximum)
    add("same most probable token", topOneAgreement)
    add("tokens only one predicted", flipRate)
    add("right answers", accuracy)
    add("bits a weight", bitsPerWeight)
    add("bits a weight of the other model", baseBitsPerWeight)
    add("tokens a second", tokensPerSecond)
    figures.append(Figure(name: "peak memory", value: Figures.bytes(peakBytes)))
    return figures
  }

  /// How it was measured, in a sentence.
  var manner: String? {
    guard let text, let name = self.protocol, let tokens, let windows, let windowsInText else {
      return nil
    }
    let start = beginningToken.map { "beginning token \($0)" } ?? "no beginning token"
    return "\(text), \(textTokens ?? 0) tokens, by \(name) with \(start): \(windows) of "
      + "\(windowsInText) windows, \(tokens) tokens scored"
  }

  /// The warning of a partial result.
  var warning: String? {
    partial ? "PARTIAL: stopped before its end; the figures are of what had been measured" : nil
  }

  private static func cautions(
    _ job: EvaluationJob, _ sums: EvaluationSums, _ tasks: [TaskFigures]
  ) -> [String] {
    var cautions: [String] = []
    if sums.isFlat(vocabulary: job.model.transformer.head.outputs) {
      cautions.append(
        "the model holds every token alike, so that the perplexity is the size of its vocabulary: its "
          + "weights are empty or damaged; see nibble inspect \(job.model.path)")
    }
    let positions = min(
      job.model.transformer.configuration.contextLength,
      job.base?.model.configuration.contextLength ?? .max)
    for task in tasks where task.shots < task.examples {
      cautions.append(
        "\(task.name): before \(task.shortened) of \(task.questions) questions fewer than "
          + "\(task.examples) examples had room in \(positions) positions, \(task.shots) at the least"
      )
    }
    return cautions
  }

  /// What was measured, for a heading.
  var subject: String {
    model + (withoutOutliers ? " without its planted outliers" : "")
      + (against.map { " against \($0)" } ?? "")
  }

  /// The lines that a terminal shows.
  var lines: [String] {
    var lines = [subject]
    if let manner { lines.append(manner) }
    if let warning { lines.append(warning) }
    lines += cautions.map { "warning: \($0)" }
    var table = TextTable("", "", "")
    for figure in figures { table.add(figure.name, figure.value, figure.error) }
    lines += table.lines.dropFirst().map { "  " + $0 }
    guard let tasks, !tasks.isEmpty else { return lines }
    let other = against == nil ? [] : ["other model"]
    var answers = TextTable(
      ["  task", "right", "asked", "share", "±"] + other + ["shots", "cut"])
    for task in tasks {
      answers.add(
        ["  " + task.name, "\(task.correct)", "\(task.questions)", Figures.share(task.accuracy)]
          + [Figures.share(task.standardError)]
          + (against == nil ? [] : [task.baseAccuracy.map(Figures.share) ?? ""])
          + ["\(task.shots)", "\(task.cut)"])
    }
    return lines + [""] + answers.lines
  }
}

extension Figures {
  /// A share with three decimals.
  static func share(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let decimals = "\(thousandths % 1000)"
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - decimals.count) + decimals
  }
}
