import Models
import Tensors
import Testing

/// Evidence: by law; counts against exact probabilities, judged by chi-square at one in a million.
struct SpeculativeDecoderTests {
  /// Pearson's statistic; cells that cannot occur must be empty.
  static func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
    let total = Double(counts.reduce(0, +))
    return zip(counts, probabilities).reduce(0) { sum, cell in
      let expected = cell.1 * total
      if expected == 0 { return cell.0 == 0 ? sum : .infinity }
      return sum + (Double(cell.0) - expected) * (Double(cell.0) - expected) / expected
    }
  }

  @Test("three tokens: the verifier's probabilities, and as many accepted as min(p, q) sums to")
  func judging() {
    let p = TokenProbabilities([0.5, 0.3, 0.2])
    let q = TokenProbabilities([0.2, 0.5, 0.3])
    var generator = SeededGenerator(seed: 1)
    var counts = [0, 0, 0]
    var accepted = 0
    let draws = 100_000
    for _ in 0..<draws {
      let proposed = q.drawn(with: &generator)
      let result = SpeculativeDecoder.judge(
        proposed, verifier: p, draft: q, generator: &generator)
      counts[result.token] += 1
      accepted += result.isAccepted ? 1 : 0
    }
    #expect(Self.chiSquare(counts, p.values) < 27.6)  // two degrees of freedom, one in a million
    // min sums to 0.2 + 0.3 + 0.2 = 0.7; five standard deviations of a share of 100,000.
    #expect(abs(Double(accepted) / Double(draws) - 0.7) < 5 * (0.21 / Double(draws)).squareRoot())
    // The test can fail: the draft's own probabilities are far off.
    #expect(Self.chiSquare(counts, q.values) > 1000)
  }

  @Test("two models: pairs of tokens come as often as the verifier says")
  func pairs() throws {
    let verifier = try GoldenModel("llama").model
    let draft = try GoldenModel("qwen2").model
    let prompt = [7, 8, 9]
    // Three tokens each leave 9 pairs of the verifier's, and a draft that proposes mostly others.
    var options = SamplingOptions(temperature: 2, topK: 3)
    let first = TokenProbabilities(
      logits: try verifier.logits(prompt, rows: .last).elements, options: options)
    var cells: [[Int]: Double] = [:]
    for (token, probability) in first.values.enumerated() where probability > 0 {
      let second = TokenProbabilities(
        logits: try verifier.logits(prompt + [token], rows: .last).elements, options: options)
      for (next, conditional) in second.values.enumerated() where conditional > 0 {
        cells[[token, next]] = probability * conditional
      }
    }
    #expect(cells.count == 9)
    let decoder = try SpeculativeDecoder(verifier: verifier, draft: draft, proposals: 2)
    var counts: [[Int]: Int] = [:]
    for seed in 0..<6000 {
      options.seed = UInt64(seed)
      let text = try decoder.generate(prompt, limit: 2, options: options, stopTokens: [])
      counts[text.tokens, default: 0] += 1
    }
    #expect(Set(counts.keys).isSubset(of: cells.keys))
    let order = cells.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let statistic = Self.chiSquare(order.map { counts[$0] ?? 0 }, order.map { cells[$0] ?? 0 })
    #expect(statistic < 42.7)  // eight degrees of freedom, one in a million
  }

  @Test(
    "at temperature 0 the text is the verifier's own, whatever the draft", arguments: [1, 3, 6])
  func greedy(proposals: Int) throws {
    let verifier = try GoldenModel("llama").model
    let expected = try verifier.generate([3, 2, 1], limit: 40, stopTokens: [])
    for name in ["qwen2", "llama"] {
      let decoder = try SpeculativeDecoder(
        verifier: verifier, draft: try GoldenModel(name).model, proposals: proposals)
      let text = try decoder.generate([3, 2, 1], limit: 40, stopTokens: [])
      #expect(text.tokens == expected.tokens && text.ending == expected.ending)
      if name == "llama" {
        // A draft that is the verifier is always right: n + 1 tokens a pass.
        #expect(text.accepted == text.proposed)
        #expect(text.passes == (40 + proposals) / (proposals + 1))
      }
    }
  }

  @Test("the end of either context, a stop token and a limit end the text as without a draft")
  func endings() throws {
    let verifier = try GoldenModel("llama").model  // 64 positions
    let draft = try GoldenModel("opt").model  // 40 positions
    let decoder = try SpeculativeDecoder(verifier: verifier, draft: draft)
    let expected = try verifier.generate([5, 6], limit: 100, stopTokens: [])
    let text = try decoder.generate([5, 6], limit: 100, stopTokens: [])
    #expect(text.tokens == expected.tokens && text.ending == .contextFull)
    let stop = expected.tokens[4]
    let short = try verifier.generate([5, 6], limit: 100, stopTokens: [stop])
    let speculative = try decoder.generate([5, 6], limit: 100, stopTokens: [stop])
    #expect(speculative.tokens == short.tokens && speculative.ending == .stopToken)
    #expect(try decoder.generate([5, 6], limit: 1, stopTokens: []).tokens.count == 1)
  }

  @Test("models of different vocabularies, and no proposals, are refused")
  func refusals() throws {
    let model = try GoldenModel("opt").model
    #expect(throws: ModelError.self) {
      try SpeculativeDecoder(verifier: model, draft: model, proposals: 0)
    }
    var configuration = try GoldenModel.configuration("llama")
    configuration.vocabularySize = 95
    var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
    for name in ["model.embed_tokens.weight", "lm_head.weight"] {
      try tensors.set(name, [95, 32], Array(tensors.elements(name).prefix(95 * 32)))
    }
    let other = try Transformer(configuration, from: tensors)
    #expect(throws: ModelError.vocabulariesDiffer(96, 95)) {
      try SpeculativeDecoder(verifier: model, draft: other)
    }
  }
}
