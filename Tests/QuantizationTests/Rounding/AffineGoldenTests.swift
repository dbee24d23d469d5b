import Quantization
import Tensors
import Testing

@Suite("Affine grids, by another framework")
struct AffineGoldenTests {
  struct Case: Decodable {
    let name: String
    let rows: Int
    let columns: Int
    let weight: [Float]
    let scales: [Float]
    let zeroPoints: [Int]
    let codes: [Int]
    let dequantized: [Float]
  }

  @Test("scales, zero points, codes and values are PyTorch's, but for ties")
  func pytorch() throws {
    let golden = try Golden<Case>.load("affine")
    for example in golden.cases {
      let words = example.name.split(separator: " ")
      let symmetry: Symmetry =
        switch words[0] {
        case "full": .symmetric(.full)
        case "fullSigned": .symmetric(.fullSigned)
        default: .asymmetric
        }
      let scheme = QuantizationScheme(
        bits: 8, symmetry: symmetry, granularity: words[1] == "tensor" ? .tensor : .channel)
      let weight = try Matrix(
        rows: example.rows, columns: example.columns, elements: example.weight)
      let quantized = try weight.roundedToNearest(scheme)
      let decoded = quantized.dequantized()

      #expect(quantized.zeroPoints == example.zeroPoints, "\(example.name)")
      for (ours, theirs) in zip(quantized.scales, example.scales) {
        #expect(abs(Double(ours / theirs) - 1) <= golden.tolerance)
      }
      var ties = 0
      for index in example.codes.indices {
        if quantized.codes[index] == example.codes[index] {
          let difference = (decoded.elements[index] - example.dequantized[index]).magnitude
          let limit = golden.tolerance * Double(example.dequantized[index].magnitude)
          #expect(Double(difference) <= limit, "\(example.name)")
          continue
        }
        // Steps from zero, which scale, reciprocal and product each round once: 3 ε/2 of 128 steps.
        let group = quantized.scales.count == 1 ? 0 : index / example.columns
        let steps = Double(example.weight[index]) / Double(quantized.scales[group])
        let fromTie = (steps.magnitude - steps.magnitude.rounded(.down) - 0.5).magnitude
        #expect(fromTie <= 128 * 3 * 0x1p-24, "\(example.name) at \(index)")
        #expect(abs(quantized.codes[index] - example.codes[index]) == 1)
        ties += 1
      }
      #expect(ties <= (symmetry == .asymmetric ? 0 : quantized.scales.count), "\(example.name)")
    }
  }
}
