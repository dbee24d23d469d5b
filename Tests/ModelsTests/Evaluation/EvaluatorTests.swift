import Foundation
import Models
import Tensors
import Testing

/// Evidence: by second implementation, sums over softmaxes in double precision.
struct EvaluatorTests {
  static let text = (0..<60).map { ($0 * 37 + 11) % 96 }

  /// ln of every probability of a row.
  static func logProbabilities(_ row: [Float]) -> [Double] {
    let largest = Double(row.max() ?? 0)
    let sum = row.reduce(0) { $0 + exp(Double($1) - largest) }
    return row.map { Double($0) - largest - log(sum) }
  }

  @Test(
    "perplexity and its error, against plain sums",
    arguments: ["gptq-20", "llama.cpp-20", "strided-16-5"])
  func perplexity(name: String) throws {
    let model = try GoldenModel("llama").model
    let windows = try EvaluationProtocol(name: name).windows(of: Self.text, beginning: 1)
    let sums = try Evaluator(model).evaluate(windows)
    var losses: [Double] = []
    for window in windows {
      let logits = try model.logits(window.tokens)
      for place in window.scored {
        losses.append(-Self.logProbabilities(logits.row(place - 1))[window.tokens[place]])
      }
    }
    let mean = losses.reduce(0, +) / Double(losses.count)
    let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count)
    #expect(sums.tokens == losses.count && sums.windows == windows.count)
    // Losses of about 5 from logits in single precision.
    #expect(abs(sums.meanLoss - mean) < 1e-5)
    #expect(abs(sums.perplexity - exp(mean)) < 1e-5 * exp(mean) * 2)
    let error = (variance / Double(losses.count - 1)).squareRoot()
    #expect(abs(sums.meanLossError - error) < 1e-5)
    #expect(abs(sums.perplexityError - error * exp(mean)) < 1e-4 * exp(mean))
    #expect(sums.comparison == nil)
  }

  @Test("divergence, agreement, changes and flips against plain sums")
  func comparison() throws {
    let base = try GoldenModel("llama").model
    var model = base
    let id = LinearLayerID(block: 1, role: .down)
    let layer = try #require(base.layer(id))
    let rounded = Matrix(rows: layer.outputs, columns: layer.inputs) {
      (layer.weight[$0, $1] * 4).rounded() / 4
    }
    try model.replace(id, with: DenseLayer(DenseWeight(rounded)))
    let windows = try EvaluationProtocol.gptq(window: 30).windows(of: Self.text)
    let sums = try Evaluator(model, against: base).evaluate(windows)
    var divergences: [Double] = []
    var changes: [Double] = []
    var agreements = 0
    var flips = 0
    var ratio = 0.0
    for window in windows {
      let (logits, baseLogits) = (try model.logits(window.tokens), try base.logits(window.tokens))
      for place in window.scored {
        let q = Self.logProbabilities(logits.row(place - 1))
        let p = Self.logProbabilities(baseLogits.row(place - 1))
        let token = window.tokens[place]
        divergences.append(zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
        changes.append(exp(q[token]) - exp(p[token]))
        ratio += p[token] - q[token]
        let (top, baseTop) = (q.firstIndex(of: q.max() ?? 0), p.firstIndex(of: p.max() ?? 0))
        agreements += top == baseTop ? 1 : 0
        flips += (top == token) != (baseTop == token) ? 1 : 0
      }
    }
    let count = Double(divergences.count)
    let comparison = try #require(sums.comparison)
    #expect(comparison.meanDivergence > 0.001)  // something did change
    #expect(abs(comparison.meanDivergence - divergences.reduce(0, +) / count) < 1e-5)
    #expect(abs(comparison.medianDivergence - divergences.map { Float($0) }.median) < 1e-5)
    let p99 = try #require(comparison.divergence(at: 0.99))
    #expect(abs(p99 - divergences.map { Float($0) }.quantile(0.99)) < 1e-5)
    #expect(comparison.topOneAgreement == Double(agreements) / count)
    #expect(comparison.flipRate == Double(flips) / count)
    #expect(abs(comparison.meanProbabilityChange - changes.reduce(0, +) / count) < 1e-6)
    #expect(abs(comparison.logPerplexityRatio - ratio / count) < 1e-5)
    #expect(
      abs(comparison.basePerplexity - (try Evaluator(base).evaluate(windows).perplexity)) < 1e-3)
  }

  @Test("a model against itself does not diverge")
  func itself() throws {
    let model = try GoldenModel("opt").model
    let windows = try EvaluationProtocol.gptq(window: 30).windows(of: Self.text)
    let comparison = try #require(
      try Evaluator(model, against: model).evaluate(windows).comparison)
    #expect(comparison.topOneAgreement == 1 && comparison.flipRate == 0)
    #expect(comparison.meanDivergence < 1e-6 && comparison.rootMeanSquareProbabilityChange == 0)
    #expect(comparison.logPerplexityRatio == 0 && comparison.logPerplexityRatioError == 0)
  }

  @Test("stopped and gone on from: the same sums")
  func resumption() throws {
    let model = try GoldenModel("gpt2").model
    let evaluator = try Evaluator(model, against: GoldenModel("llama").model)
    let windows = try EvaluationProtocol.gptq(window: 10).windows(of: Self.text)
    let whole = try evaluator.evaluate(windows)
    var reports: [Int] = []
    let part = try evaluator.evaluate(windows) {
      reports.append($0.windows)
      return $0.windows < 2
    }
    #expect(part.windows == 2 && reports == [1, 2])
    let stored = try JSONDecoder().decode(
      EvaluationSums.self, from: JSONEncoder().encode(part))
    #expect(try evaluator.evaluate(windows, from: stored) == whole)
  }

  @Test("windows longer than the context, and other vocabularies, are refused")
  func refusals() throws {
    let model = try GoldenModel("opt").model
    let windows = try EvaluationProtocol.gptq(window: 50).windows(of: Self.text)
    #expect(throws: ModelError.contextTooLong(tokens: 50, limit: 40)) {
      try Evaluator(model).evaluate(windows)
    }
  }

  @Test("answers are scored as the sum of their tokens' log probabilities")
  func choices() throws {
    let model = try GoldenModel("mistral").model
    let context = Array(Self.text.prefix(12))
    let choices = [[5], [6, 7, 8], [9, 10]]
    let scores = try model.score(choices: choices, after: context)
    for (choice, score) in zip(choices, scores) {
      let logits = try model.logits(context + choice)
      let expected = choice.enumerated().reduce(0) { sum, token in
        sum + Self.logProbabilities(logits.row(context.count - 1 + token.offset))[token.element]
      }
      #expect(abs(score.logProbability - expected) < 1e-4)  // three losses of about 5
      #expect(score.tokens == choice.count)
      #expect(score.logProbabilityPerToken == score.logProbability / Double(choice.count))
    }
    #expect(try model.score(choices: [[5]], after: [3]).count == 1)
    #expect(throws: ModelError.noTokens) { try model.score(choices: [[]], after: [3]) }
    #expect(throws: ModelError.noTokens) { try model.score(choices: [[5]], after: []) }
    #expect(throws: ModelError.self) { try model.score(choices: [[96]], after: [3]) }
    #expect(throws: ModelError.self) { try model.score(choices: [[96, 1]], after: [3]) }
  }

  @Test("by hand: pass@k of 5 attempts with 2 successes")
  func passAtK() throws {
    // One attempt: 2/5. Two: 1 − C(3,2)/C(5,2) = 1 − 3/10. Four cannot all be among 3 failures.
    #expect(abs(try passAt(1, samples: 5, correct: 2) - 0.4) < 1e-12)
    #expect(abs(try passAt(2, samples: 5, correct: 2) - 0.7) < 1e-12)
    #expect(try passAt(4, samples: 5, correct: 2) == 1)
    #expect(try passAt(3, samples: 5, correct: 0) == 0)
    #expect(try passAt(100, samples: 200, correct: 200) == 1)
    #expect(throws: ModelError.self) { try passAt(0, samples: 5, correct: 2) }
    #expect(throws: ModelError.self) { try passAt(6, samples: 5, correct: 2) }
    #expect(throws: ModelError.self) { try passAt(1, samples: 5, correct: 6) }
    #expect(throws: ModelError.self) { try passAt(1, samples: 5, correct: -1) }
  }
}
