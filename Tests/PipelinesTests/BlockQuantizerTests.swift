import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by second implementation, on tiny random models.
struct BlockQuantizerTests {
  private let folder: TemporaryFolder
  private let model: Transformer

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.path)
    model = try Transformer(path: folder.path)
  }

  /// What a layer of a model is given by every sequence, one row a token.
  private func inputs(
    of id: LinearLayerID, in model: Transformer, _ set: CalibrationSet
  ) throws -> Matrix {
    var rows: [[Float]] = []
    for tokens in set.sequences {
      _ = try model.logits(tokens) { seen in
        guard seen.layers.contains(id) else { return }
        for row in 0..<seen.rows {
          rows.append(Array(seen.values[row * seen.columns..<(row + 1) * seen.columns]))
        }
      }
    }
    return Matrix(rows)
  }

  /// H = (2/n) Σ x xᵀ, as one writes it on a board.
  private func hessian(_ inputs: Matrix) -> DoubleMatrix {
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: inputs.columns), count: inputs.columns)
    for token in 0..<inputs.rows {
      let x = inputs.row(token).map { Double($0) }
      for i in x.indices { for j in x.indices { sums[i][j] += x[i] * x[j] } }
    }
    let factor = 2 / Double(inputs.rows)
    return DoubleMatrix(sums.map { $0.map { $0 * factor } })
  }

  private func byHand(
    _ id: LinearLayerID, seenIn partly: Transformer, _ set: CalibrationSet
  ) throws -> Matrix {
    let inputs = try inputs(of: id, in: partly, set)
    let weight = try #require(model.layer(id)).weight
    let scheme = QuantizationScheme(
      bits: 3, symmetry: .asymmetric, granularity: .group(32), range: .minMax)
    let factor = try HessianFactor(hessian: hessian(inputs), tokens: inputs.rows)
    return try GPTQ(scheme).quantized(weight, factor).dequantized
  }

  @Test("a layer is what GPTQ by hand makes of it, on inputs from the quantized blocks before")
  func gptqByHand() throws {
    let set = try TinyLlama.calibration()
    // Double precision, so that sums in another order move no weight across a tie.
    let rule = try LayerRule.named("gptq", bits: 3, group: 32) { $0.doublePrecision = true }
    let (result, records) = try model.quantized(QuantizationRecipe(rule), calibration: set)
    #expect(
      records.map(\.name)
        == model.linearLayers.map { model.tensorName(of: $0) }.map { String($0.dropLast(7)) })
    // Block 1's inputs: block 0 quantized, block 1 itself still in float.
    var partly = model
    for id in model.linearLayers where id.block == 0 {
      try partly.replace(id, with: try #require(result.layer(id)))
    }
    for role in [LinearLayerID.Role.query, .value, .attentionOutput, .gate, .up, .down] {
      for block in [0, 1] {
        let id = LinearLayerID(block: block, role: role)
        let expected = try byHand(id, seenIn: block == 0 ? model : partly, set)
        #expect(try #require(result.layer(id)).weight == expected, "\(id)")
      }
    }
  }

  @Test("in true sequential order a layer sees what the quantized layers before it make")
  func trueSequential() throws {
    let set = try TinyLlama.calibration()
    let rule = try LayerRule.named("gptq", bits: 3, group: 32) { $0.doublePrecision = true }
    let (result, _) = try model.quantized(
      QuantizationRecipe(rule, order: .trueSequential), calibration: set)
    var partly = model
    let stages: [[LinearLayerID.Role]] = [
      [.query, .key, .value], [.attentionOutput], [.gate, .up], [.down],
    ]
    for stage in stages {
      for role in stage {
        let id = LinearLayerID(block: 0, role: role)
        #expect(try #require(result.layer(id)).weight == byHand(id, seenIn: partly, set), "\(id)")
      }
      for role in stage {
        let id = LinearLayerID(block: 0, role: role)
        try partly.replace(id, with: try #require(result.layer(id)))
      }
    }
  }

  @Test("errors in the records are those of the layers' outputs, and RTN's stand beside them")
  func recordedErrors() throws {
    let set = try TinyLlama.calibration()
    let rule = try LayerRule.named("gptq", bits: 3, group: 32)
    let (result, records) = try model.quantized(QuantizationRecipe(rule), calibration: set)
    let plain = try LayerMethod(named: "rtn")
    for record in records where record.block == 0 {
      let role = try #require(LinearLayerID.Role(rawValue: record.role))
      let id = LinearLayerID(block: 0, role: role)
      let weight = try #require(model.layer(id)).weight
      let inputs = try inputs(of: id, in: model, set)
      let error = OutputError(
        weight: weight, approximation: try #require(result.layer(id)).weight, activations: inputs)
      let nearest = try plain.quantize(
        LayerInput(weight: weight), LayerOptions(bits: 3, groupSize: 32)
      ).dequantized
      let before = OutputError(weight: weight, approximation: nearest, activations: inputs)
      // Sums of 288 products in single precision: k ε with k = 288 tokens, some room for the second sum.
      let tolerance = 4 * 288 * Double(Float.ulpOfOne)
      let found = try #require(record.outputError)
      #expect(abs(found / error.squared - 1) < tolerance)
      #expect(abs(try #require(record.nearestOutputError) / before.squared - 1) < tolerance)
      #expect(abs(try #require(record.relativeOutputError) / error.relative - 1) < tolerance)
      #expect(found < before.squared)  // what GPTQ is for
      #expect(record.tokens == 288 && record.bitsPerWeight == 3 + 19.0 / 32)
    }
  }

  @Test("the same bits however many threads there are", arguments: ["gptq", "awq", "rtn"])
  func threads(_ method: String) throws {
    let set = try TinyLlama.calibration()
    let recipe = QuantizationRecipe(try .named(method, bits: 4, group: 32))
    let before = BLASThreads.count
    defer { BLASThreads.count = before }
    var weights: [[Matrix]] = []
    for count in [1, 2, 3] {
      BLASThreads.count = count
      let (result, _) = try model.quantized(recipe, calibration: set, threads: count)
      weights.append(result.linearLayers.compactMap { result.layer($0)?.weight })
    }
    #expect(weights[0] == weights[1] && weights[1] == weights[2])
  }

  @Test("exceptions: kept layers stay, others follow a rule of their own")
  func exceptions() throws {
    let recipe = QuantizationRecipe(
      try .named("rtn", bits: 3, group: 32),
      exceptions: [
        .init(NamePattern("model.layers.0.*"), nil),
        .init(NamePattern("*.down_proj"), try .named("rtn", bits: 8, group: 32)),
      ])
    let (result, records) = try model.quantized(recipe)
    let kept = LinearLayerID(block: 0, role: .down)
    #expect(result.layer(kept)?.weight == model.layer(kept)?.weight)
    #expect(records.count == 14 && records.allSatisfy { $0.block > 0 && $0.outputError == nil })
    for record in records {
      let expected: Double = record.role == "down" ? 8 + 24.0 / 32 : 3 + 19.0 / 32
      #expect(record.bitsPerWeight == expected)
    }
  }

  @Test("methods that need every token are given them, and gptaq the float model's beside them")
  func activations() throws {
    let set = try TinyLlama.calibration()
    let (result, records) = try model.quantized(
      QuantizationRecipe(try .named("gptaq", bits: 3, group: 32)), calibration: set)
    // In block 0 both models give the same inputs; from block 1 on they differ, and the notes say so.
    let id = LinearLayerID(block: 1, role: .query)
    var partly = model
    for other in model.linearLayers where other.block == 0 {
      try partly.replace(other, with: try #require(result.layer(other)))
    }
    let input = try LayerInput(
      weight: try #require(model.layer(id)).weight,
      activations: try inputs(of: id, in: partly, set),
      exactActivations: try inputs(of: id, in: model, set))
    let options = LayerOptions(bits: 3, groupSize: 32)
    let byHand = try LayerMethod(named: "gptaq").quantize(input, options).dequantized
    let found = try #require(result.layer(id)).weight
    // Single precision, in another order of sums: a tie may fall otherwise and move the rest of its row, to one that
    // is as good.
    let target = input.weight * (try #require(input.exactActivations)).transposed()
    let lost = { (weight: Matrix, row: Int) in
      let output = weight * (try #require(input.activations)).transposed()
      return zip(output.row(row), target.row(row)).reduce(0.0) { sum, pair in
        sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
      }
    }
    let others = (0..<found.rows).filter { found.row($0) != byHand.row($0) }
    #expect(others.count <= 2)
    for row in others {
      let (own, expected) = (try lost(found, row), try lost(byHand, row))
      #expect(abs(own - expected) < 0.02 * expected, "row \(row): \(own) \(expected)")
    }
    // Were it not for the float model's inputs, most rows would be others, and so they would without gptaq.
    let blind = try LayerMethod(named: "gptaq").quantize(
      LayerInput(
        weight: input.weight, activations: input.activations, exactActivations: input.activations),
      options
    ).dequantized
    #expect((0..<found.rows).count { found.row($0) != blind.row($0) } > found.rows / 2)
    #expect(records.count == 21)
    #expect(records.allSatisfy { record in record.notes.contains { $0.contains("‖WX̃ − ŴX‖²") } })
  }

  /// What rounding to nearest loses, passing errors on makes up for.
  ///
  /// Rounding to nearest errs by tr(H) in the mean, passing errors on by tr(D) with H = (U + I) D (U + I)ᵀ, and tr(D)
  /// is the smaller where inputs are correlated (Chee et al. 2023, arXiv:2307.13304, theorem 1). Both work on the same
  /// turned weights, grids and inputs: those of block 0, which no quantized block comes before.
  @Test(
    "a rotation before GPTQ loses less than before rounding, and Llama has no biases to correct")
  func otherMethods() throws {
    let set = try TinyLlama.calibration()
    func error(_ then: String) throws -> Double {
      let rotation = try LayerRule.named("rotation", bits: 4, group: 32) {
        $0.then = then
        $0.blockwise = true
      }
      let (_, records) = try model.quantized(QuantizationRecipe(rotation), calibration: set)
      #expect(records.count == 21)
      return records.filter { $0.block == 0 }.compactMap(\.relativeOutputError).reduce(0, +)
    }
    #expect(try error("gptq") < error("rtn"))
    let corrected = try LayerRule.named("rtn", bits: 3, group: 32) { $0.biasCorrection = true }
    #expect(throws: PipelineError.self) {
      try model.quantized(QuantizationRecipe(corrected), calibration: set)  // Llama has no biases
    }
  }

  @Test("what cannot be is refused before any work, or with the layer's name")
  func refusals() throws {
    let rule = try LayerRule.named("gptq", bits: 4, group: 48)
    let set = try TinyLlama.calibration()
    let error = #expect(throws: PipelineError.self) {
      try model.quantized(QuantizationRecipe(rule), calibration: set)
    }
    #expect(
      error?.description.hasPrefix(
        "model.layers.0.self_attn.q_proj: group size 48 does not divide 64 input channels") == true)
    let pattern = QuantizationRecipe(
      try .named("rtn"), exceptions: [.init(NamePattern("*.downproj"), nil)])
    #expect(throws: PipelineError.self) { try model.quantized(pattern) }
    let nothing = QuantizationRecipe(try .named("rtn"), exceptions: [.init(NamePattern("*"), nil)])
    #expect(throws: PipelineError.self) { try model.quantized(nothing) }
    let long = try CalibrationSet(name: "long", sequences: [[Int](repeating: 1, count: 65)])
    #expect(throws: PipelineError.self) {
      try model.quantized(QuantizationRecipe(try .named("rtn", group: 32)), calibration: long)
    }
  }
}
