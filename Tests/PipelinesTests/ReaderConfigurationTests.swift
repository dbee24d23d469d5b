import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by law.
///
/// Configurations speak of layers as readers do, and what a reader does not take is said before any work.
struct ReaderConfigurationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
  }

  private func run(
    _ recipe: QuantizationRecipe, _ format: FormatChoice, of model: String = "model"
  ) throws -> QuantizationRun {
    var run = try QuantizationRun(
      SourceModel(path: folder.file(model)), recipe: recipe,
      calibration: model == "model" ? TinyLlama.calibration() : nil,
      format: format, version: "test")
    run.replaces = true
    return run
  }

  private func settings(
    _ recipe: QuantizationRecipe, _ format: FormatChoice, of model: String = "model"
  ) throws -> [String: Any] {
    _ = try run(recipe, format, of: model).run(to: folder.file("out"))
    let config = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: folder.file("out/config.json"))))
    return try #require((config as? [String: Any])?["quantization_config"] as? [String: Any])
  }

  /// Rounding to nearest, with exceptions by pattern; nil keeps.
  private func recipe(
    _ base: (bits: Int, group: Int) = (4, 32), symmetric: Bool = true,
    _ exceptions: [(String, (bits: Int, group: Int)?)] = []
  ) throws -> QuantizationRecipe {
    QuantizationRecipe(
      try .named("rtn", bits: base.bits, group: base.group, symmetric: symmetric),
      exceptions: try exceptions.map { pattern, grid in
        .init(
          NamePattern(pattern),
          try grid.map { try .named("rtn", bits: $0.bits, group: $0.group, symmetric: symmetric) })
      })
  }

  private func refusal(_ recipe: QuantizationRecipe, _ format: FormatChoice) throws -> String {
    let error = #expect(throws: PipelineError.self) { try run(recipe, format) }
    #expect(error?.kind == .usage)
    return error.map { "\($0)" } ?? ""
  }

  /// Copies a model, its tensors under other names.
  private func rename(
    _ source: String, to name: String, _ changed: (String) -> String?
  ) throws {
    try FileManager.default.createDirectory(
      atPath: folder.file(name), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: source + "/config.json", toPath: folder.file(name + "/config.json"))
    let file = try SafetensorsFile(path: source + "/model.safetensors")
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for info in file.entries {
      guard let name = changed(info.name) else { continue }
      let bytes = try file.withBytes(named: info.name) { Array($0) }
      try writer.add(name, shape: info.shape, bytes: bytes, as: info.type)
    }
    try writer.write(to: folder.file(name + "/model.safetensors"))
  }

  @Test(
    "a checkpoint without a head: tensors keep its names, configurations have the readers'",
    arguments: [FormatChoice.gptq, .compressedTensors, .awq, .bitsAndBytes])
  func bare(_ format: FormatChoice) throws {
    try rename(TestModels.folder("opt"), to: "bare") { name in
      name == "lm_head.weight" ? nil : String(name.trimmingPrefix("model."))
    }
    let method = format == .bitsAndBytes ? "nf4" : "rtn"
    var exceptions = [
      QuantizationRecipe.Exception(NamePattern("*.fc2"), nil)
    ]
    if format == .gptq || format == .compressedTensors {
      exceptions.append(
        .init(NamePattern("*.fc1"), try .named("rtn", bits: 8, group: 32, symmetric: true)))
    }
    let symmetric: Bool? = format == .bitsAndBytes ? nil : true
    let settings = try settings(
      QuantizationRecipe(
        try .named(
          method, bits: format == .bitsAndBytes ? nil : 4, group: 32, symmetric: symmetric),
        exceptions: exceptions), format, of: "bare")
    let checkpoint = try Checkpoint(path: folder.file("out"))
    #expect(checkpoint.contains("decoder.layers.1.fc2.weight"))
    #expect(!checkpoint.contains("decoder.layers.1.fc1.weight") || format == .bitsAndBytes)
    let (kept, other) = ("model.decoder.layers.1.fc2", "model.decoder.layers.1.fc1")
    switch format {
    case .gptq:
      let dynamic = try #require(settings["dynamic"] as? [String: Any])
      #expect(dynamic["-:^model\\.decoder\\.layers\\.1\\.fc2$"] != nil)
      #expect(dynamic["+:^model\\.decoder\\.layers\\.1\\.fc1$"] != nil)
      #expect(
        settings["modules_in_block_to_quantize"] as? [[String]]
          == ["q_proj", "k_proj", "v_proj", "out_proj"].map { ["self_attn." + $0] } + [["fc1"]])
    case .compressedTensors:
      #expect(settings["ignore"] as? [String] == ["lm_head", "model.decoder.layers.0.fc2", kept])
      let groups = try #require(settings["config_groups"] as? [String: [String: Any]])
      #expect(groups.values.contains { ($0["targets"] as? [String] ?? []).contains(other) })
    case .awq:
      #expect(
        settings["modules_to_not_convert"] as? [String]
          == ["lm_head", "model.decoder.layers.0.fc2", kept])
    default:
      #expect(
        settings["llm_int8_skip_modules"] as? [String]
          == ["lm_head", "model.decoder.layers.0.fc2", kept])
    }
    #expect(try Transformer(path: folder.file("out")).logits([2, 5, 7]).rows == 3)
  }

  @Test(
    "the names of Llama's makers have no reader and are refused",
    arguments: [FormatChoice.gptq, .compressedTensors, .awq])
  func original(_ format: FormatChoice) throws {
    let names = [
      "model.embed_tokens": "tok_embeddings", "lm_head": "output", "model.norm": "norm",
      "input_layernorm": "attention_norm", "post_attention_layernorm": "ffn_norm",
      "self_attn.q_proj": "attention.wq", "self_attn.k_proj": "attention.wk",
      "self_attn.v_proj": "attention.wv", "self_attn.o_proj": "attention.wo",
      "mlp.gate_proj": "feed_forward.w1", "mlp.up_proj": "feed_forward.w3",
      "mlp.down_proj": "feed_forward.w2", "model.layers": "layers",
    ]
    try rename(folder.file("model"), to: "original") { name in
      names.reduce(name) { $0.replacingOccurrences(of: $1.key + ".", with: $1.value + ".") }
    }
    let error = #expect(throws: PipelineError.self) {
      try run(try recipe(), format, of: "original")
    }
    #expect(
      error?.description.contains("named like layers.0.attention.wq") == true,
      "\(error.map { "\($0)" } ?? "")")
    // Plain numbers are as readable as the source was.
    _ = try run(try recipe(), .dequantized(.float32), of: "original")
  }

  @Test("a mixture that one configuration cannot say is refused before any work")
  func mixtures() throws {
    let groups = try refusal(try recipe((4, 32), [("*.down_proj", (4, 0))]), .awq)
    #expect(groups.contains("one group size for every layer"), "\(groups)")
    #expect(
      groups.contains("model.layers.0.self_attn.q_proj has 4 bits in groups of 32, symmetric"))
    #expect(groups.contains("model.layers.0.mlp.down_proj 4 bits in whole rows, symmetric"))
    #expect(groups.contains("--format compressed-tensors"))
    // Rows of 64 in one group of 64, rows of 96 in three of 32; without the latter one size is left.
    #expect(
      try refusal(try recipe((4, 64), [("*.down_proj", (4, 32))]), .awq).contains("group size"))
    _ = try run(try recipe((4, 64), [("*.down_proj", nil)]), .awq)
    #expect(
      try refusal(try recipe((4, 32), [("*.down_proj", (8, 32))]), .awq)
        .contains("AWQ checkpoints hold codes of 4 bits, not 8"))
    let types = try refusal(
      QuantizationRecipe(
        try .named("nf4", group: 64),
        exceptions: [.init(NamePattern("*.up_proj"), try .named("fp4", group: 64))]),
      .bitsAndBytes)
    #expect(types.contains("here nf4, and model.layers.0.mlp.up_proj is to be fp4"), "\(types)")
    let order = try refusal(
      QuantizationRecipe(
        try .named("gptq", bits: 4, group: 32, symmetric: true) { $0.actOrder = true }),
      .compressedTensors)
    #expect(order.contains("--static-groups") && order.contains("q_proj cannot be stored"))
  }

  @Test("an fp4 exception among kept layers is called fp4")
  func kindOfExceptions() throws {
    let recipe = QuantizationRecipe(
      try .named("fp4", group: 64), exceptions: [.init(NamePattern("*.0.*"), nil)])
    #expect(try settings(recipe, .bitsAndBytes)["bnb_4bit_quant_type"] as? String == "fp4")
  }

  @Test("what one reader does not open is said once, with the layers and the reader")
  func remarks() throws {
    func remarks(_ recipe: QuantizationRecipe, _ format: FormatChoice) throws -> [String] {
      try run(recipe, format).remarks
    }
    #expect(try remarks(try recipe(), .gptq).isEmpty)
    #expect(try remarks(try recipe(), .awq).isEmpty)
    #expect(try remarks(try recipe(), .compressedTensors).isEmpty)
    // The same role in every block.
    #expect(try remarks(try recipe((4, 32), [("*.down_proj", nil)]), .gptq).isEmpty)
    let mixed = try remarks(
      try recipe((4, 32), [("*.0.self_attn.q_proj", (8, 32)), ("*.1.mlp.up_proj", nil)]), .gptq)
    #expect(mixed.count == 2, "\(mixed)")
    #expect(
      mixed[0].hasPrefix("transformers does not open this")
        && mixed[0].contains("model.layers.0.self_attn.q_proj has 8 bits in groups of 32"))
    #expect(
      mixed[1].contains("model.layers.0.self_attn.k_proj (4 bits in groups of 32, symmetric)")
        && mixed[1].contains("as one layer") && mixed[1].contains("so it is with 1 more"))
    let part = try remarks(try recipe((4, 32), [("*.1.mlp.up_proj", nil)]), .awq)
    #expect(part.count == 1 && part[0].contains("model.layers.1.mlp.up_proj (kept)"), "\(part)")
    #expect(
      try remarks(try recipe((4, 32), [("*.1.mlp.up_proj", nil)]), .compressedTensors) == part)
    let asymmetric = try remarks(try recipe((4, 32), symmetric: false), .gptq)
    #expect(asymmetric.count == 1 && asymmetric[0].hasPrefix("vLLM"), "\(asymmetric)")
    #expect(
      try remarks(try recipe((4, 32), symmetric: false), .compressedTensors)
        .first?.contains("dequantize=True") == true)
  }

  @Test("the AWQ method's scales are not stored but folded, and its refusal says so")
  func awqMethod() throws {
    let error = #expect(throws: PipelineError.self) {
      try run(QuantizationRecipe(try .named("awq", bits: 4, group: 32)), .awq)
    }
    #expect(
      error?.description.contains("fold them into the model, --fold awq before --method rtn")
        == true,
      "\(error.map { "\($0)" } ?? "")")
  }

  @Test("sizes that words do not tile are refused with the layer and the way out")
  func tiles() throws {
    let error = #expect(throws: PipelineError.self) {
      try QuantizationRun(
        SourceModel(path: TestModels.folder("llama")), recipe: try recipe((4, 16)),
        calibration: nil, format: .gptq, version: "test")
    }
    #expect(
      error?.description.contains(
        "model.layers.0.self_attn.k_proj cannot be stored as gptq: GPTQ checkpoints pack codes into words of 32 "
          + "bits, and 16 outputs by 32 inputs are not both multiples of 32; keep the layer")
        == true,
      "\(error.map { "\($0)" } ?? "")")
  }

  @Test("tensors that are no weights stay, whatever their type")
  func buffers() throws {
    let file = try SafetensorsFile(path: folder.file("model/model.safetensors"))
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for info in file.entries {
      let bytes = try file.withBytes(named: info.name) { Array($0) }
      try writer.add(info.name, shape: info.shape, bytes: bytes, as: info.type)
    }
    // Tables that older programs stored, which this engine computes itself.
    let own: [(name: String, type: TensorType, size: Int)] = [
      ("model.layers.0.attn.bias", .bool, 1), ("model.layers.1.attn.bias", .uint8, 1),
      ("model.layers.2.attn.masked_bias", .int16, 2),
      ("model.layers.0.self_attn.rotary_emb.inv_freq", .int64, 8),
    ]
    func bytes(_ size: Int) -> [UInt8] { (0..<3 * size).map { UInt8($0 % 2) } }
    for (name, type, size) in own {
      try writer.add(name, shape: [3], bytes: bytes(size), as: type)
    }
    try writer.write(to: folder.file("model/model.safetensors"), replacing: true)
    _ = try run(try recipe(), .gptq).run(to: folder.file("out"))
    let out = try SafetensorsFile(path: folder.file("out/model.safetensors"))
    for (name, type, size) in own {
      #expect(out.entries.first { $0.name == name }?.type == type)
      #expect(try out.withBytes(named: name) { Array($0) } == bytes(size))
    }
  }

  @Test(
    "a folder of codes is not quantized again: the message names the method and the way out",
    arguments: [FormatChoice.gptq, .compressedTensors, .awq, .bitsAndBytes])
  func again(_ format: FormatChoice) throws {
    let isTable = format == .bitsAndBytes
    let recipe = QuantizationRecipe(
      try .named(isTable ? "nf4" : "rtn", bits: isTable ? nil : 4, group: 32))
    _ = try run(recipe, format).run(to: folder.file("out"))
    let error = #expect(throws: PipelineError.self) {
      try QuantizationRun(
        SourceModel(path: folder.file("out")), recipe: recipe, calibration: nil, format: format,
        version: "test")
    }
    #expect(error?.kind == .badData)
    #expect(
      error?.description.contains(
        "\(format.name)'s codes already; quantize the model that they were made of") == true,
      "\(error.map { "\($0)" } ?? "")")
  }
}
