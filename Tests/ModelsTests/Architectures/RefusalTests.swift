import Models
import Tensors
import Testing

/// Evidence: by hand; checkpoints and requests that make no sense, and what is said about them.
struct RefusalTests {
  @Test("a missing tensor names the nearest")
  func missingTensor() throws {
    let configuration = try GoldenModel.configuration("llama")
    var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
    tensors.remove("model.layers.1.self_attn.q_proj.weight")
    do {
      _ = try Transformer(configuration, from: tensors)
      Issue.record("a model without queries was built")
    } catch {
      guard case .missingTensor(_, let name, let nearest, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(name == "model.layers.1.self_attn.q_proj.weight")
      // One letter away each, in the order of their names.
      #expect(
        Set(nearest) == [
          "model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.k_proj.weight",
          "model.layers.1.self_attn.o_proj.weight",
        ])
      #expect("\(error)".contains("nearest"))
    }
  }

  @Test("a configuration that lies about a shape is refused, with both shapes")
  func shapes() throws {
    let file = try GoldenModel.tensors("llama")
    var configuration = try GoldenModel.configuration("llama")
    configuration.feedForwardSize = 47
    #expect(
      throws: ModelError.wrongShape(
        path: file.path, name: "model.layers.0.mlp.gate_proj.weight", shape: [48, 32],
        expected: [47, 32], meaning: "outputs × inputs")
    ) { try Transformer(configuration, from: file) }
    configuration = try GoldenModel.configuration("llama")
    configuration.vocabularySize = 97
    #expect(throws: ModelError.self) { try Transformer(configuration, from: file) }
    configuration = try GoldenModel.configuration("llama")
    configuration.keyValueHeadCount = 4
    #expect(throws: ModelError.self) { try Transformer(configuration, from: file) }
  }

  @Test("a configuration that leaves out a block or a bias is refused")
  func unexpectedTensors() throws {
    let file = try GoldenModel.tensors("qwen2")
    var configuration = try GoldenModel.configuration("qwen2")
    configuration.layerCount = 1
    configuration.windows = [nil]
    do {
      _ = try Transformer(configuration, from: file)
      Issue.record("half a model was built")
    } catch {
      guard case .unexpectedTensors(_, let names) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(names.allSatisfy { $0.hasPrefix("model.layers.1.") })
    }
    configuration = try GoldenModel.configuration("qwen2")
    configuration.hasQueryKeyValueBias = false
    #expect(throws: ModelError.self) { try Transformer(configuration, from: file) }
  }

  @Test("an untied model without a head is refused")
  func missingHead() throws {
    var configuration = try GoldenModel.configuration("qwen2")
    configuration.tiesEmbeddings = false
    let file = try GoldenModel.tensors("qwen2")
    do {
      _ = try Transformer(configuration, from: file)
      Issue.record("a model without a head was built")
    } catch {
      guard case .missingTensor(_, "lm_head.weight", _, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("older files' prefix is found")
  func prefix() throws {
    let file = try GoldenModel.tensors("opt")
    var renamed = try ChangedTensors(file)
    for entry in file.tensors where entry.name.hasPrefix("model.") {
      let elements = renamed.elements(entry.name)
      renamed.remove(entry.name)
      try renamed.set(String(entry.name.dropFirst(6)), entry.shape, elements)
    }
    let golden = try GoldenModel("opt")
    let model = try Transformer(golden.model.configuration, from: renamed)
    #expect(try model.logits(golden.tokens).maximumDifference(from: golden.logits) < 2e-4)
  }

  @Test("weights that are NaN are found and named")
  func notFinite() throws {
    let configuration = try GoldenModel.configuration("opt")
    var tensors = try ChangedTensors(GoldenModel.tensors("opt"))
    let name = "model.decoder.layers.1.fc1.weight"
    var elements = tensors.elements(name)
    elements[70] = .nan
    try tensors.set(name, [64, 32], elements)
    let model = try Transformer(configuration, from: tensors)
    let cache = KeyValueCache(for: configuration)
    #expect(
      throws: ModelError.notFinite(place: "the output of the last block", tensors: [name])
    ) { try model.logits([1, 2, 3], cache: cache) }
    #expect(cache.length == 0)
  }

  @Test("a head, a norm or an embedding that is not finite is named")
  func notFiniteElsewhere() throws {
    let configuration = try GoldenModel.configuration("llama")
    for (name, shape, place) in [
      ("lm_head.weight", [96, 32], "a logit"),
      ("model.norm.weight", [32], "the output of the last block"),
      ("model.embed_tokens.weight", [96, 32], "the output of the last block"),
    ] {
      for wrong in [Float.nan, .infinity] {
        var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
        var elements = tensors.elements(name)
        elements[elements.count / 96] = wrong  // in the row of token 1
        try tensors.set(name, shape, elements)
        let model = try Transformer(configuration, from: tensors)
        let cache = KeyValueCache(for: configuration)
        #expect(throws: ModelError.notFinite(place: place, tensors: [name])) {
          try model.logits([1, 2, 3], cache: cache)
        }
        #expect(cache.length == 0)
        guard wrong.isNaN else { continue }  // a logit of −∞ is a probability of 0
        let window = EvaluationWindow(tokens: [1, 2, 3], scored: 1..<3)
        #expect(throws: ModelError.notFinite(place: place, tensors: [name])) {
          try Evaluator(model).evaluate([window])
        }
      }
    }
  }

  @Test("tokens and lengths that a model does not have")
  func requests() throws {
    let model = try GoldenModel("opt").model
    #expect(throws: ModelError.noTokens) { try model.logits([]) }
    #expect(throws: ModelError.noTokens) { try model.logits(batch: []) }
    #expect(throws: ModelError.noTokens) { try model.logits(batch: [[1], []]) }
    #expect(throws: ModelError.tokenOutOfRange(token: 96, position: 2, vocabulary: 96)) {
      try model.logits([0, 95, 96])
    }
    #expect(throws: ModelError.tokenOutOfRange(token: -1, position: 0, vocabulary: 96)) {
      try model.logits([-1])
    }
    let forty = [Int](repeating: 7, count: 40)
    #expect(try model.logits(forty).rows == 40)
    #expect(throws: ModelError.contextTooLong(tokens: 41, limit: 40)) {
      try model.logits(forty + [1])
    }
    let cache = KeyValueCache(for: model.configuration)
    _ = try model.logits(forty, cache: cache)
    #expect(throws: ModelError.contextTooLong(tokens: 41, limit: 40)) {
      try model.logits([1], cache: cache)
    }
    #expect(throws: ModelError.self) { try model.logits(batch: [[1], [2]], caches: [cache]) }
    let fresh = KeyValueCache(for: model.configuration)
    #expect(throws: ModelError.self) {
      try model.logits(batch: [[1], [2]], caches: [fresh, fresh])
    }
  }

  @Test("a cache of another model is refused")
  func foreignCache() throws {
    let cache = KeyValueCache(for: try GoldenModel.configuration("llama"))
    #expect(throws: ModelError.self) { try GoldenModel("opt").model.logits([1], cache: cache) }
  }

  @Test("folders without a model")
  func folders() throws {
    do {
      _ = try Transformer(path: "/nowhere")
      Issue.record("a model was found nowhere")
    } catch {
      #expect(error.kind == .noSuchInput)
      #expect("\(error)".contains("/nowhere"))
    }
  }
}
