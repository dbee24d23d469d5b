import Grids
import Quantization
import Tensors
import Testing

@Suite("Quantized activations, static and dynamic")
struct ActivationQuantizerTests {
  @Test("by hand: a scale a token, one a call, one for ever")
  func scalings() throws {
    let inputs = Matrix([[127, -1], [1.27, 0.5]])
    let byToken = try ActivationQuantizer().quantized(inputs)
    #expect(byToken.scales == [1, 0.01])
    #expect(byToken.codes == [127, -1, 127, 50])
    let byTensor = try ActivationQuantizer(sharing: .tensor).quantized(inputs)
    #expect(byTensor.scales == [1])
    #expect(byTensor.codes == [127, -1, 1, 0])  // 0.5 is a tie, and 0 is even
    let fixed = try ActivationQuantizer(largestMagnitude: 12.7).quantized(inputs)
    #expect(fixed.codes == [127, -10, 13, 5])  // 127 lies beyond 12.7 and is clipped
    let asymmetric = try ActivationQuantizer(symmetry: .asymmetric).quantized(Matrix([[-1, 254]]))
    #expect(asymmetric.codes == [0, 255] && asymmetric.zeroPoints == [1])
  }

  @Test("by law: a static grid is the observer's, on the inputs it has seen")
  func calibrated() throws {
    let seen = Matrix(rows: 30, columns: 8, drawnFrom: .normal(), seed: 1)
    for symmetric in [true, false] {
      for name in ["min-max", "mse", "histogram", "percentile"] {
        let observer = try Observer(named: name)
        let quantizer = try ActivationQuantizer(
          calibratedOn: seen, observer: observer, bits: 6, symmetric: symmetric, batches: 3)
        let range = try observer.observe(
          seen.elements, shape: [30, 8],
          options: ObserverOptions(
            bits: 6, isSigned: symmetric, isSymmetric: symmetric, batches: 3)
        ).ranges[0]
        #expect(
          try quantizer.fakeQuantized(seen).elements == range.grid.fakeQuantized(seen.elements))
      }
    }
    // A dynamic tensor grid and a static min-max grid are the same on the same inputs.
    #expect(
      try ActivationQuantizer(calibratedOn: seen).quantized(seen)
        == ActivationQuantizer(sharing: .tensor).quantized(seen))
  }

  @Test("by second implementation: integer outputs are those of the decoded factors")
  func output() throws {
    let weight = Matrix(rows: 5, columns: 64, drawnFrom: .normal(), seed: 2)
    let inputs = Matrix(rows: 9, columns: 64, drawnFrom: .normal(), seed: 3)
    let symmetric = Symmetry.symmetric(.restricted)
    for quantizer in [
      ActivationQuantizer(), ActivationQuantizer(symmetry: .asymmetric),
      ActivationQuantizer(symmetry: .asymmetric, sharing: .tensor),
      try ActivationQuantizer(calibratedOn: inputs, symmetric: false),
    ] {
      for granularity in [Granularity.channel, .group(16)] {
        let quantized = try weight.roundedToNearest(
          QuantizationScheme(bits: 4, symmetry: symmetric, granularity: granularity))
        let expected = try quantizer.fakeQuantized(inputs)
          .multiplyingTransposed(quantized.dequantized())
        let output = try quantizer.output(of: quantized, on: inputs)
        // 64 products and sums below 40, each rounded within 2⁻²⁴.
        #expect(output.maximumDifference(from: expected) < 64 * 40 * 0x1p-24)
      }
    }
  }

  @Test("by hand: all zeros, one token, one column, infinities")
  func hostile() throws {
    let zeros = Matrix(rows: 2, columns: 3, repeating: 0)
    #expect(try ActivationQuantizer().fakeQuantized(zeros) == zeros)
    #expect(try ActivationQuantizer(calibratedOn: zeros).fakeQuantized(zeros) == zeros)
    #expect(try ActivationQuantizer(largestMagnitude: 0).fakeQuantized(zeros) == zeros)
    #expect(try ActivationQuantizer().fakeQuantized(Matrix([[3]])) == Matrix([[3]]))
    let bad = Matrix([[1, .infinity]])
    let expected = QuantizationError.notFinite(
      name: "activations", row: 0, column: 1, value: .infinity)
    #expect(throws: expected) { try ActivationQuantizer(largestMagnitude: 1).quantized(bad) }
    #expect(throws: QuantizationError.self) { try ActivationQuantizer().quantized(bad) }
    #expect(throws: QuantizationError.self) { try ActivationQuantizer(largestMagnitude: -1) }
    #expect(throws: QuantizationError.self) {
      try ActivationQuantizer(largestMagnitude: 1, bits: 9)
    }
    #expect(throws: ObserverError.self) { try ActivationQuantizer(calibratedOn: bad) }
    #expect(throws: QuantizationError.self) {
      try ActivationQuantizer(fixed: AffineGrid(scale: 1, zeroPoint: 3, as: .int8))
    }
  }
}
