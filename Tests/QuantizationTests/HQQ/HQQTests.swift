import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("HQQ")
struct HQQTests {
  private struct Case: Decodable {
    let name: String
    let weight: String
    let bits: Int
    let solver: String
    let codes: [Int]
    let scales: [Float]
    let zeros: [Float]
  }

  private struct Weights: Decodable {
    struct Weight: Decodable {
      let rows: Int
      let values: [Float]
    }
    let weights: [String: Weight]

    static func load() throws -> Weights {
      try TestFiles.golden("hqq/hqq.json", as: Weights.self)
    }
  }

  @Test(
    "golden: the hqq package's zero points and codes, both solvers, in and out of the dead zone")
  func package() throws {
    let weights = try Weights.load().weights
    let golden = try Golden<Case>.load("hqq", in: "hqq")
    for example in golden.cases {
      let stored = try #require(weights[example.weight])
      let weight = try Matrix(
        rows: stored.rows, columns: stored.values.count / stored.rows, elements: stored.values)
      let solution = try HQQ(
        bits: example.bits, behavior: example.solver == "legacy" ? .legacy : .second
      ).solve(weight)
      #expect(solution.scales.elements == example.scales, "\(example.name)")
      // In units of a code; the means' terms are as large as the zero point and the codes.
      let top = Float(1 << example.bits)
      for (ours, theirs) in zip(solution.zeros.elements, example.zeros) {
        let size = max(top, theirs.magnitude)
        #expect(
          (ours - theirs).magnitude <= Float(golden.tolerance) * size,
          "\(example.name): \(ours) and \(theirs)")
      }
      // A code may differ only where a weight lies within that tolerance of a tie.
      let differing = zip(solution.codes, example.codes).count { $0 != $1 }
      #expect(differing <= 1, "\(example.name): \(differing) codes differ")
    }
  }

  @Test("by hand: one group of four, two bits")
  func byHand() throws {
    // Range 0…3, so t = 1, z = 0: codes 0 0 3 3, errors 0, 0.4, 0.2, 0 of the mean magnitude 0.15.
    // Nothing leaves the dead zone of β = 1000 (0.00492): none is below it but 0, so choose p = 1 and
    // β = 1: the dead zone is 1 and z moves to the mean of q − w = (0 − 0.4 + 0.2 + 0)/4 = −0.05.
    let weight = Matrix([[0, 0.4, 2.8, 3]])
    let solver = HQQ(bits: 2, groupSize: 4, iterations: 1, norm: 1, beta: 1)
    let solution = try solver.solve(weight)
    #expect(solution.codes == [0, 0, 3, 3])
    #expect(solution.scales == Matrix([[1]]))
    #expect((solution.zeros[0, 0] + 0.05).magnitude < 1e-6)
    #expect(solution.history.count == 1 && solution.kept == 1)
    #expect((solution.history[0].meanError - 0.15).magnitude < 1e-6)
    #expect(solution.history[0].setApart == 0)
    #expect(solution.storage.bits == 4 * 2 + 16 + 16)
  }

  @Test("by hand: the dead zone of the published constants is 0.17 weight units")
  func deadZone() {
    let solver = HQQ()
    let edge = solver.deadZone(beta: 10)
    #expect((edge - 0.17013).magnitude < 1e-5)  // 10^(−1/1.3)
    #expect(solver.shrink(edge * 0.9999, beta: 10) == 0)
    #expect(solver.shrink(-edge * 0.9999, beta: 10) == 0)
    #expect(solver.shrink(0, beta: 10) == 0)
    #expect(solver.shrink(edge * 1.001, beta: 10) > 0)
    // 1 − 1/10 · 1^(−0.3) = 0.9, and the sign stays.
    #expect((solver.shrink(-1, beta: 10) + 0.9).magnitude < 1e-12)
    #expect((solver.beta(ofIteration: 2) - 10.201).magnitude < 1e-9)
    #expect(HQQ(behavior: .legacy).beta(ofIteration: 2) == 10)
  }

  static let shapes: [(Int, Int, Int, Double)] = [
    (5, 96, 32, 0.02), (3, 70, 35, 0.02), (2, 200, 0, 0.5), (4, 64, 64, 1), (7, 33, 11, 3),
    (1, 1, 1, 1), (3, 16, 1, 0.3),
  ]

  @Test(
    "by second implementation: plain loops, in and out of the dead zone, any group size",
    arguments: shapes)
  func reference(rows: Int, columns: Int, groupSize: Int, deviation: Double) throws {
    let weight = Matrix(
      rows: rows, columns: columns, drawnFrom: .normal(deviation: deviation), seed: 41)
    for behavior in [HQQ.Behavior.second, .legacy] {
      let solver = HQQ(bits: 3, groupSize: groupSize, iterations: 25, behavior: behavior)
      let fast = try solver.solve(weight)
      let slow = try solver.solveReference(weight)
      #expect(fast.scales == slow.scales)
      // Float sums in lanes against Double sums: a few units in the last place of a sum of codes up to
      // 7. Where one iteration more or less gains nothing either may stop, with the same error.
      let errors = (
        fast.dequantized.squaredDistance(to: weight), slow.dequantized.squaredDistance(to: weight)
      )
      #expect((errors.0 - errors.1).magnitude <= 1e-4 * errors.1 + 1e-12)
      for (left, right) in zip(fast.history, slow.history) {
        #expect((left.meanError - right.meanError).magnitude <= 1e-5 * right.meanError + 1e-9)
        // An error at the edge of the dead zone may fall on either side.
        #expect((left.setApart - right.setApart).magnitude <= 1 + weight.count / 100)
      }
    }
  }

  @Test(
    "by law: the mean error falls until the end, and the zero points kept are the best measured")
  func monotone() throws {
    for (index, deviation) in [0.02, 0.02, 2].enumerated() {
      let weight = Matrix(
        rows: 16, columns: 128, drawnFrom: .studentT(degreesOfFreedom: 4), seed: UInt64(index)
      ).mapped { $0 * Float(deviation) }
      let solution = try HQQ(bits: 2, iterations: 200).solve(weight)
      let errors = solution.history.map(\.meanError)
      #expect(zip(errors, errors.dropFirst()).dropLast().allSatisfy { $0 > $1 })
      let reached = solution.dequantized.meanAbsoluteError(from: weight)
      #expect(Float(reached) <= errors[0] * 1.00001)
      // Where errors are set apart, a growing β lets the zero points creep on.
      guard deviation < 1 else { continue }
      #expect(solution.history.count < 200, "it stands still long before")
      #expect(solution.kept == solution.history.count - 2)
      #expect((reached - Double(errors.min() ?? 0)).magnitude < 1e-5 * reached)
      let legacy = try HQQ(bits: 2, iterations: 200, behavior: .legacy).solve(weight)
      #expect(legacy.kept == legacy.history.count)
    }
  }

  @Test("by law: stopping between two rounds of ten is no different from stopping inside one")
  func rounds() throws {
    let weight = Matrix(rows: 8, columns: 64, drawnFrom: .laplace(scale: 0.02), seed: 5)
    for iterations in [0, 1, 9, 10, 11, 19, 20, 21] {
      let solver = HQQ(bits: 2, iterations: iterations)
      let fast = try solver.solve(weight)
      let slow = try solver.solveReference(weight)
      #expect(fast.history.count == slow.history.count && fast.kept == slow.kept)
      #expect(fast.zeros.maximumDifference(from: slow.zeros) < 1e-5)
    }
    let none = try HQQ(bits: 2, iterations: 0).solve(weight)
    #expect(none.history.isEmpty && none.kept == 0)
  }

  @Test("by law: refitting is worth what it is worth: no worse than min-max in mean error")
  func gain() throws {
    let weight = Matrix(
      rows: 64, columns: 256, drawnFrom: .studentT(degreesOfFreedom: 4), seed: 8
    ).mapped { $0 * 0.02 }
    for bits in 2...4 {
      let before = try HQQ(bits: bits, iterations: 0).solve(weight)
      let after = try HQQ(bits: bits).solve(weight)
      let gain =
        1
        - after.dequantized.meanAbsoluteError(from: weight)
        / before.dequantized.meanAbsoluteError(from: weight)
      #expect(gain > 0.02, "\(bits) bits: \(gain)")
      #expect(after.history.allSatisfy { $0.setApart == 0 })
    }
  }

  @Test("hostile: constant, tiny and huge groups stay finite")
  func hostile() throws {
    let tiny = Matrix(rows: 2, columns: 64, drawnFrom: .normal(deviation: 1e-6), seed: 1)
    let collapsed = try HQQ().solve(tiny)
    // The range is below 10⁻⁴, so t is 1 and all weights share one code.
    #expect(Set(collapsed.codes).count == 1)
    #expect(collapsed.scales == Matrix(rows: 2, columns: 1, repeating: 1))
    let constant = try HQQ().solve(Matrix(rows: 1, columns: 64, repeating: -0.75))
    #expect(constant.dequantized == Matrix(rows: 1, columns: 64, repeating: -0.75))
    let huge = Matrix(rows: 1, columns: 64) { $1 % 2 == 0 ? 1.6e38 : -1.6e38 }
    #expect(try HQQ().solve(huge).dequantized.elements.allSatisfy { $0.isFinite })
    #expect(throws: QuantizationError.groupSizeDoesNotDivide(groupSize: 64, columns: 96)) {
      try HQQ().solve(Matrix(rows: 1, columns: 96, repeating: 1))
    }
    #expect(throws: QuantizationError.bits(9, allowed: 1...8, who: "hqq")) {
      try HQQ(bits: 9).solve(tiny)
    }
    #expect(
      throws: QuantizationError.notFinite(name: "weight", row: 0, column: 1, value: .infinity)
    ) { try HQQ(groupSize: 2).solve(Matrix([[0, .infinity]])) }
    for solver in [
      HQQ(iterations: -1), HQQ(norm: 0), HQQ(norm: 1.5), HQQ(beta: 0), HQQ(growth: 0.5),
    ] {
      #expect(throws: QuantizationError.self) { try solver.solve(tiny) }
    }
  }

  @Test("by law: threads and rows that come with others change nothing but through the stop rule")
  func threads() throws {
    let weight = Matrix(rows: 9, columns: 128, drawnFrom: .normal(), seed: 3)
    let one = try HQQ(bits: 2).solve(weight, threads: 1)
    let four = try HQQ(bits: 2).solve(weight, threads: 4)
    #expect(one.codes == four.codes && one.zeros == four.zeros && one.history == four.history)
  }
}
