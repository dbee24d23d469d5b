import Foundation
import Models
import Pipelines

/// A model before and after, on windows of the calibration's text that were not drawn.
///
/// Text of the same source: what it says is how much was lost, not how good the model is.
struct HeldOutQuality: Encodable {
  let windows: Int
  let tokens: Int
  let perplexityBefore: Double
  let perplexityAfter: Double
  /// ln of the ratio of the two, and its standard error.
  let logPerplexityRatio: Double
  let logPerplexityRatioError: Double
  let klMean: Double
  let klP99: Double?
  let topOneAgreement: Double

  /// Measures; nil where no window is left.
  ///
  /// - Parameters:
  ///   - before: The float model.
  ///   - path: The quantized one's folder, read back as anybody would.
  ///   - set: The calibration.
  /// - Throws: What reading the folder or running a model throws.
  init?(_ before: Transformer, _ path: String, _ set: CalibrationSet?) throws {
    guard let windows = set?.heldOut.filter({ $0.count > 1 }), !windows.isEmpty else { return nil }
    Output.status("perplexity before and after")
    defer { Output.status("") }
    let evaluator = try Evaluator(try Transformer(path: path), against: before)
    let sums = try evaluator.evaluate(
      windows.map { EvaluationWindow(tokens: $0, scored: 1..<$0.count) })
    guard let comparison = sums.comparison else { return nil }
    self.windows = windows.count
    tokens = sums.tokens
    perplexityBefore = comparison.basePerplexity
    perplexityAfter = sums.perplexity
    logPerplexityRatio = comparison.logPerplexityRatio
    logPerplexityRatioError = comparison.logPerplexityRatioError
    klMean = comparison.meanDivergence
    klP99 = comparison.divergence(at: 0.99)
    topOneAgreement = comparison.topOneAgreement
  }
}
