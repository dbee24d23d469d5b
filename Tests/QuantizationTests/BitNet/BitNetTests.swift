import Quantization
import Tensors
import Testing

@Suite("BitNet's weights")
struct BitNetTests {
  @Test("by hand: half the mean magnitude is where zero ends")
  func ternary() throws {
    // γ = (4 + 1 + 0.9 + 2.1)/4 = 2: from 1 on a weight is kept, 1/2 itself rounds to even, to 0.
    let weights = try BitNetWeights.ternary(Matrix([[4, -1, 0.9, -2.1]]))
    #expect(weights.codes == [1, 0, 0, -1])
    #expect(weights.scales == [2])
    #expect(weights.dequantized == Matrix([[2, 0, 0, -2]]))
  }

  @Test("by hand: the sign of what lies above the mean")
  func binary() throws {
    // Mean 1, mean magnitude 2.
    let weights = try BitNetWeights.binary(Matrix([[3, -2, 1, 2]]))
    #expect(weights.codes == [1, -1, -1, 1])
    #expect(weights.dequantized == Matrix([[2, -2, -2, 2]]))
    let rows = try BitNetWeights.binary(Matrix([[3, 1], [0, 0]]), groupSize: 0)
    #expect(rows.scales == [2, 0])
    #expect(rows.dequantized == Matrix([[2, -2], [0, 0]]))
  }

  @Test("by law: for normal weights 31 % are zero and the error is 0.26 of their power")
  func normal() throws {
    let weight = Matrix(rows: 256, columns: 256, drawnFrom: .normal(), seed: 4)
    let weights = try BitNetWeights.ternary(weight)
    let zeros = Double(weights.codes.count { $0 == 0 }) / Double(weight.count)
    // P(|x| < E|x|/2) = 2Φ(0.3989) − 1 = 0.3101; its deviation over 65,536 is 0.0018.
    #expect((zeros - 0.3101).magnitude < 4 * 0.0018)
    #expect((weights.dequantized.meanSquaredError(from: weight) - 0.264).magnitude < 0.01)
    let least = try LayerMethod(named: "ternary").quantize(LayerInput(weight: weight))
    #expect(least.dequantized.meanSquaredError(from: weight) < 0.2)
  }

  @Test("by hand: one scale for the tensor is stored once, and a group size is heard")
  func storage() throws {
    let input = try LayerInput(weight: Matrix(rows: 4, columns: 64, drawnFrom: .normal(), seed: 5))
    for (name, bits) in [("bitnet", 2), ("bitnet-binary", 1)] {
      let method = try LayerMethod(named: name)
      #expect(try method.quantize(input).storage.bits == 256 * bits + 16)
      #expect(
        try method.quantize(input, LayerOptions(groupSize: 32)).storage.bits == 256 * bits + 128)
      #expect(throws: QuantizationError.self) {
        try method.quantize(input, LayerOptions(groupSize: 48))
      }
      #expect(throws: QuantizationError.self) { try method.quantize(input, LayerOptions(bits: 4)) }
    }
  }
}
