import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: on a trained model, where the environment has it: what the methods are for.
struct QualityTests {
  static let path = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"].map {
    $0 + "/tiny-lm/stories260K.bin"
  }

  /// Texts of the model's own, drawn at temperature 1: what it expects to read.
  private func texts(_ model: Transformer, count: Int, seed: UInt64) throws -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    return try (0..<count).map { _ in
      var tokens = [1]
      let cache = KeyValueCache(for: model.configuration)
      var next = [1]
      while tokens.count < 256 {
        let logits = try model.logits(next, cache: cache, rows: .last).row(0)
        let highest = logits.max() ?? 0
        let weights = logits.map { exp(Double($0 - highest)) }
        var place = generator.uniform() * weights.reduce(0, +)
        let token = weights.firstIndex { weight in
          place -= weight
          return place <= 0
        }
        next = [token ?? logits.count - 1]
        tokens += next
      }
      return tokens
    }
  }

  private func perplexity(_ model: Transformer, _ texts: [[Int]]) throws -> Double {
    let windows = texts.map { EvaluationWindow(tokens: $0, scored: 1..<$0.count) }
    let sums = try Evaluator(model).evaluate(windows)
    return exp(sums.loss / Double(sums.tokens))
  }

  @Test(
    "GPTQ beats rounding to nearest in perplexity, at three bits and at four",
    .enabled(if: path != nil, "NIBBLE_TEST_DATA is not set"))
  func gptqBeatsNearest() throws {
    let model = try Transformer(path: try #require(Self.path))
    let calibration = try CalibrationSet(name: "own", sequences: texts(model, count: 24, seed: 1))
    let judged = try texts(model, count: 16, seed: 2)
    let float = try perplexity(model, judged)
    for bits in [3, 4] {
      func quantized(_ method: String) throws -> (model: Transformer, records: [LayerRecord]) {
        try model.quantized(
          QuantizationRecipe(
            try .named(method, bits: bits, group: 0), order: .trueSequential),
          calibration: calibration)
      }
      let ours = try quantized("gptq")
      // On the same inputs and with as many codes: in the mean rounding to nearest errs by tr(H), and passing errors
      // on by tr(D) of H = (U + I) D (U + I)ᵀ, which is smaller (Chee et al. 2023, arXiv:2307.13304, theorem 1).
      // A single layer may be unlucky, or its inputs uncorrelated; all of them together are not.
      let error = ours.records.compactMap(\.relativeOutputError).reduce(0, +)
      let nearest = ours.records.compactMap(\.relativeNearestError).reduce(0, +)
      #expect(error < nearest, "\(bits) bits: \(error) \(nearest)")
      // What each layer gives is nearer to what it gave, and so is the model; how much nearer nobody can say.
      let (own, others) = (
        try perplexity(ours.model, judged), try perplexity(quantized("rtn").model, judged)
      )
      #expect(own < others && float < own, "\(bits) bits: \(float) \(own) \(others)")
    }
  }
}
