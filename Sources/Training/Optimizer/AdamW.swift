internal import CKernels
internal import Glibc

/// Adam with decoupled weight decay and bias correction.
///
/// With slope g in step t: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², and then
/// w ← (1 − rate · decay) w − rate · m / (1 − β₁ᵗ) / (√v / √(1 − β₂ᵗ) + ε).
/// Source: Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2.
public struct AdamW: Sendable, Equatable, Codable {
  /// β₁: how slowly the mean of slopes forgets.
  public var meanDecay: Double
  /// β₂: how slowly the mean of squares forgets.
  public var squareDecay: Double
  /// ε: what is added to the root.
  public var epsilon: Double
  /// What matrices shrink by, as a share of the learning rate.
  public var weightDecay: Double

  /// Makes an optimizer.
  ///
  /// - Parameters:
  ///   - meanDecay: β₁.
  ///   - squareDecay: β₂.
  ///   - epsilon: ε.
  ///   - weightDecay: What matrices shrink by.
  public init(
    meanDecay: Double = 0.9, squareDecay: Double = 0.95, epsilon: Double = 1e-8,
    weightDecay: Double = 0.1
  ) {
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// One step on a run of parameters.
  ///
  /// - Parameters:
  ///   - weights: What is learned.
  ///   - gradient: Its slopes, as many.
  ///   - means: The mean of slopes, zeros before the first step.
  ///   - squares: The mean of squares, zeros before the first step.
  ///   - step: The step, counted from 1.
  ///   - rate: The learning rate.
  ///   - decays: Whether weight decay applies.
  ///   - gradientScale: What slopes are multiplied by first; clipping's factor.
  public func update(
    _ weights: inout [Float], gradient: [Float], means: inout [Float], squares: inout [Float],
    step: Int, rate: Double, decays: Bool = true, gradientScale: Double = 1
  ) {
    precondition(
      gradient.count == weights.count && means.count == weights.count
        && squares.count == weights.count, "\(weights.count) weights, \(gradient.count) slopes")
    let rule = rule(step: step, rate: rate, decays: decays, gradientScale: gradientScale)
    withUnsafePointer(to: rule) { rule in
      nibble_adamw(&weights, gradient, &means, &squares, weights.count, rule)
    }
  }

  func rule(step: Int, rate: Double, decays: Bool, gradientScale: Double) -> nibble_adamw_rule {
    nibble_adamw_rule(
      mean_decay: Float(meanDecay), square_decay: Float(squareDecay),
      rate: Float(rate / (1 - pow(meanDecay, Double(step)))),
      square_correction: Float(1 / (1 - pow(squareDecay, Double(step))).squareRoot()),
      epsilon: Float(epsilon), shrinkage: Float(1 - rate * (decays ? weightDecay : 0)),
      gradient_scale: Float(gradientScale))
  }
}
