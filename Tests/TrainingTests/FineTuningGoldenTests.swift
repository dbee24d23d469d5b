import Tensors
import Testing
import Training

@Suite("by another framework: rounding in the loop and its slopes are PyTorch's")
struct FineTuningGoldenTests {
  struct Case: Decodable {
    let title: String
    let values: [String: [Double]]
  }

  private let weights = Formula.values("weights in the loop", count: 24).map { $0 * 4 }
  private let slopes = Formula.values("slope in the loop", count: 24)

  private func values(
    _ title: String
  ) throws -> (values: [String: [Double]], tolerance: Double) {
    let golden = try Golden<Case>.load("fine-tuning")
    return (try #require(golden.cases.first { $0.title == title }).values, golden.tolerance)
  }

  private func expect(
    _ found: [Float], _ name: String, of title: String,
    at place: SourceLocation = #_sourceLocation
  ) throws {
    let (values, tolerance) = try values(title)
    let expected = try #require(values[name])
    #expect(found.count == expected.count, sourceLocation: place)
    for (value, number) in zip(found, expected) {
      #expect(
        abs(Double(value) - number) < tolerance * max(1, abs(number)), "\(title) \(name)",
        sourceLocation: place)
    }
  }

  @Test("the straight-through estimator, with its mask and without", arguments: [true, false])
  func straightThrough(isMasked: Bool) throws {
    let rule = StraightThrough(bits: 3, groupSize: 8, clipShare: 0.5, isMasked: isMasked)
    var used: [Float] = []
    var back: [Float] = []
    for first in stride(from: 0, to: 24, by: 8) {
      let scale = rule.scale(of: weights[first..<first + 8])
      for place in first..<first + 8 {
        used.append(rule.rounded(weights[place], scale: scale))
        back.append(rule.slope(slopes[place], at: weights[place], scale: scale))
      }
    }
    try expect(used, "used", of: isMasked ? "masked" : "unmasked")
    try expect(back, "slope", of: isMasked ? "masked" : "unmasked")
    // The mask does something here: some weights lie beyond the grid.
    #expect(back.contains(0) == isMasked)
  }

  @Test("LSQ: the first step, the rounding, the slopes by weights and by steps")
  func learnedStepSize() throws {
    let rule = LearnedStepSize(bits: 3, groupSize: 8)
    var first: [Float] = []
    var used: [Float] = []
    var back: [Float] = []
    var steps: [Float] = []
    for start in stride(from: 0, to: 24, by: 8) {
      let group = start..<start + 8
      first.append(rule.firstStep(of: weights[group]))
      let step = 0.6 * rule.firstStep(of: weights[group])
      var sum: Float = 0
      for place in group {
        used.append(rule.rounded(weights[place], step: step))
        let both = rule.slopes(slopes[place], at: weights[place], step: step)
        back.append(both.weight)
        sum += both.step
      }
      steps.append(sum * rule.stepSlopeFactor(sharedBy: 8))
    }
    try expect(first, "first", of: "learned step size")
    try expect(used, "used", of: "learned step size")
    try expect(back, "slope", of: "learned step size")
    try expect(steps, "steps", of: "learned step size")
  }

  @Test("ternary weights")
  func ternary() throws {
    let mean = TernaryRounding.meanMagnitude(of: weights)
    let used = weights.map { TernaryRounding.rounded($0, meanMagnitude: mean) }
    try expect(used, "used", of: "ternary")
    #expect(Set(used.map(\.magnitude)) == [0, mean])
  }

  @Test("a low-rank correction and the slopes of its parts")
  func lowRank() throws {
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
      try Matrix(
        rows: rows, columns: columns, elements: Formula.values(name, count: rows * columns))
    }
    let adapter = LowRankAdapter(rank: 2, alpha: 4)
    let (down, up) = (try matrix("down", 2, 8), try matrix("up", 6, 2))
    let adapted = adapter.adapted(try matrix("base", 6, 8), down: down, up: up)
    try expect(adapted.elements, "used", of: "low rank")
    let back = adapter.slopes(try matrix("slope of the adapted", 6, 8), down: down, up: up)
    try expect(back.down.elements, "down", of: "low rank")
    try expect(back.up.elements, "up", of: "low rank")
  }

  @Test("soft targets at temperatures 1 and 3", arguments: [1.0, 3.0])
  func softTargets(temperature: Double) throws {
    let student = Formula.values("student", count: 7).map { $0 * 16 }
    let teacher = Formula.values("teacher", count: 7).map { $0 * 16 }
    let result = SoftTargets.lossAndSlope(
      student: student, teacher: teacher, temperature: temperature)
    let title = "soft targets at \(Int(temperature))"
    try expect([Float(result.loss)], "loss", of: title)
    try expect(result.slope, "slope", of: title)
    let same = SoftTargets.lossAndSlope(
      student: teacher, teacher: teacher, temperature: temperature)
    #expect(abs(same.loss) < 1e-6)
    #expect(same.slope.allSatisfy { abs($0) < 1e-6 })
  }
}
