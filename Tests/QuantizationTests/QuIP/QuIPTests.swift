import Quantization
import Tensors
import Testing

@Suite("QuIP, QuIP# and rotation of a layer")
struct QuIPTests {
  /// Inputs that depend on each other, with a few loud channels.
  static func inputs(tokens: Int, columns: Int, seed: UInt64) -> Matrix {
    let own = Matrix(rows: tokens, columns: columns, drawnFrom: .normal(), seed: seed)
    let shared = Matrix(rows: tokens, columns: 4, drawnFrom: .normal(), seed: seed + 1)
    let spread = Matrix(rows: 4, columns: columns, drawnFrom: .normal(), seed: seed + 2)
    var factors = [Float](repeating: 1, count: columns)
    factors[columns / 3] = 20
    return (own + shared.multiplied(by: spread)).scalingColumns(by: factors)
  }

  static func statistics(_ inputs: Matrix) throws -> InputStatistics {
    var sums = InputStatistics(columns: inputs.columns, precision: .double)
    try sums.add(inputs)
    return sums
  }

  private func error(
    _ name: String, _ input: LayerInput, _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> Double {
    var options = LayerOptions()
    change(&options)
    let result = try LayerMethod(named: name).quantize(input, options)
    return try #require(LayerErrors(input, result).relativeOutputError)
  }

  @Test("by second implementation: the fast feedback is the reference's", arguments: [2, 3, 4])
  func reference(bits: Int) throws {
    let weight = Matrix(rows: 16, columns: 256, drawnFrom: .normal(), seed: 1)
    let sums = try Self.statistics(Self.inputs(tokens: 400, columns: 256, seed: 2))
    let method = QuIPSharp(bits: bits)
    var plain = method
    plain.passes = 0
    let result = try plain.quantize(weight, statistics: sums)
    let factors = try BlockLDL(result.incoherent.hessian, blockSize: 8)
    let codebook = try LatticeCodebook(bits: bits)
    let judge = roundedWithFeedbackReference(result.incoherent.weight, factors: factors) { target in
      let (first, second) = codebook.encode(SIMD8(target) / result.scale)
      let point = codebook.decode(first, second) * result.scale
      return (0..<8).map { point[$0] }
    }
    // Single against double precision: a target beside a boundary may fall to the other side, and the
    // blocks before it in its row follow. The loss of either is the same to a few percent.
    let loss = proxyLoss(
      weight: result.incoherent.weight, approximation: judge, hessian: result.incoherent.hessian)
    #expect(abs(loss / 2 - result.loss) < 0.03 * result.loss)
    let same = zip(judge.elements, result.rounded.elements).filter { abs($0 - $1) < 1e-5 }.count
    #expect(same > weight.count / 2)
  }

  @Test("by law: feedback, then passes, each lower the loss; codes give the values")
  func feedback() throws {
    let weight = Matrix(rows: 24, columns: 64, drawnFrom: .studentT(degreesOfFreedom: 5), seed: 3)
    let sums = try Self.statistics(Self.inputs(tokens: 200, columns: 64, seed: 4))
    for bits in 2...4 {
      var method = QuIPSharp(bits: bits)
      method.passes = 0
      let fed = try method.quantize(weight, statistics: sums)
      method.feedback = false
      let plain = try method.quantize(weight, statistics: sums)
      #expect(fed.loss < 0.6 * plain.loss)
      method.feedback = true
      var last = fed.loss
      for passes in 1...3 {
        method.passes = passes
        let refined = try method.quantize(weight, statistics: sums)
        #expect(refined.loss <= last * (1 + 1e-5))
        last = refined.loss
        let codebook = try LatticeCodebook(bits: bits)
        for (vector, start) in stride(from: 0, to: weight.count, by: 8).enumerated() {
          let codes = refined.codes[vector * codebook.stages..<(vector + 1) * codebook.stages]
          let point =
            codebook.decode(codes[codes.startIndex], codes[codes.endIndex - 1]) * refined.scale
          for place in 0..<8 { #expect(point[place] == refined.rounded.elements[start + place]) }
        }
      }
      #expect(last < fed.loss)
    }
    var scalar = QuIP(bits: 3)
    let first = try scalar.quantize(weight, statistics: sums)
    scalar.passes = 2
    #expect(try scalar.quantize(weight, statistics: sums).loss < first.loss)
    scalar.passes = -1
    #expect(throws: QuantizationError.self) { try scalar.quantize(weight, statistics: sums) }
  }

  @Test("by law: the loss is the same on both sides of the rotation")
  func lossOnBothSides() throws {
    let weight = Matrix(rows: 12, columns: 40, drawnFrom: .normal(), seed: 5)
    let inputs = Self.inputs(tokens: 100, columns: 40, seed: 6)
    let sums = try Self.statistics(inputs)
    var method = QuIPSharp(bits: 2)
    method.rescales = true
    let results = [
      try method.quantize(weight, statistics: sums),
      try QuIP(bits: 2).quantize(weight, statistics: sums),
    ]
    for result in results {
      var damped = sums.hessian
      damped.addToDiagonal(0.01 * damped.diagonal.reduce(0, +) / 40)
      let loss = proxyLoss(weight: weight, approximation: result.dequantized, hessian: damped)
      #expect(abs(loss / 2 - result.loss) < 1e-4 * result.loss)
      #expect(
        result.incoherent.restored(result.incoherent.weight).maximumDifference(from: weight) < 1e-5)
    }
  }

  @Test("by law: outliers and two bits, the better the method the lower the error")
  func ranking() throws {
    var weight = Matrix(rows: 64, columns: 128, drawnFrom: .normal(deviation: 0.02), seed: 7)
    for row in stride(from: 0, to: 64, by: 7) { weight[row, (row * 31) % 128] = 0.5 }
    let input = try LayerInput(
      weight: weight, activations: Self.inputs(tokens: 300, columns: 128, seed: 8))
    let nearest = try error("rtn", input) { $0.bits = 2 }
    let rotated = try error("rotation", input) { $0.bits = 2 }
    let scalar = try error("quip", input) { $0.bits = 2 }
    let lattice = try error("quip-sharp", input) { $0.bits = 2 }
    #expect(rotated < nearest)
    #expect(scalar < 0.2 * nearest)
    #expect(lattice < scalar)
    #expect(try error("quip-sharp", input) { $0.bits = 3 } < 0.5 * lattice)
    let four = try error("quip-sharp", input)
    #expect(four < 0.2 * lattice)
    #expect(try error("quip-sharp", input) { $0.passes = 0 } > four)
  }

  @Test("by law: rotation hands its options on, and the output stays")
  func rotation() throws {
    let weight = Matrix(rows: 6, columns: 96, drawnFrom: .laplace(scale: 1), seed: 9)
    let inputs = Self.inputs(tokens: 120, columns: 96, seed: 10)
    let input = try LayerInput(weight: weight, activations: inputs)
    func run(_ change: (inout LayerOptions) -> Void) throws -> LayerResult {
      var options = LayerOptions()
      change(&options)
      return try LayerMethod(named: "rotation").quantize(input, options)
    }
    // Sixteen-bit floats would lose nothing here; eight bits nearly so.
    let fine = try run { $0.bits = 8 }
    #expect(LayerErrors(input, fine).relativeOutputError ?? 1 < 1e-4)
    let signs = try HadamardRotation(size: 96, seed: 5)
    let plain = try LayerMethod(named: "rtn").quantize(
      LayerInput(weight: signs.rotatingRows(of: weight)), LayerOptions(bits: 3, groupSize: 32))
    let turned = try run {
      $0.bits = 3
      $0.groupSize = 32
      $0.seed = 5
    }
    #expect(turned.codes == plain.codes && turned.scales == plain.scales)
    #expect(
      turned.dequantized.maximumDifference(from: signs.rotatingRowsBack(of: plain.dequantized))
        < 1e-5)
    #expect(turned.storage.bits == plain.storage.bits + 96)
    #expect(try run { $0.then = "nf4" }.bitsPerWeight == 4.5 + 1.0 / 6)
    let learned = try run { $0.iterations = 30 }
    let random = try run { _ in }
    #expect(LayerErrors(input, learned).weightMSE < LayerErrors(input, random).weightMSE)
    #expect(learned.notes.contains { $0.contains("learned in 30 steps") })
  }

