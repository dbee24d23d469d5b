import Foundation
import Models
import Pipelines
import Tensors
import Testing

/// Evidence: by hand, and by another framework (`Tests/Goldens/readers/run.py` has llama.cpp quantize files).
struct GGUFMixtureTests {
  private static func shape(layers: Int, keyValueHeads: Int = 12) throws -> ModelConfiguration {
    let folder = try TemporaryFolder()
    let json = """
      {"model_type": "llama", "hidden_size": 768, "intermediate_size": 2048,
       "num_attention_heads": 12, "num_key_value_heads": \(keyValueHeads),
       "num_hidden_layers": \(layers), "vocab_size": 256, "tie_word_embeddings": false}
      """
    try json.write(toFile: folder.file("config.json"), atomically: true, encoding: .utf8)
    return try ModelConfiguration(path: folder.file("config.json"))
  }

  private static func types(
    _ name: String, _ role: LinearLayerID.Role, columns: Int = 768, layers: Int = 16,
    keyValueHeads: Int = 12, hasImportance: Bool = false
  ) throws -> [String] {
    let (mixture, shape) = (
      try GGUFMixture(named: name), try shape(layers: layers, keyValueHeads: keyValueHeads)
    )
    return (0..<layers).map { layer in
      mixture.type(
        of: .linear(LinearLayerID(block: layer, role: role)), columns: columns, in: shape,
        hasImportance: hasImportance
      ).name
    }
  }

  @Test("by hand: of sixteen layers Q4_K_M gives eight values and ways down six bits")
  func moreBits() throws {
    // The first eighth is 0 and 1, the last 14 and 15; between, every third from 2 on: 4, 7, 10, 13.
    let better: Set<Int> = [0, 1, 4, 7, 10, 13, 14, 15]
    for role in [LinearLayerID.Role.value, .down] {
      let types = try Self.types("q4_k_m", role)
      #expect(types == (0..<16).map { better.contains($0) ? "q6_k" : "q4_k" })
    }
    for role in [LinearLayerID.Role.query, .key, .attentionOutput, .gate, .up] {
      #expect(Set(try Self.types("q4_k_m", role)) == ["q4_k"])
    }
  }

  @Test("by hand: the other mixtures' better layers")
  func others() throws {
    func runs(_ first: (String, Int), _ rest: String) -> [String] {
      [String](repeating: first.0, count: first.1) + [String](repeating: rest, count: 16 - first.1)
    }
    #expect(try Self.types("q4_k_s", .value) == runs(("q5_k", 4), "q4_k"))
    #expect(try Self.types("q4_k_s", .down) == runs(("q5_k", 2), "q4_k"))
    #expect(try Self.types("q3_k_m", .value) == runs(("q5_k", 2), "q4_k"))
    #expect(try Self.types("q3_k_m", .down) == runs(("q5_k", 1), "q4_k"))
    #expect(Set(try Self.types("q3_k_m", .attentionOutput)) == ["q4_k"])
    #expect(Set(try Self.types("q3_k_l", .attentionOutput)) == ["q5_k"])
    #expect(Set(try Self.types("q3_k_s", .down)) == ["q3_k"])
    #expect(Set(try Self.types("q2_k", .value)) == ["q3_k"])
    #expect(Set(try Self.types("q2_k", .value, keyValueHeads: 3)) == ["q4_k"])
    #expect(Set(try Self.types("iq4_xs", .value, keyValueHeads: 3)) == ["q5_k"])
    #expect(try Self.types("iq4_nl", .down) == runs(("q5_k", 2), "iq4_nl"))
    #expect(Set(try Self.types("iq4_nl", .down, hasImportance: true)) == ["iq4_nl"])
    #expect(Set(try Self.types("q4_0", .down)) == ["q4_0"])
    #expect(try Self.types("q4_0", .down, hasImportance: true) == runs(("q4_1", 2), "q4_0"))
    #expect(Set(try Self.types("q8_0", .down)) == ["q8_0"])
    #expect(Set(try Self.types("f16", .down, columns: 7)) == ["f16"])
  }

  @Test(
    "rows that no block tiles get the nearest type that does",
    arguments: [
      ("q2_k", "q4_0"), ("q3_k_s", "q4_0"), ("q4_k_s", "q5_0"), ("q5_k_s", "q5_1"),
      ("q6_k", "q8_0"), ("iq4_xs", "iq4_nl"), ("q4_0", "q4_0"),
    ])
  func fallbacks(name: String, type: String) throws {
    #expect(try Self.types(name, .query, columns: 288)[8] == type)
    #expect(try Self.types(name, .query, columns: 172)[8] == "f16")
  }

  @Test("the head has six bits, or the embedding where it is the head; Q8_0 where that fits better")
  func heads() throws {
    let untied = try Self.shape(layers: 2)
    var tied = untied
    tied.tiesEmbeddings = true
    func type(_ name: String, _ part: GGUFModel.Part, _ shape: ModelConfiguration, _ columns: Int)
      throws -> String
    {
      try GGUFMixture(named: name).type(
        of: part, columns: columns, in: shape, hasImportance: false
      ).name
    }
    #expect(try type("q4_k_m", .head, untied, 768) == "q6_k")
    #expect(try type("q4_k_m", .embedding, untied, 768) == "q4_k")
    #expect(try type("q4_k_m", .embedding, tied, 768) == "q6_k")
    #expect(try type("q4_k_m", .head, untied, 288) == "q8_0")
    #expect(try type("q8_0", .head, untied, 768) == "q8_0")
    #expect(try type("q4_0", .head, untied, 768) == "q6_k")
    #expect(try type("q4_0", .head, untied, 288) == "q8_0")
    #expect(try type("f16", .head, untied, 768) == "f16")
    #expect(try type("q4_k_m", .vector, untied, 768) == "f32")
  }

  @Test("a name with a slip of the pen is refused with the nearest")
  func names() throws {
    #expect(try GGUFMixture(named: "gguf:Q4_K_M").fileType == 15)
    let error = #expect(throws: PipelineError.self) { try GGUFMixture(named: "gguf:q4_km") }
    #expect(error?.description.contains("did you mean gguf:q4_k_m?") == true)
    #expect(error?.kind == .usage)
  }
}
