import Testing
import Training

@Suite("AdamW, clipping and the schedule")
struct OptimizerTests {
  struct Step: Decodable {
    let scale: Double
    let norm: Double
    let weights: [Double]
  }

  @Test("by another framework: six steps are PyTorch's, clipped and not")
  func adamW() throws {
    let golden = try Golden<Step>.load("adamw")
    var weights = Formula.values("weights", count: 8)
    var means = [Float](repeating: 0, count: 8)
    var squares = means
    for (index, step) in golden.cases.enumerated() {
      let gradient = Formula.values("gradient \(index + 1)", count: 8)
        .map { $0 * Float(step.scale) }
      #expect(abs(dot(gradient, gradient).squareRoot() - step.norm) < 1e-6)
      AdamW().update(
        &weights, gradient: gradient, means: &means, squares: &squares, step: index + 1, rate: 0.01,
        gradientScale: min(1, 1 / (step.norm + 1e-6)))
      for (weight, expected) in zip(weights, step.weights) {
        #expect(abs(Double(weight) - expected) < golden.tolerance)
      }
    }
  }

  @Test("by hand: the first step is the learning rate, whatever the slope, and decay comes apart")
  func firstStep() {
    // m / (1 − β₁) = g and √(v / (1 − β₂)) = |g|, so the step is rate · sign g.
    var weights: [Float] = [1, 1, 1]
    var means: [Float] = [0, 0, 0]
    var squares: [Float] = [0, 0, 0]
    AdamW(weightDecay: 0.5).update(
      &weights, gradient: [4, -0.25, 0], means: &means, squares: &squares, step: 1, rate: 0.125)
    // 1 · (1 − 0.125 · 0.5) = 0.9375, less or more 0.125.
    for (weight, expected) in zip(weights, [0.8125, 1.0625, 0.9375] as [Float]) {
      #expect(abs(weight - expected) < 1e-6)
    }
  }

  @Test("by hand: the rate rises evenly, peaks after the warm-up, and ends at its share")
  func schedule() {
    let schedule = LearningRateSchedule(peak: 2, warmupSteps: 10, steps: 110, finalShare: 0.1)
    #expect(schedule.rate(at: 1) == 0.2)
    #expect(schedule.rate(at: 5) == 1)
    #expect(schedule.rate(at: 10) == 2)
    #expect(abs(schedule.rate(at: 60) - 2 * (0.1 + 0.9 / 2)) < 1e-12)  // half-way down the cosine
    #expect(abs(schedule.rate(at: 110) - 0.2) < 1e-12)
    #expect(abs(schedule.rate(at: 500) - 0.2) < 1e-12)
  }
}