  @Test("by hand: refusals")
  func refusals() throws {
    func refusal(
      _ name: String, _ rows: Int, _ columns: Int, statistics: Bool = false,
      _ change: (inout LayerOptions) -> Void = { _ in }
    ) -> QuantizationError? {
      var options = LayerOptions()
      change(&options)
      let weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 11)
      let inputs = Matrix(rows: 2 * columns, columns: columns, drawnFrom: .normal(), seed: 12)
      do {
        var sums = InputStatistics(columns: columns)
        try sums.add(inputs)
        let input =
          statistics
          ? try LayerInput(weight: weight, statistics: sums)
          : try LayerInput(weight: weight, activations: inputs)
        _ = try LayerMethod(named: name).quantize(input, options)
        return nil
      } catch {
        return error
      }
    }
    #expect(
      refusal("rotation", 3, 18)
        == .noHadamardMatrix(order: 18, name: "input channels:", below: 16, above: 20))
    #expect(refusal("rotation", 3, 18) { $0.blockwise = true } == nil)
    #expect(
      refusal("quip-sharp", 8, 20)
        == .vectorsDoNotTile(method: "quip-sharp", length: 8, columns: 20))
    #expect(
      refusal("quip-sharp", 6, 16)
        == .noHadamardMatrix(order: 6, name: "outputs:", below: 4, above: 8))
    #expect(refusal("quip-sharp", 6, 184) { $0.blockwise = true } == nil)
    #expect(
      refusal("quip-sharp", 8, 16) { $0.bits = 5 } == .bits(5, allowed: 2...4, who: "quip-sharp"))
    #expect(refusal("quip", 6, 18) == nil)  // any size has a Kronecker rotation
    #expect(refusal("quip", 8, 16) { $0.bits = 9 } == .bits(9, allowed: 1...8, who: "quip"))
    #expect(
      refusal("rotation", 8, 16) { $0.passes = 2 }?.description.hasPrefix("rtn does not") == true)
    #expect(
      refusal("rotation", 8, 16, statistics: true) { $0.then = "quip" }
        == .inputsNeeded(method: "rotation then quip"))
    #expect(refusal("rotation", 8, 16, statistics: true) == nil)
    #expect(refusal("quip-sharp", 8, 16, statistics: true) == nil)
    #expect(refusal("quip-sharp", 8, 16) { $0.damping = -1 }?.kind == .usage)
  }

  @Test("by law: one row, one token, dead inputs, huge and tiny weights")
  func degenerate() throws {
    let cases: [(Int, Int, Int)] = [(1, 8, 20), (1, 64, 1), (12, 24, 3), (2, 16, 200)]
    for (rows, columns, tokens) in cases {
      var weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 13)
      var inputs = Matrix(rows: tokens, columns: columns, drawnFrom: .normal(), seed: 14)
      inputs.setColumn(3, to: [Float](repeating: 0, count: tokens))
      for scale in [1, 1e-30, 1e30] as [Float] {
        weight = scale * Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 13)
        let input = try LayerInput(weight: weight, activations: inputs)
        for name in ["quip", "quip-sharp", "rotation"] {
          let result = try LayerMethod(named: name).quantize(input)
          #expect(result.dequantized.elements.allSatisfy { $0.isFinite }, "\(name) \(scale)")
          #expect(LayerErrors(input, result).sqnr > 3, "\(name) \(rows) × \(columns), \(scale)")
        }
      }
    }
    let zeros = try LayerInput(
      weight: Matrix(rows: 4, columns: 8, drawnFrom: .normal(), seed: 15),
      activations: Matrix(rows: 5, columns: 8, repeating: 0))
    for name in ["quip", "quip-sharp"] {
      let result = try LayerMethod(named: name).quantize(zeros)
      #expect(LayerErrors(zeros, result).sqnr > 10, "\(name)")  // plain rounding, then
    }
    // One column: every method that needs no eight takes it.
    let single = try LayerInput(
      weight: Matrix([[1], [2], [-3]]), activations: Matrix([[1], [-2]]))
    #expect(LayerErrors(single, try LayerMethod(named: "quip").quantize(single)).sqnr > 10)
    #expect(LayerErrors(single, try LayerMethod(named: "rotation").quantize(single)).sqnr > 10)
  }

  @Test("by law: a rank-deficient Hessian needs its damping, and says so")
  func rankDeficient() throws {
    let weight = Matrix(rows: 8, columns: 32, drawnFrom: .normal(), seed: 16)
    let input = try LayerInput(
      weight: weight, activations: Matrix(rows: 5, columns: 32, drawnFrom: .normal(), seed: 17))
    for name in ["quip", "quip-sharp"] {
      var options = LayerOptions()
      options.damping = 0
      let method = try LayerMethod(named: name)
      do {
        _ = try method.quantize(input, options)
        Issue.record("5 tokens cannot give 32 pivots")
      } catch {
        guard case .pivotFailed(let who, _, 32, 5, 5, 0, 0) = error else {
          Issue.record("\(error)")
          continue
        }
        #expect(who == name)
      }
      options.raiseDamping = true
      let raised = try method.quantize(input, options)
      #expect(raised.damping ?? 0 > 0)
      #expect(raised.notes.first?.hasPrefix("damping raised") == true)
      #expect(try method.quantize(input).damping == 0.01)
    }
  }

  @Test("by hand: vector codes are sixteen bits for eight weights, stage after stage")
  func layout() throws {
    let input = try LayerInput(
      weight: Matrix(rows: 4, columns: 32, drawnFrom: .normal(), seed: 18),
      activations: Matrix(rows: 64, columns: 32, drawnFrom: .normal(), seed: 19))
    for (bits, stages) in [(2, 1), (3, 2), (4, 2)] {
      let result = try LayerMethod(named: "quip-sharp").quantize(input, LayerOptions(bits: bits))
      let codes = try #require(result.vectorCodes)
      #expect(codes.perRow == 4 * stages && codes.values.count == 16 * stages)
      // b bits a weight, a scale, and a sign for every row and column.
      #expect(result.storage.bits == 128 * bits + 16 + 36)
      if bits == 3 { #expect(codes.values.enumerated().allSatisfy { $0 % 2 == 0 || $1 < 256 }) }
    }
  }
}
