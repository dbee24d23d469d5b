import Quantization
import Tensors
import Testing

@Suite("The rotation method")
struct RotationMethodTests {
  private func quantize(
    _ weight: Matrix, activations: Matrix? = nil, _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> LayerResult {
    var options = LayerOptions()
    change(&options)
    return try LayerMethod(named: "rotation")
      .quantize(LayerInput(weight: weight, activations: activations), options)
  }

  private func refusal(
    _ weight: Matrix, _ change: (inout LayerOptions) -> Void
  ) -> QuantizationError? {
    do {
      _ = try quantize(weight, change)
      return nil
    } catch {
      return error as? QuantizationError
    }
  }

  @Test("by law: a learned rotation never loses more than its start, on what it learned on")
  func learned() throws {
    for seed in [1, 2, 3] as [UInt64] {
      let weight = Matrix(
        rows: 24, columns: 64, drawnFrom: .studentT(degreesOfFreedom: 4), seed: 40 + seed)
      for (bits, groupSize) in [(4, 0), (3, 32), (2, 64)] {
        func loss(_ choice: RotationChoice, iterations: Int? = nil) throws -> Double {
          let result = try quantize(weight) {
            ($0.bits, $0.groupSize, $0.seed) = (bits, groupSize, seed)
            ($0.rotation, $0.iterations) = (choice, iterations)
          }
          return result.dequantized.squaredDistance(to: weight) / weight.squaredFrobeniusNorm
        }
        let start = try loss(.hadamard)
        // What is learned on is the loss of rtn itself; turning back moves it by rounding alone.
        #expect(try loss(.learned, iterations: 1) <= start * (1 + 1e-4))
        #expect(try loss(.learned, iterations: 30) < 0.95 * start)
      }
    }
  }

  @Test("by hand: what a learned rotation says of itself is what it costs")
  func learnedNotes() throws {
    let weight = Matrix(rows: 16, columns: 32, drawnFrom: .studentT(degreesOfFreedom: 4), seed: 44)
    let result = try quantize(weight) {
      ($0.rotation, $0.iterations, $0.groupSize) = (.learned, 20, 0)
    }
    let note = try #require(result.notes.first { $0.hasPrefix("learning took") })
    let figures = note.split(separator: " ").compactMap { Double($0) }
    let (bits, before, after) = (figures[0], figures[1], figures[2])
    #expect(bits == 4 && after < before)
    let lost = result.dequantized.squaredDistance(to: weight) / weight.squaredFrobeniusNorm
    #expect(abs(lost - after) < 1e-4 * after)
    let start = try quantize(weight) { $0.groupSize = 0 }
    let first = start.dequantized.squaredDistance(to: weight) / weight.squaredFrobeniusNorm
    #expect(abs(first - before) < 1e-4 * before)
    #expect(result.storage.bits == start.storage.bits - 32 + 16 * 32 * 32)
    #expect(result.notes.contains { $0.contains("learned in 20 steps from Sylvester 32") })
  }

  @Test("by hand: iterations go to who has them, and ask for learning where nobody else does")
  func iterations() throws {
    let weight = Matrix(rows: 8, columns: 64, drawnFrom: .normal(), seed: 45)
    func isLearned(_ change: (inout LayerOptions) -> Void) throws -> Bool {
      try quantize(weight, change).notes.contains { $0.contains("rotation learned in") }
    }
    #expect(try isLearned { $0.iterations = 2 })
    #expect(try !isLearned { $0.rotation = .hadamard })
    // hqq has iterations of its own: they are not steps of learning.
    #expect(
      try !isLearned {
        $0.then = "hqq"
        $0.iterations = 2
      })
    let both = try quantize(weight) {
      ($0.then, $0.rotation, $0.iterations) = ("hqq", .learned, 2)
    }
    #expect(both.notes.contains { $0.contains("learned in 100 steps") })
    // Who asks for Hadamard and gives iterations to rtn is told that nobody takes them.
    #expect(
      refusal(weight) { ($0.rotation, $0.iterations) = (.hadamard, 2) }?.description
        .hasPrefix("rtn does not use iterations") == true)
  }

  @Test("by hand: a random rotation has any size, and is stored as its seed")
  func random() throws {
    let weight = Matrix(rows: 5, columns: 53, drawnFrom: .normal(), seed: 46)
    let plain = try LayerMethod(named: "rtn").quantize(
      LayerInput(
        weight: DenseRotation(randomOfSize: 53, seed: 7).rotatingRows(of: weight)))
    let turned = try quantize(weight) { ($0.rotation, $0.seed) = (.random, 7) }
    #expect(turned.codes == plain.codes && turned.scales == plain.scales)
    #expect(turned.storage.bits == plain.storage.bits + 64)
    #expect(turned.then == "rtn")
  }

  @Test("by hand: refusals say what to do")
  func refusals() {
    let weight = Matrix(rows: 4, columns: 24, drawnFrom: .normal(), seed: 47)
    #expect(refusal(weight) { $0.then = "rotation" } == .rotationAfterRotation)
    #expect(
      QuantizationError.rotationAfterRotation.description
        == "rotation cannot be followed by rotation: two turns are one turn; name the method that "
        + "rounds the turned weight, such as rtn or gptq")
    #expect(QuantizationError.rotationAfterRotation.kind == .usage)
    #expect(
      refusal(weight) { ($0.rotation, $0.blockwise) = (.random, true) }
        == .optionsExcludeEachOther("rotation random", "blockwise"))
    #expect(refusal(weight) { $0.then = "nf5" }?.description.contains("did you mean 'nf4'") == true)
    #expect(refusal(weight) { $0.then = "gptq" } == .inputsNeeded(method: "rotation then gptq"))
    // 18 = 2 · 9 has blocks of 2; 45 has none.
    #expect(
      refusal(Matrix(rows: 1, columns: 18, repeating: 1)) { _ in }?.description
        == "no Hadamard matrix is known here for input channels: 18; the nearest that have one are "
        + "16 and 20: pad to 20, or ask for a rotation in blocks (blockwise) of 2, the largest power "
        + "of two that divides it; a dense or a Kronecker rotation has any size")
    #expect(
      refusal(Matrix(rows: 1, columns: 45, repeating: 1)) { _ in }?.description
        == "no Hadamard matrix is known here for input channels: 45; the nearest that have one are "
        + "44 and 48: pad to 48; a dense or a Kronecker rotation has any size")
  }

  @Test("by hand: blocks of one element turn nothing, and the result says so")
  func oddBlocks() throws {
    let weight = Matrix(rows: 4, columns: 45, drawnFrom: .normal(), seed: 48)
    let odd = try quantize(weight) { $0.blockwise = true }
    #expect(odd.notes.contains { $0.hasPrefix("45 input channels are an odd number") })
    // Signs that change, and nothing else: no magnitude moves by more than half a step.
    let step = try #require(odd.scales.elements.max())
    #expect(odd.dequantized.maximumDifference(from: weight) <= 0.5 * step * (1 + 1e-5))
    let even = try quantize(Matrix(rows: 4, columns: 46, drawnFrom: .normal(), seed: 48)) {
      $0.blockwise = true
    }
    #expect(!even.notes.contains { $0.contains("odd number") })
  }

  @Test("by law: blockwise reaches the method after the rotation where it knows it")
  func blockwiseOfBoth() throws {
    let weight = Matrix(rows: 6, columns: 184, drawnFrom: .normal(), seed: 49)
    let inputs = Matrix(rows: 400, columns: 184, drawnFrom: .normal(), seed: 50)
    let result = try quantize(weight, activations: inputs) {
      ($0.then, $0.blockwise) = ("quip-sharp", true)
    }
    #expect(
      result.notation["restore"] == "outputs:hadamard/2 inputs:hadamard/8 inputs:hadamard/8")
  }

  @Test("by law: nothing of a layer but the weight decides codes; zero rows, one column, one token")
  func degenerate() throws {
    for choice in RotationChoice.allCases {
      var weight = Matrix(rows: 3, columns: 12, drawnFrom: .normal(), seed: 51)
      weight.setRow(1, to: [Float](repeating: 0, count: 12))
      let token = Matrix(rows: 1, columns: 12, drawnFrom: .normal(), seed: 52)
      let result = try quantize(weight, activations: token) {
        ($0.rotation, $0.then) = (choice, "gptq")
      }
      #expect(result.dequantized.row(1).allSatisfy { $0 == 0 }, "\(choice)")
      let alone = try quantize(weight) { $0.rotation = choice }
      #expect(
        LayerErrors(try LayerInput(weight: weight), alone).sqnr > 15, "\(choice)")
      let column = Matrix([[1], [-2], [0]])
      let single = try quantize(column) { $0.rotation = choice }
      // One value a group: its grid reaches from zero to it, and it is exact but for its two products.
      #expect(single.dequantized.maximumDifference(from: column) < 1e-5, "\(choice)")
      #expect(
        try quantize(Matrix(rows: 2, columns: 8, repeating: 0)) { $0.rotation = choice }
          .dequantized == Matrix(rows: 2, columns: 8, repeating: 0))
    }
  }

  @Test("by law: weights that a turn takes out of float32 are refused, with where")
  func overflow() {
    // Signs aside a turned row of equal weights has one element √64 times as large.
    let weight = Matrix(rows: 1, columns: 64, repeating: 8e37)
    let error = refusal(weight) { ($0.rotation, $0.seed) = (.hadamard, 0) }
    switch error {
    case .tooLarge(let name, _, _, _, _): #expect(name == "weight")
    case .resultNotFinite(let method, let name, _, _):
      #expect(method == "rotation" && name == "the turned weight")
    default: Issue.record("\(String(describing: error))")
    }
  }
}
