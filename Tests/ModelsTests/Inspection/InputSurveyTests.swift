import Models
import Tensors
import Testing

/// Evidence: by second implementation on golden models; by hand where a channel is planted.
struct InputSurveyTests {
  /// What the layers of each input read, text by text, as the observer lends it.
  private static func inputs(
    of model: Transformer, _ texts: [[Int]]
  ) throws -> [(layers: [LinearLayerID], columns: Int, values: [Float])] {
    var found: [(layers: [LinearLayerID], columns: Int, values: [Float])] = []
    for text in texts {
      var place = 0
      _ = try model.logits(text) { inputs in
        if place == found.count { found.append((inputs.layers, inputs.columns, [])) }
        found[place].values += inputs.values
        place += 1
      }
    }
    return found
  }

  @Test("every input of every layer is counted, over all texts", arguments: ["llama", "opt"])
  func againstLoops(name: String) throws {
    let golden = try GoldenModel(name)
    let texts = [golden.tokens, Array(golden.tokens.prefix(5).reversed())]
    var survey = InputSurvey(threshold: 1)
    for text in texts { try survey.add(text, to: golden.model) }
    let expected = try Self.inputs(of: golden.model, texts)
    #expect(survey.profiles.count == expected.count)
    #expect(survey.profiles.flatMap(\.layers) == golden.model.linearLayers)
    for (profile, inputs) in zip(survey.profiles, expected) {
      #expect(profile.layers == inputs.layers)
      #expect(profile.tokens == 29)
      let channels = (0..<inputs.columns).map { channel in
        stride(from: channel, to: inputs.values.count, by: inputs.columns).map {
          inputs.values[$0].magnitude
        }
      }
      #expect(profile.magnitudes.maxima == channels.map { $0.max() ?? 0 })
      #expect(profile.outlierTokens == channels.map { $0.count { $0 >= 1 } })
      #expect(
        profile.outlierChannels == channels.indices.filter { channels[$0].contains { $0 >= 1 } })
      // Both in double precision; batches are merged in another order.
      #expect(abs(profile.moments.kurtosis - inputs.values.kurtosis) < 1e-9)
    }
  }

  @Test("by hand: a gain makes one channel an outlier, in one block of two and then in none")
  func planted() throws {
    var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
    let configuration = try GoldenModel.configuration("llama")
    let tokens = try GoldenModel("llama").tokens
    // A root-mean-square norm makes at most √32 of a channel, and its gain multiplies that: with gains
    // of 1 none reaches 6, and with 1000 channel 9 does wherever it is more than 0.006 of the mean.
    for block in 0..<2 {
      for norm in ["input_layernorm", "post_attention_layernorm"] {
        try tensors.set(
          "model.layers.\(block).\(norm).weight", [32], [Float](repeating: 1, count: 32))
      }
    }
    var quiet = InputSurvey()
    try quiet.add(tokens, to: Transformer(configuration, from: tensors))
    #expect(quiet.systematicChannels == [])
    #expect(quiet.profiles[0].outlierChannels == [])

    var gains = [Float](repeating: 1, count: 32)
    gains[9] = 1000
    try tensors.set("model.layers.1.input_layernorm.weight", [32], gains)
    var survey = InputSurvey()
    try survey.add(tokens, to: Transformer(configuration, from: tensors))
    // One block of two is a quarter and more; one input of four holds 25% of the tokens.
    #expect(survey.systematicChannels == [9])
    #expect(survey.profiles[0].outlierChannels == [])
    #expect(survey.profiles[4].outlierChannels == [9])
    #expect(survey.profiles[4].magnitudes.outliers(from: 10) == [9])
  }

  @Test("a text that is refused adds nothing")
  func refused() throws {
    let golden = try GoldenModel("llama")
    var survey = InputSurvey()
    #expect(throws: ModelError.noTokens) { try survey.add([], to: golden.model) }
    #expect(throws: ModelError.self) { try survey.add([96], to: golden.model) }
    #expect(survey.profiles.isEmpty)
    #expect(survey.systematicChannels == [])
    try survey.add([1], to: golden.model)
    #expect(throws: ModelError.self) { try survey.add([1, -1], to: golden.model) }
    #expect(survey.profiles.allSatisfy { $0.tokens == 1 })
  }
}
