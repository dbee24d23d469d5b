import Quantization
import Tensors
import Testing

@Suite("Bit budget")
struct BitBudgetTests {
  private static func profile(
    _ name: String, _ choices: [(bits: Int, bytes: Int, loss: Double)]
  ) throws(QuantizationError) -> SensitivityProfile {
    try SensitivityProfile(
      name: name, weights: 8,
      choices: choices.map { .init(bits: $0.bits, bytes: $0.bytes, loss: $0.loss) })
  }

  /// Layers with drawn sizes and falling losses, not convex.
  private static func drawn(
    layers: Int, widths: Int, seed: UInt64, isConvex: Bool = false
  ) throws -> BitBudget {
    var generator = SeededGenerator(seed: seed)
    return try BitBudget(
      (0..<layers).map { layer in
        let unit = 1 + generator.below(9)
        var loss = 10 * generator.uniform()
        var choices: [(bits: Int, bytes: Int, loss: Double)] = []
        for bits in 2..<2 + widths {
          choices.append((bits, bits * unit, loss))
          loss *= isConvex ? 0.25 : generator.uniform()
        }
        return try profile("layer \(layer)", choices)
      })
  }

  /// Tries everything.
  private static func best(of budget: BitBudget, within bytes: Int) -> (loss: Double, bytes: Int)? {
    var best: (loss: Double, bytes: Int)?
    func walk(_ layer: Int, _ bytesSoFar: Int, _ loss: Double) {
      guard layer < budget.profiles.count else {
        if bytesSoFar <= bytes, (loss, bytesSoFar) < best ?? (.infinity, 0) {
          best = (loss, bytesSoFar)
        }
        return
      }
      for choice in budget.profiles[layer].choices {
        walk(layer + 1, bytesSoFar + choice.bytes, loss + choice.loss)
      }
    }
    walk(0, 0, 0)
    return best
  }

  @Test("by second implementation: the exact answer is what trying everything finds")
  func bruteForce() throws {
    for seed in 0..<40 as Range<UInt64> {
      let budget = try Self.drawn(layers: 2 + Int(seed % 5), widths: 4, seed: seed)
      for share in [0.0, 0.2, 0.5, 0.9, 1.2] {
        let bytes = budget.leastBytes + Int(share * Double(budget.best.bytes - budget.leastBytes))
        let found = try budget.exact(within: bytes)
        let tried = try #require(Self.best(of: budget, within: bytes))
        #expect(found.loss == tried.loss && found.bytes == tried.bytes, "seed \(seed), \(share)")
        #expect(found.bytes <= bytes)
      }
    }
  }

  @Test("by law: exact ≤ greedy and exact ≤ Lagrangian, which is exact for the bytes it takes")
  func ordering() throws {
    for seed in 0..<30 as Range<UInt64> {
      let budget = try Self.drawn(layers: 6, widths: 4, seed: 100 + seed)
      for bytes in stride(from: budget.leastBytes, through: budget.best.bytes, by: 3) {
        let exact = try budget.exact(within: bytes)
        let greedy = try budget.greedy(within: bytes)
        let lagrangian = try budget.lagrangian(within: bytes)
        #expect(exact.loss <= greedy.loss && exact.loss <= lagrangian.loss)
        #expect(greedy.bytes <= bytes && lagrangian.bytes <= bytes)
        // Sums of six losses in another order: a few ulps of 60.
        let same = try budget.exact(within: lagrangian.bytes)
        #expect(lagrangian.loss - same.loss <= 1e-13)
      }
    }
  }

  @Test(
    "by law: where losses are convex, greedy goes at least as far as the Lagrangian")
  func convex() throws {
    for seed in 0..<20 as Range<UInt64> {
      let budget = try Self.drawn(layers: 6, widths: 5, seed: 200 + seed, isConvex: true)
      for bytes in stride(from: budget.leastBytes, through: budget.best.bytes, by: 2) {
        let greedy = try budget.greedy(within: bytes)
        #expect(greedy.loss <= (try budget.lagrangian(within: bytes)).loss)
      }
    }
  }

  @Test("by law: more bytes never lose more, and the front lists each answer once")
  func monotone() throws {
    let budget = try Self.drawn(layers: 6, widths: 4, seed: 9)
    var last = Double.infinity
    var answers: [BitAllocation] = []
    for bytes in budget.leastBytes...budget.best.bytes + 5 {
      let answer = try budget.exact(within: bytes)
      #expect(answer.loss <= last)
      last = answer.loss
      if answers.last != answer { answers.append(answer) }
    }
    #expect(try budget.paretoFront() == answers)
    #expect(answers.first == budget.smallest && answers.last?.loss == budget.best.loss)
    for (one, next) in zip(answers, answers.dropFirst()) {
      #expect(one.bytes < next.bytes && one.loss > next.loss)
    }
    let front = Set(answers.map(\.bytes))
    #expect(budget.hull.allSatisfy { front.contains($0.bytes) })
  }

