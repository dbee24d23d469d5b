import Foundation
import Models
import Tensors
import Testing

/// Evidence: by hand and by law.
struct SamplingTests {
  static let logits: [Float] = [log(0.5), log(0.25), log(0.125), log(0.125)].map { Float($0) }

  @Test("by hand: temperature, top-k and top-p of one half, a quarter and two eighths")
  func probabilities() {
    func values(_ temperature: Double, _ topK: Int? = nil, _ topP: Double = 1) -> [Double] {
      TokenProbabilities(
        logits: Self.logits,
        options: SamplingOptions(temperature: temperature, topK: topK, topP: topP)
      ).values
    }
    func close(_ left: [Double], _ shares: [Double]) -> Bool {
      let total = shares.reduce(0, +)
      return zip(left, shares).allSatisfy { abs($0 - $1 / total) < 1e-7 }  // logits are Floats
    }
    #expect(close(values(1), [4, 2, 1, 1]))
    #expect(values(0) == [1, 0, 0, 0])
    #expect(close(values(0.5), [16, 4, 1, 1]))  // half the temperature squares the probabilities
    #expect(close(values(1, 2), [2, 1, 0, 0]))
    #expect(close(values(1, 3), [4, 2, 1, 0]))  // of equals, the lower token
    #expect(close(values(1, nil, 0.7), [2, 1, 0, 0]))
    #expect(close(values(1, nil, 0.3), [1, 0, 0, 0]))
    #expect(close(values(1, 1, 0.99), [1, 0, 0, 0]))
    #expect(close(values(1, 9), [4, 2, 1, 1]))
  }

  @Test("the first of equals at temperature 0")
  func ties() {
    let options = SamplingOptions()
    #expect(TokenProbabilities(logits: [1, 3, 3, 2], options: options).values == [0, 1, 0, 0])
  }

  @Test("the same seed writes the same text, another seed another")
  func seeds() throws {
    let model = try GoldenModel("llama").model
    func text(_ seed: UInt64) throws -> [Int] {
      let options = SamplingOptions(temperature: 1, seed: seed)
      return try model.generate([1, 2, 3], limit: 20, options: options, stopTokens: []).tokens
    }
    #expect(try text(5) == text(5))
    #expect(try text(5) != text(6))
  }

  @Test("greedy text is the largest logit of each full pass")
  func greedy() throws {
    for name in GoldenModel.names {
      let model = try GoldenModel(name).model
      var tokens = [4, 5, 6]
      let generation = try model.generate(tokens, limit: 12, stopTokens: [])
      for token in generation.tokens {
        let row = try model.logits(tokens, rows: .last).elements
        #expect(row[token] == row.max())
        tokens.append(token)
      }
      #expect(generation.ending == .length && generation.passes == 12)
    }
  }

  @Test("a text ends at a stop token, at the end of the context, or when told to")
  func endings() throws {
    let model = try GoldenModel("opt").model
    let free = try model.generate([4, 5, 6], limit: 100, stopTokens: [])
    // 40 positions: 3 of the prompt, and one token more than the 37 that are run.
    #expect(free.ending == .contextFull && free.tokens.count == 38)
    let stop = try #require(free.tokens.last)
    let first = try #require(free.tokens.firstIndex(of: stop))
    let stopped = try model.generate([4, 5, 6], limit: 100, stopTokens: [stop])
    #expect(stopped.ending == .stopToken)
    #expect(stopped.tokens == Array(free.tokens[..<first]))
    var seen: [Int] = []
    let cancelled = try model.generate([4, 5, 6], limit: 100, stopTokens: []) {
      seen.append($0)
      return seen.count < 5
    }
    #expect(cancelled.ending == .cancelled && cancelled.tokens == seen && seen.count == 5)
  }

  @Test("options and prompts that make no sense are refused")
  func refusals() throws {
    let model = try GoldenModel("opt").model
    for options in [
      SamplingOptions(temperature: -1), SamplingOptions(temperature: .nan),
      SamplingOptions(temperature: 1, topK: 0), SamplingOptions(temperature: 1, topP: 0),
      SamplingOptions(temperature: 1, topP: 1.5),
    ] {
      #expect(throws: ModelError.self) { try model.generate([1], limit: 1, options: options) }
    }
    #expect(throws: ModelError.noTokens) { try model.generate([], limit: 1) }
    #expect(throws: ModelError.self) { try model.generate([1], limit: 0) }
    #expect(throws: ModelError.promptTooLong(tokens: 40, positions: 40)) {
      try model.generate([Int](repeating: 1, count: 40), limit: 1)
    }
  }
}
