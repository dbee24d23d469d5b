import Quantization
import Tensors
import Testing

/// H may have an inverse while H̃ has none in floating point: what then is said, and what is done.
@Suite("Pivots that only the turned layer loses")
struct TurnedPivotTests {
  /// Four channels a million million times quieter than the others: each pivot of H is sound beside
  /// its own diagonal, but turned, 10⁻²⁴ stands beside 1 in every element.
  static func quietChannels() throws -> LayerInput {
    let factors = (0..<32).map { $0 < 4 ? Float(1e-12) : 1 }
    let inputs = Matrix(rows: 200, columns: 32, drawnFrom: .normal(), seed: 61)
      .scalingColumns(by: factors)
    return try LayerInput(
      weight: Matrix(rows: 8, columns: 32, drawnFrom: .normal(), seed: 62), activations: inputs)
  }

  private func run(
    _ method: String, _ input: LayerInput, _ change: (inout LayerOptions) -> Void
  ) throws -> LayerResult {
    var options = LayerOptions()
    change(&options)
    return try LayerMethod(named: method).quantize(input, options)
  }

  @Test("by law: without damping the error names pivot, rank and tokens; raising is recorded")
  func quiet() throws {
    let input = try Self.quietChannels()
    // gptq looks at H as it is, and has no quarrel with it.
    _ = try run("gptq", input) { ($0.damping, $0.doublePrecision) = (0, true) }
    do {
      _ = try run("quip-sharp", input) { ($0.damping, $0.doublePrecision) = (0, true) }
      Issue.record("28 channels that matter cannot give 32 pivots in double precision")
    } catch let error as QuantizationError {
      guard case .turnedPivotFailed("quip-sharp", let place, 32, 28, 200, 0, 0) = error else {
        Issue.record("\(error)")
        return
      }
      #expect((0..<32).contains(place))
      #expect(error.kind == .badData)
      #expect(error.description.contains("Its rank is about 28, from 200 tokens for 32 live"))
      #expect(error.description.contains("with damping 0.0"))
    }
    let raised = try run("quip-sharp", input) {
      ($0.damping, $0.doublePrecision, $0.raiseDamping) = (0, true, true)
    }
    #expect(raised.damping == 0.0001)
    #expect(raised.notes.first?.hasPrefix("damping raised from 0.0 to 0.0001") == true)
    #expect(raised.notes.first?.contains("turned on both sides") == true)
    #expect(LayerErrors(input, raised).sqnr > 10)
  }

  @Test("by law: columns of almost nothing leave QuIP a Hessian that it can factor")
  func tinyColumns() throws {
    // Column scales of (H / ‖w‖²)^¼ would put 10⁻²⁰ beside 1 on H̃'s diagonal, which no damping mends.
    let factors = (0..<32).map { $0 % 3 == 0 ? Float(1e-20) : 1 }
    let weight = Matrix(rows: 8, columns: 32, drawnFrom: .normal(), seed: 63)
      .scalingColumns(by: factors)
    let input = try LayerInput(
      weight: weight,
      activations: Matrix(rows: 200, columns: 32, drawnFrom: .normal(), seed: 64))
    let errors = LayerErrors(input, try run("quip", input) { _ in })
    // Four bits on a normal density leave 0.0115 of its power; columns of nothing take their share of the
    // range, so allow four times that.
    let relative = try #require(errors.relativeOutputError)
    #expect(relative < 0.05)
  }

  @Test("by hand: dead inputs keep their weights, and the result says so")
  func dead() throws {
    var inputs = Matrix(rows: 100, columns: 16, drawnFrom: .normal(), seed: 65)
    inputs.setColumn(3, to: [Float](repeating: 0, count: 100))
    let weight = Matrix(rows: 8, columns: 16, drawnFrom: .normal(), seed: 66)
    for method in ["quip", "quip-sharp"] {
      let some = try run(method, LayerInput(weight: weight, activations: inputs)) { _ in }
      #expect(
        some.notes.contains(
          "1 of 16 input channels are 0 in every token: their weights are kept"))
      let none = try run(
        method, LayerInput(weight: weight, activations: Matrix(rows: 2, columns: 16, repeating: 0))
      ) { _ in }
      #expect(none.notes.contains { $0.hasPrefix("every input is 0 in every token") })
    }
  }

  @Test("by hand: what is no layer is refused by the library's types as well")
  func noLayer() throws {
    var sums = InputStatistics(columns: 8)
    try sums.add(Matrix(rows: 20, columns: 8, drawnFrom: .normal(), seed: 68))
    var weight = Matrix(rows: 4, columns: 8, drawnFrom: .normal(), seed: 69)
    #expect(Self.refusals(sums, weight) == [nil, nil])
    weight[2, 5] = .infinity
    let infinite = QuantizationError.notFinite(name: "weight", row: 2, column: 5, value: .infinity)
    #expect(Self.refusals(sums, weight) == [infinite, infinite])
    let empty = QuantizationError.empty(name: "weight", rows: 0, columns: 8)
    #expect(Self.refusals(sums, Matrix(rows: 0, columns: 8, repeating: 0)) == [empty, empty])
    let wider = QuantizationError.activationsDoNotMatch(activationColumns: 8, weightColumns: 16)
    #expect(Self.refusals(sums, Matrix(rows: 4, columns: 16, repeating: 1)) == [wider, wider])
    let unknown = Matrix(rows: 4, columns: 8, repeating: .nan)
    #expect(throws: QuantizationError.self) {
      try RotationLearning().learn(weight: unknown, from: HadamardRotation(size: 8, seed: 1))
    }
  }

  /// What QuIP and QuIP# say of a weight; nil where they take it.
  private static func refusals(
    _ statistics: InputStatistics, _ weight: Matrix
  ) -> [QuantizationError?] {
    [
      refusal { () throws(QuantizationError) in
        _ = try QuIP(bits: 4).quantize(weight, statistics: statistics)
      },
      refusal { () throws(QuantizationError) in
        _ = try QuIPSharp(bits: 4).quantize(weight, statistics: statistics)
      },
    ]
  }

  private static func refusal(
    _ body: () throws(QuantizationError) -> Void
  ) -> QuantizationError? {
    do throws(QuantizationError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("by law: weights that a turn takes out of float32 are refused as that")
  func overflow() throws {
    let weight = Matrix(rows: 8, columns: 16, repeating: 1e38)
    let inputs = Matrix(rows: 40, columns: 16, drawnFrom: .normal(), seed: 67)
    for seed in 0..<8 as Range<UInt64> {
      for method in ["quip", "quip-sharp"] {
        do {
          let result = try run(method, LayerInput(weight: weight, activations: inputs)) {
            $0.seed = seed
          }
          #expect(result.dequantized.elements.allSatisfy { $0.isFinite })
        } catch let error as QuantizationError {
          guard case .resultNotFinite(method, _, _, _) = error else {
            Issue.record("\(method): \(error)")
            continue
          }
        }
      }
    }
  }
}
