import Quantization
import Tensors
import Testing

@Suite("Weight sharing")
struct WeightSharingTests {
  private struct Case: Decodable {
    let name: String
    let bits: Int
    let weight: [Float]
    let levels: [Float]
    let codes: [Int]
  }

  @Test("golden: SciPy's k-means from evenly spaced levels")
  func scipy() throws {
    let golden = try Golden<Case>.load("levels", in: "deep-compression")
    for example in golden.cases {
      let weight = try Matrix(rows: 1, columns: example.weight.count, elements: example.weight)
      let shared = try WeightSharing(bits: example.bits).cluster(weight)
      let range = (example.weight.max() ?? 0) - (example.weight.min() ?? 0)
      for (ours, theirs) in zip(shared.codebooks.row(0), example.levels) {
        #expect((ours - theirs).magnitude <= Float(golden.tolerance) * range, "\(example.name)")
      }
      #expect(Array(shared.codes) == example.codes, "\(example.name)")
    }
  }

  @Test("by hand: evenly spaced levels move to the means of their clusters")
  func byHand() throws {
    // Levels 1, 4, 7, 10: clusters {1, 2}, {}, {}, {9, 10}; a level without any stays.
    let shared = try WeightSharing(bits: 2).cluster(Matrix([[1, 2, 9, 10]]))
    #expect(shared.codebooks == Matrix([[1.5, 4, 7, 9.5]]))
    #expect(shared.codes == [0, 0, 3, 3])
    let exact = try WeightSharing(bits: 1, start: .exact).cluster(Matrix([[1, 2, 9, 10]]))
    #expect(exact.codebooks == Matrix([[1.5, 9.5]]) && exact.rounds == 0)
  }

  @Test("by law: the exact clusters are never worse, and pruned weights stay zero")
  func exact() throws {
    for seed in 0..<8 as Range<UInt64> {
      let weight = Matrix(
        rows: 4, columns: 96, drawnFrom: .studentT(degreesOfFreedom: 4), seed: seed)
      var pruned = weight
      for column in 0..<40 { pruned[Int(seed) % 4, column] = 0 }
      for groupSize in [nil, 0, 24] {
        var sharing = WeightSharing(bits: 3, groupSize: groupSize)
        let linear = try sharing.cluster(weight)
        let kept = try sharing.cluster(pruned).dequantized
        sharing.start = .exact
        let exact = try sharing.cluster(weight)
        #expect(
          exact.dequantized.squaredDistance(to: weight)
            <= linear.dequantized.squaredDistance(to: weight) * 1.0001)
        #expect(zip(pruned.elements, kept.elements).allSatisfy { $0 != 0 || $1 == 0 })
        #expect(linear.codebooks.rows == weight.count / linear.shared)
      }
    }
  }

  @Test("by law: coded indices decode to themselves, and their size is what is counted")
  func huffman() throws {
    let weight = Matrix(rows: 32, columns: 128, drawnFrom: .laplace(scale: 1), seed: 6)
    let shared = try WeightSharing(bits: 5).cluster(weight)
    let code = try HuffmanCode(frequencies: shared.frequencies)
    let encoded = try code.encode(shared.codes)
    #expect(try code.decode(encoded) == Array(shared.codes))
    let storage = try shared.huffmanStorage()
    #expect(storage.bits == encoded.bitCount + 32 * 8 + 32 * 16)
    #expect(storage.bits < shared.storage.bits, "evenly spaced levels are used unevenly")
    let result = try LayerMethod(named: "deep-compression").quantize(
      LayerInput(weight: weight), LayerOptions(bits: 5))
    #expect(result.codes == shared.codes && result.storage == storage)
    #expect(result.dequantized == shared.dequantized)
  }

  @Test("hostile: nothing but zeros, one value, fewer values than levels")
  func hostile() throws {
    let zeros = Matrix(rows: 2, columns: 3, repeating: 0)
    #expect(try WeightSharing().cluster(zeros).dequantized == zeros)
    #expect(try WeightSharing().cluster(zeros).huffmanStorage().bits == 16 * 8 + 16 * 16)
    let one = Matrix(rows: 1, columns: 3, repeating: 2.5)
    #expect(try WeightSharing(bits: 1).cluster(one).dequantized == one)
    let few = Matrix([[1, 0, -3, 1]])
    for start in [WeightSharing.Start.linear, .exact] {
      #expect(try WeightSharing(bits: 8, start: start).cluster(few).dequantized == few)
    }
    #expect(throws: QuantizationError.self) { try WeightSharing(bits: 9).cluster(few) }
    #expect(throws: QuantizationError.self) { try WeightSharing(groupSize: 3).cluster(few) }
    #expect(throws: QuantizationError.self) { try WeightSharing(iterations: -1).cluster(few) }
    #expect(throws: QuantizationError.self) { try WeightSharing().cluster(Matrix([[.nan]])) }
  }
}
