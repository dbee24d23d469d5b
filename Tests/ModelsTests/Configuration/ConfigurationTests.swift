import Models
import Testing

/// Evidence: by hand; configurations as they are published, and such as lie.
struct ConfigurationTests {
  static func read(_ json: String) throws(ModelError) -> ModelConfiguration {
    try ModelConfiguration(json: Array(json.utf8))
  }

  /// A small Llama's configuration with some values changed or added, as JSON texts.
  static func llama(_ changes: [String: String] = [:]) -> String {
    var values = [
      "model_type": "\"llama\"", "hidden_size": "64", "num_attention_heads": "4",
      "num_hidden_layers": "2", "intermediate_size": "128", "vocab_size": "100",
      "max_position_embeddings": "256",
    ]
    values.merge(changes) { $1 }
    return "{" + values.map { "\"\($0)\": \($1)" }.sorted().joined(separator: ", ") + "}"
  }

  @Test("OPT-350M: norms after the sums, projections, no final norm")
  func opt350() throws {
    let configuration = try Self.read(
      #"""
      {"model_type": "opt", "hidden_size": 1024, "word_embed_proj_dim": 512, "ffn_dim": 4096,
       "num_attention_heads": 16, "num_hidden_layers": 24, "vocab_size": 50272,
       "max_position_embeddings": 2048, "do_layer_norm_before": false, "bos_token_id": 2,
       "eos_token_id": 2, "activation_function": "relu", "_remove_final_layer_norm": false}
      """#)
    #expect(!configuration.normalizesFirst && !configuration.hasFinalNorm)
    #expect(configuration.embeddingSize == 512 && configuration.hiddenSize == 1024)
    #expect(configuration.positions == .learned(offset: 2))
    #expect(configuration.tiesEmbeddings && configuration.activation == .relu)
    #expect(configuration.headSize == 64 && configuration.keyValueHeadCount == 16)
    #expect(configuration.beginningToken == 2 && configuration.endTokens == [2])
    #expect(configuration.parameterCount == 331_196_416)  // the count on its card, rounded there
  }

  @Test("Llama 3.1's scaling, under its old key and under its new one")
  func llama3() throws {
    let scaling = """
      "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
      "original_max_position_embeddings": 8192
      """
    let older = try Self.read(
      Self.llama(["rope_theta": "500000.0", "rope_scaling": "{\(scaling)}"]))
    let newer = try Self.read(
      Self.llama(["rope_parameters": "{\(scaling), \"rope_theta\": 500000.0}"]))
    #expect(older == newer)
    #expect(
      older.positions
        == .rotary(
          RotaryEmbedding(
            base: 500_000,
            scaling: .llama3(
              factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192))))
  }

  @Test("by hand: scaled frequencies of one fast, one slow and one middling pair")
  func frequencies() {
    // Base 10^4, head of 8: 1, 0.1, 0.01, 0.001. In 400 positions they turn 63.7, 6.4, 0.64 and 0.064
    // times; between 1 and 4 turns nothing lies, so two are kept and two divided by 8.
    let scaling = RotaryEmbedding.Scaling.llama3(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 400)
    #expect(
      RotaryEmbedding(scaling: scaling).frequencies(headSize: 8)
        == [1, 0.1, 0.01 / 8, 0.001 / 8])
    // In 200π positions the pair of 0.01 turns once: the whole share of the divided one. In 500π it
    // turns 2.5 times, half-way from 1 to 4: half of it and half of its eighth.
    let middling = RotaryEmbedding.Scaling.llama3(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 500 * .pi)
    let blended = RotaryEmbedding(scaling: middling).frequencies(headSize: 8)[2]
    #expect(abs(blended - (0.005 + 0.005 / 8)) < 1e-9)
    #expect(
      RotaryEmbedding(scaling: .linear(factor: 4)).frequencies(headSize: 4) == [0.25, 0.0025])
  }

  @Test("Mistral's window in every layer; Qwen2's only where it is switched on")
  func windows() throws {
    func windows(_ type: String, _ changes: [String: String]) throws -> [Int?] {
      try Self.read(Self.llama(changes.merging(["model_type": "\"\(type)\""]) { $1 })).windows
    }
    #expect(try windows("mistral", ["sliding_window": "32"]) == [32, 32])
    #expect(try windows("mistral", ["sliding_window": "null"]) == [nil, nil])
    #expect(try windows("llama", ["sliding_window": "32"]) == [nil, nil])
    var qwen = ["sliding_window": "32"]
    #expect(try windows("qwen2", qwen) == [nil, nil])
    qwen["use_sliding_window"] = "true"
    qwen["max_window_layers"] = "1"
    #expect(try windows("qwen2", qwen) == [nil, 32])
    qwen["layer_types"] = "[\"sliding_attention\", \"full_attention\"]"
    #expect(try windows("qwen2", qwen) == [32, nil])
    let configuration = try Self.read(Self.llama(["model_type": "\"qwen2\""]))
    #expect(configuration.hasQueryKeyValueBias && !configuration.hasAttentionOutputBias)
  }

  @Test(
    "configurations that lie or ask for more than there is",
    arguments: [
      ("", "is not JSON: the file is empty"), ("[]", "an object"),
      ("{", "line 1, column 2: expected a key in quotes, and there is the end of the file"),
      ("{\"a\": 1,\n \"b\" 2}", "line 2, column 6: expected a colon, and there is '2'"),
      ("{\"a\": nan}", "line 1, column 7: expected a value, and there is 'n'"),
      ("{\"ä\": [1, 2}", "line 1, column 12: expected a comma or ], and there is '}'"),
      ("{\"a\": 01}", "line 1, column 7: expected a number"),
      ("{\"a\": \"\\x\"}", "line 1, column 8: expected an escape that JSON has"),
      ("{\"a\": \"b}", "line 1, column 7: expected a text that ends with a quote"),
      ("{} {}", "line 1, column 4: expected the end"),
      ("{\"a\": 1e999}", "a number in it is too large"),
      ("{}", "has no \"model_type\""), (#"{"model_type": "bert"}"#, "this engine runs opt"),
      (#"{"model_type": 3}"#, "expected a text"),
      (llama(["num_attention_heads": "5"]), "does not divide"),
      (llama(["num_key_value_heads": "3"]), "evenly"),
      (llama(["num_key_value_heads": "0"]), "whole number from 1"),
      (llama(["head_dim": "7"]), "pairs of channels"),
      (llama(["vocab_size": "-1"]), "whole number"),
      (llama(["vocab_size": "1e3000"]), "is not JSON"),
      (llama(["vocab_size": "10.5"]), "whole number"),
      (llama(["vocab_size": "99999999999"]), "whole number"),
      (llama(["rms_norm_eps": "0"]), "above 0"),
      (llama(["hidden_act": "\"tanh\""]), "relu, gelu"),
      (llama(["attention_bias": "1"]), "true or false"),
      (llama(["rope_scaling": "{\"type\": \"yarn\", \"factor\": 4.0}"]), "yarn"),
      (llama(["rope_scaling": "{\"type\": \"linear\"}"]), "rope_scaling.factor"),
      (llama(["rope_scaling": "{\"type\": \"linear\", \"factor\": -2}"]), "above 0"),
      (llama(["rope_scaling": "4"]), "an object"),
      (llama(["partial_rotary_factor": "0.5"]), "in part"),
      (llama(["quantization_config": "{\"quant_method\": \"eetq\"}"]), "eetq"),
      (llama(["quantization_config": "{\"quant_method\": \"gptq\"}"]), "quantization_config.bits"),
      (llama(["eos_token_id": "\"end\""]), "token's number"),
    ])
  func refusals(json: String, says: String) throws {
    do {
      let configuration = try Self.read(json)
      Issue.record("read as \(configuration)")
    } catch {
      #expect("\(error)".contains(says), "\(error)")
      #expect(error.kind == .badData)
    }
  }

  @Test("a bomb of brackets is refused, not followed")
  func nesting() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: ModelError.self) { try Self.read(deep) }
  }

  @Test("beginning and end tokens that a vocabulary lacks are known")
  func strayTokens() throws {
    let stray = try Self.read(
      Self.llama(["vocab_size": "96", "bos_token_id": "96", "eos_token_id": "[2, 50256, -1]"]))
    #expect(stray.strayTokens == [-1, 96, 50256])
    let sound = try Self.read(
      Self.llama(["vocab_size": "96", "bos_token_id": "0", "eos_token_id": "95"]))
    #expect(sound.strayTokens == [])
  }
}