  @Test("by hand: greedy takes the best step first and then cannot pay for the better pair")
  func greedyIsNotExact() throws {
    // 3 bytes are spent on the least; a's step takes 3 of the 4 left, b's and c's 2 each.
    let budget = try BitBudget([
      Self.profile("a", [(2, 1, 10), (4, 4, 0)]),  // 3.33 a byte
      Self.profile("b", [(2, 1, 6), (4, 3, 0)]),  // 3 a byte
      Self.profile("c", [(2, 1, 6), (4, 3, 0)]),
    ])
    #expect(try budget.greedy(within: 7).bits == [4, 2, 2])  // 3 of 4 bytes spent, 12 lost
    #expect(try budget.lagrangian(within: 7).bits == [4, 2, 2])
    #expect(try budget.exact(within: 7).bits == [2, 4, 4])  // all 4 spent, 10 lost
    #expect(try budget.exact(within: 7).loss == 10)
  }

  @Test("by hand: equal layers are raised in their order")
  func ties() throws {
    let choices = [(2, 2, 4.0), (4, 4, 1.0)]
    let budget = try BitBudget([
      Self.profile("a", choices), Self.profile("b", choices), Self.profile("c", choices),
    ])
    #expect(try budget.greedy(within: 8).bits == [4, 2, 2])
    #expect(try budget.lagrangian(within: 8).bits == [4, 2, 2])
    let exact = try budget.exact(within: 8)
    #expect(exact.loss == 9 && exact.bytes == 8)
    #expect(try budget.exact(within: 8) == exact)
  }

  @Test("by law: a width that costs more and loses no less is never chosen")
  func dominated() throws {
    let odd = try Self.profile("odd", [(2, 2, 5), (3, 3, 7), (4, 4, 5), (8, 8, 1)])
    #expect(odd.front.map { odd.choices[$0].bits } == [2, 8])
    let budget = try BitBudget([odd])
    #expect(try budget.greedy(within: 7).bits == [2])
    #expect(try budget.exact(within: 8).bits == [8])
    #expect(try budget.paretoFront().map(\.bits) == [[2], [8]])
    #expect(budget.uniform(bits: 4)?.loss == 5)
    #expect(budget.uniform(bits: 5) == nil)
  }

  @Test("by law: two hundred layers of four shapes are answered exactly")
  func manyLayers() throws {
    var generator = SeededGenerator(seed: 3)
    let shapes = [4096 * 4096, 4096 * 1024, 4096 * 14336, 14336 * 4096]
    let budget = try BitBudget(
      (0..<224).map { layer in
        let weights = shapes[layer % 4]
        let sensitivity = 0.5 + generator.uniform()
        return try SensitivityProfile(
          name: "\(layer)", weights: weights,
          choices: [2, 3, 4, 8].map { bits in
            .init(
              bits: bits, bytes: (weights * bits + weights / 8) / 8,
              loss: sensitivity * Double(sign: .plus, exponent: -2 * bits, significand: 1))
          })
      })
    let bytes = budget.bytes(forBitsPerWeight: 4.25)
    let exact = try budget.exact(within: bytes)
    let lagrangian = try budget.lagrangian(within: bytes)
    #expect(exact.loss <= lagrangian.loss && exact.bytes <= bytes)
    #expect(exact.bitsPerWeight > 4.24)
  }

  @Test("a budget nothing fits names the least possible; sizes without measure are refused")
  func refusals() throws {
    let budget = try BitBudget([Self.profile("a", [(2, 10, 1)]), Self.profile("b", [(2, 20, 1)])])
    let expected = QuantizationError.budgetTooSmall(bytes: 29, least: 30, layers: 2)
    #expect(throws: expected) { try budget.exact(within: 29) }
    #expect(throws: expected) { try budget.greedy(within: 29) }
    #expect(throws: expected) { try budget.lagrangian(within: 29) }
    #expect(throws: expected) { try budget.paretoFront(within: 29) }
    #expect(expected.description.contains("is 30 bytes"))
    #expect(expected.kind == .usage)
    #expect(throws: QuantizationError.self) { try BitBudget([]) }
    #expect(throws: QuantizationError.self) { try Self.profile("none", []) }
    #expect(throws: QuantizationError.self) { try Self.profile("bad", [(2, 1, .nan)]) }
    #expect(throws: QuantizationError.self) { try Self.profile("bad", [(2, -1, 0)]) }
    // Sizes that are powers of two and losses that undo the order: every sum is different and stays.
    let incommensurable = try BitBudget(
      (0..<24).map { layer in
        try Self.profile("\(layer)", [(2, 0, Double(1 << layer)), (4, 1 << layer, 0)])
      })
    #expect(throws: QuantizationError.tooManySums(limit: 4_000_000, layers: 24)) {
      try incommensurable.exact(within: 1 << 25)
    }
  }
}
