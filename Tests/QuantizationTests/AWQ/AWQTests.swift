import Quantization
import Tensors
import Testing

@Suite("AWQ")
struct AWQTests {
  private struct Case: Decodable {
    let name: String
    let bits: Int
    let groupSize: Int
    let grid: String
    let duoScaling: Bool
    let weight: [[Float]]
    let inputs: [[Float]]
    let losses: [Double]
    let alpha: Double
    let scales: [Float]
    let codes: [[Int]]
    let dequantized: [[Float]]
    let clipShares: [[Float]]
  }

  private let named: [String: AWQ.Grid] = [
    "asymmetric": .asymmetric, "symmetric": .symmetric, "published": .published,
  ]

  @Test("golden: losses, exponent, scales, codes and clips of the published procedure in PyTorch")
  func golden() throws {
    let golden = try Golden<Case>.load("awq", in: "awq")
    for example in golden.cases {
      let method = AWQ(
        bits: example.bits, groupSize: example.groupSize, grid: try #require(named[example.grid]),
        duoScaling: example.duoScaling)
      let weight = Matrix(example.weight)
      let calibration = try AWQCalibration(activations: Matrix(example.inputs))
      let search = try method.search([weight], calibration: calibration)
      #expect(search.candidates.map(\.alpha) == AWQ.exponents)
      for (candidate, loss) in zip(search.candidates, example.losses) {
        #expect(abs(candidate.loss / loss - 1) < golden.tolerance, "\(example.name)")
      }
      #expect(search.best.alpha == example.alpha)
      for (one, other) in zip(search.best.scales.values, example.scales) {
        #expect(abs(one / other - 1) < 1e-6)
      }
      let quantized = try method.quantized(search.best.scales.multiplied(into: weight))
      #expect(Array(quantized.codes) == example.codes.flatMap { $0 })
      let values = search.best.scales.divided(outOf: quantized.dequantized())
      #expect(
        values.maximumDifference(from: Matrix(example.dequantized))
          < 4e-6 * weight.largestMagnitude)
      let clip = try method.clipped(
        weight, scales: search.best.scales, calibration: calibration)
      #expect(clip.shares.maximumDifference(from: Matrix(example.clipShares)) < 1e-6)
    }
  }

  private let weight = Matrix(rows: 24, columns: 96, drawnFrom: .normal(), seed: 1)
  private let inputs = Matrix(rows: 30, columns: 96, drawnFrom: .normal(), seed: 2)
    .plantingOutlierColumns([7, 40], factor: 25)

  @Test("by hand: s is x̄^α around its geometric middle")
  func scales() throws {
    let method = AWQ()
    // Means 16 and 1: α = ½ gives 4 and 1, and √(4·1) = 2 lies in the middle.
    #expect(try method.scales(alpha: 0.5, meanMagnitudes: [16, 1]).values == [2, 0.5])
    #expect(try method.scales(alpha: 0, meanMagnitudes: [16, 0]).values == [1, 1])
    // A silent channel has 10⁻⁴ before the middle √(4 · 10⁻⁴) = 0.02 is taken out.
    let silent = try method.scales(alpha: 0.5, meanMagnitudes: [16, 0]).values
    #expect(silent[0] == 200 && abs(silent[1] - 0.005) < 1e-9)
    #expect(throws: QuantizationError.parameter(name: "alpha", value: -1, expected: "0 to 1")) {
      try method.scales(alpha: -1, meanMagnitudes: [1])
    }
    let duo = AWQ(groupSize: 2, duoScaling: true)
    // |w| over the group's largest: ¼ and 1, 1 and ½.
    let sizes = try duo.relativeMagnitudes(of: [Matrix([[1, -4]]), Matrix([[2, 1]])])
    #expect(abs(sizes[0] - 0.625) < 1e-5 && abs(sizes[1] - 0.75) < 1e-5)
    let both = try duo.scales(alpha: 0, meanMagnitudes: [9, 9], relativeMagnitudes: sizes).values
    #expect(abs(both[0] / both[1] - 0.75 / 0.625) < 1e-4)
    #expect(throws: QuantizationError.self) { try duo.scales(alpha: 0, meanMagnitudes: [1, 2]) }
  }

  @Test("by law: the fused change is the composed one bit for bit, on every grid and any threads")
  func fused() throws {
    for (rows, columns, group) in [(5, 96, 32), (3, 7, 7), (1, 1, 1), (8, 30, 5), (4, 257, 0)] {
      let weight = Matrix(rows: rows, columns: columns, drawnFrom: .laplace(scale: 1), seed: 3)
      let scales = try ChannelScales(
        [Float](count: columns, drawnFrom: .uniform(0.01...20), seed: 4))
      for bits in 1...8 {
        for grid in [AWQ.Grid.asymmetric, .symmetric, .published] {
          for threads in [1, 3] {
            let method = AWQ(bits: bits, groupSize: group, grid: grid, threads: threads)
            #expect(
              try method.change(weight, scales: scales)
                == method.changeReference(weight, scales: scales))
          }
        }
      }
    }
  }

  @Test("by second implementation: the loss is the mean squared change of the outputs")
  func loss() throws {
    let change = Matrix(rows: 5, columns: 40, drawnFrom: .normal(), seed: 5)
    for tokens in [1, 39, 40, 200] {
      let inputs = Matrix(rows: tokens, columns: 40, drawnFrom: .normal(mean: 0.3), seed: 6)
      var sum = 0.0
      for token in 0..<tokens {
        for output in 0..<5 {
          var moved = 0.0
          for index in 0..<40 { moved += Double(change[output, index] * inputs[token, index]) }
          sum += moved * moved
        }
      }
      let expected = sum / Double(5 * tokens)
      var statistics = InputStatistics(columns: 40)
      try statistics.add(inputs)
      // Float32 sums of some hundred terms, relative to a sum of squares.
      #expect(abs(OutputLoss(activations: inputs)(change) / expected - 1) < 2e-5)
      #expect(abs(OutputLoss(statistics: statistics)(change) / expected - 1) < 2e-5)
    }
  }

  @Test("by law: α = 0 is rounding to nearest, and the search is never worse on its own inputs")
  func roundToNearest() throws {
    let input = try LayerInput(weight: weight, activations: inputs)
    let awq = try LayerMethod(named: "awq")
    var options = LayerOptions(bits: 3, groupSize: 32)
    let nearest = try LayerMethod(named: "rtn").quantize(input, options)
    let searched = try awq.quantize(input, options)
    options.alpha = 0
    let plain = try awq.quantize(input, options)
    #expect(plain.codes == nearest.codes && plain.scales == nearest.scales)
    #expect(plain.zeros == nearest.zeros && plain.dequantized == nearest.dequantized)
    #expect(plain.inputScales == [Float](repeating: 1, count: 96))
    let errors = try [nearest, searched].map { result in
      try #require(LayerErrors(input, result).outputError)
    }
    #expect(errors[1] < errors[0])
    // The loss is E over tokens and outputs.
    let loss = try #require(searched.loss)
    #expect(abs(loss * 30 * 24 / errors[1] - 1) < 1e-4)
  }

  @Test("by law: Ŵ is scale × (code − zero) ÷ s, with sums as with the inputs themselves")
  func result() throws {
    var statistics = InputStatistics(columns: 96)
    try statistics.add(inputs)
    let awq = try LayerMethod(named: "awq")
    for symmetric in [true, false] {
      for clip in [true, false] {
        var options = LayerOptions(bits: 4, groupSize: 48, symmetric: symmetric)
        options.clipSearch = clip
        let result = try awq.quantize(LayerInput(weight: weight, activations: inputs), options)
        let scales = try #require(result.inputScales)
        for row in 0..<24 {
          for column in 0..<96 {
            let group = column / 48
            let code = Float(result.codes[row * 96 + column])
            let value = result.scales[row, group] * (code - result.zeros[row, group])
            #expect(result.dequantized[row, column] == value / scales[column])
          }
        }
        if symmetric { #expect(result.zeros == Matrix(rows: 24, columns: 2, repeating: 8)) }
        let summed = try awq.quantize(LayerInput(weight: weight, statistics: statistics), options)
        #expect(summed.notes[0] == result.notes[0] && summed.notes.count == result.notes.count)
        #expect(abs((summed.loss ?? 0) / (result.loss ?? 1) - 1) < 1e-3)
      }
    }
  }

  @Test("by law: a clip lowers the sum over groups of their own errors; a range of one value stays")
  func clips() throws {
    let method = AWQ(bits: 2, groupSize: 32)
    let heavy = Matrix(rows: 16, columns: 96, drawnFrom: .studentT(degreesOfFreedom: 4), seed: 8)
    let calibration = try AWQCalibration(activations: inputs)
    let scales = ChannelScales.ones(96)
    let clip = try method.clipped(heavy, scales: scales, calibration: calibration)
    func ownErrors(_ scaled: Matrix) throws -> Double {
      let change = try method.quantized(scaled).dequantized() - heavy
      return (0..<3).reduce(0) { sum, group in
        let part = group * 32..<(group + 1) * 32
        return sum
          + inputs.columns(in: part).multiplyingTransposed(change.columns(in: part))
          .squaredFrobeniusNorm
      }
    }
    #expect(try ownErrors(clip.weight) < ownErrors(heavy))
    #expect(Set(clip.shares.elements).count > 2)
    for row in 0..<16 {
      for group in 0..<3 {
        let part = heavy.columns(in: group * 32..<(group + 1) * 32).row(row)
        let limit = part.map(abs).max()! * clip.shares[row, group]
        for column in 0..<32 {
          #expect(abs(clip.weight[row, group * 32 + column]) <= limit)
        }
      }
    }
    let flat = Matrix(rows: 2, columns: 96, repeating: 0)
    #expect(
      try method.clipped(flat, scales: scales, calibration: calibration).shares
        == Matrix(rows: 2, columns: 3, repeating: 1))
  }

  @Test(
    "by law: clips that do not lower the layer's own error are not used, and both errors are said")
  func clipsThatHelp() throws {
    let awq = try LayerMethod(named: "awq")
    var used = 0
    var refused = 0
    for seed in 0..<12 as Range<UInt64> {
      let weight = Matrix(rows: 4, columns: 64, drawnFrom: .normal(), seed: seed)
      let inputs = Matrix(rows: 6, columns: 64, drawnFrom: .normal(mean: 2), seed: seed + 100)
      let input = try LayerInput(weight: weight, activations: inputs)
      var options = LayerOptions(bits: 4, groupSize: 16)
      let whole = try awq.quantize(input, options)
      options.clipSearch = true
      let searched = try awq.quantize(input, options)
      let before = try #require(LayerErrors(input, whole).outputError)
      let after = try #require(LayerErrors(input, searched).outputError)
      #expect(after <= before * 1.0001)  // E and the loss are float32 sums of their own
      let note = try #require(searched.notes.first { $0.hasPrefix("the loss is") })
      if searched.codes == whole.codes {
        refused += 1
        #expect(note.hasSuffix("so nothing was clipped") && searched.loss == whole.loss)
      } else {
        used += 1
        #expect(!note.hasSuffix("so nothing was clipped"))
        #expect(try #require(searched.loss) < #require(whole.loss))
      }
    }
    #expect(used > 0 && refused > 0, "\(used) used, \(refused) refused: both occur")
  }

  @Test("by law: consumers share s; a module judges what the module computes")
  func modules() throws {
    let queries = Matrix(rows: 12, columns: 96, drawnFrom: .normal(), seed: 10)
    let keys = Matrix(rows: 12, columns: 96, drawnFrom: .normal(), seed: 11)
    let method = AWQ(bits: 3, groupSize: 32)
    let calibration = try AWQCalibration(activations: inputs)
    let stacked = Matrix(
      rows: 24, columns: 96, elementAt: { $0 < 12 ? queries[$0, $1] : keys[$0 - 12, $1] })
    let apart = try method.search([queries, keys], calibration: calibration)
    let together = try method.search([stacked], calibration: calibration)
    for (one, other) in zip(apart.candidates, together.candidates) {
      #expect(one.scales == other.scales)
      #expect(abs(one.loss / other.loss - 1) < 1e-6)
    }
    // The module that only puts outputs side by side is the default; attention's scores are another.
    let sideBySide = try method.search([queries, keys], calibration: calibration) { weights in
      let outputs = weights.map { inputs.multiplyingTransposed($0) }
      return Matrix(rows: 30, columns: 24) { row, column in
        column < 12 ? outputs[0][row, column] : outputs[1][row, column - 12]
      }
    }
    for (one, other) in zip(apart.candidates, sideBySide.candidates) {
      #expect(abs(one.loss / other.loss - 1) < 1e-4)
    }
    let scores = try method.search([queries, keys], calibration: calibration) { weights in
      inputs.multiplyingTransposed(weights[0])
        .multiplyingTransposed(inputs.multiplyingTransposed(weights[1]))
    }
    #expect(scores.best.loss < scores.candidates[0].loss)
    #expect(throws: QuantizationError.self) {
      try method.search([queries, Matrix([[1]])], calibration: calibration)
    }
    #expect(
      throws: QuantizationError.activationsDoNotMatch(activationColumns: 96, weightColumns: 2)
    ) { try method.search([Matrix([[1, 2]])], calibration: calibration) }
  }

  @Test("by hand: the published grid clips a group on one side of zero, ours does not")
  func grids() throws {
    // min 1, max 4, two bits: scale 1, zero −1 forced to 0, so 4 becomes 3.
    let oneSided = Matrix([[1, 2, 3, 4]])
    let published = try AWQ(bits: 2, groupSize: 4, grid: .published).quantized(oneSided)
    #expect(published.dequantized() == Matrix([[1, 2, 3, 3]]))
    let safe = try AWQ(bits: 2, groupSize: 4).quantized(oneSided)
    #expect(safe.dequantized()[0, 3] == 4)
    let zeros = Matrix(rows: 1, columns: 4, repeating: 0)
    #expect(try AWQ(groupSize: 4, grid: .published).quantized(zeros).dequantized() == zeros)
  }

  @Test("by hand: silent channels, silent inputs, one token, one column, vast numbers")
  func hostile() throws {
    let awq = try LayerMethod(named: "awq")
    var quiet = inputs
    quiet.setColumn(3, to: [Float](repeating: 0, count: 30))
    let some = try awq.quantize(
      LayerInput(weight: weight, activations: quiet), LayerOptions(groupSize: 32))
    #expect(some.notes.contains { $0.hasPrefix("1 of 96 input channels were always zero") })
    #expect(some.dequantized.elements.allSatisfy { $0.isFinite })
    let silent = Matrix(rows: 1, columns: 96, repeating: 0)
    let none = try awq.quantize(
      LayerInput(weight: weight, activations: silent), LayerOptions(groupSize: 32))
    #expect(none.loss == 0 && none.inputScales == [Float](repeating: 1, count: 96))
    let one = try awq.quantize(
      LayerInput(weight: Matrix([[3], [-2]]), activations: Matrix([[5]])))
    #expect(one.dequantized.maximumDifference(from: Matrix([[3], [-2]])) < 1e-6)

    // Scales of 10³⁰ take the weight out of float32: those exponents lose, and 0 is left.
    let vast = try LayerInput(
      weight: Matrix([[1e30, 1]]), activations: Matrix([[1e18, 1e-18]]))
    #expect(try awq.quantize(vast).notes[0] == "alpha 0.0, the best of 20")
    var options = LayerOptions()
    options.alpha = 0.95
    #expect {
      try awq.quantize(vast, options)
    } throws: { error in
      (error as? QuantizationError)?.description.contains("scale") == true
    }
    #expect(throws: QuantizationError.inputsNeeded(method: "awq")) {
      try awq.quantize(LayerInput(weight: weight))
    }
  }
}
