import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by law.
///
/// What is in the files is what was measured.
struct FormatTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
  }

  private func quantized(
    _ recipe: QuantizationRecipe, _ format: FormatChoice
  ) throws -> (Checkpoint, [String: Any], [LayerRecord]) {
    var run = try QuantizationRun(
      SourceModel(path: folder.file("model")), recipe: recipe, calibration: TinyLlama.calibration(),
      format: format, version: "test")
    run.replaces = true
    let records = try run.run(to: folder.file("out"))
    let config = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: folder.file("out/config.json"))))
    return (
      try Checkpoint(path: folder.file("out")), try #require(config as? [String: Any]), records
    )
  }

  @Test(
    "GPTQ: symmetric in version 1, tensors of the format's shapes, values within a half-precision scale"
  )
  func gptq() throws {
    let rule = try LayerRule.named("gptq", bits: 4, group: 32, symmetric: true)
    let (checkpoint, config, records) = try quantized(QuantizationRecipe(rule), .gptq)
    let settings = try #require(config["quantization_config"] as? [String: Any])
    #expect(settings["quant_method"] as? String == "gptq")
    #expect(settings["checkpoint_format"] as? String == "gptq")
    #expect(settings["bits"] as? Int == 4 && settings["group_size"] as? Int == 32)
    #expect(settings["sym"] as? Bool == true && settings["desc_act"] as? Bool == false)
    #expect(settings["dynamic"] == nil)
    #expect(
      config["rope_theta"] as? Double == 10000 && config["torch_dtype"] as? String == "float16")
    let name = "model.layers.1.mlp.down_proj"
    #expect(!checkpoint.contains(name + ".weight"))
    #expect(try checkpoint.info(named: name + ".qweight").shape == [96 * 4 / 32, 64])
    #expect(try checkpoint.info(named: name + ".qzeros").shape == [3, 64 * 4 / 32])
    #expect(try checkpoint.info(named: name + ".scales").shape == [3, 64])
    #expect(try checkpoint.info(named: name + ".scales").type == .numbers(.float16))
    #expect(try checkpoint.info(named: name + ".g_idx").shape == [96])
    // Eight zero points of 8, stored less one.
    #expect(try checkpoint.bytes(named: name + ".qzeros").allSatisfy { $0 == 0x77 })
    // Codes 4, scales 16/32, zeros 4/32, a group number of 32 bits an input.
    let record = try #require(records.first { $0.name == name })
    #expect(record.bitsPerWeight == 4 + 0.5 + 4.0 / 32 + 32.0 / 64)
  }

  @Test("GPTQ: asymmetric in version 2, exceptions as `dynamic`, act-order as group numbers")
  func gptqMixed() throws {
    let rule = try LayerRule.named("gptq", bits: 4, group: 32) { $0.actOrder = true }
    let recipe = QuantizationRecipe(
      rule,
      exceptions: [
        .init(NamePattern("*.0.self_attn.k_proj"), nil),
        .init(NamePattern("*.down_proj"), try .named("gptq", bits: 8, group: 0)),
      ])
    let (checkpoint, config, _) = try quantized(recipe, .gptq)
    let settings = try #require(config["quantization_config"] as? [String: Any])
    #expect(settings["checkpoint_format"] as? String == "gptq_v2")
    #expect(settings["sym"] as? Bool == false && settings["desc_act"] as? Bool == true)
    let dynamic = try #require(settings["dynamic"] as? [String: [String: Any]])
    #expect(dynamic.count == 4)
    #expect(dynamic["-:^model\\.layers\\.0\\.self_attn\\.k_proj$"]?.isEmpty == true)
    let down = try #require(dynamic["+:^model\\.layers\\.2\\.mlp\\.down_proj$"])
    #expect(down["bits"] as? Int == 8 && down["group_size"] as? Int == -1)
    #expect(checkpoint.contains("model.layers.0.self_attn.k_proj.weight"))
    let index = try checkpoint.floats(named: "model.layers.1.mlp.up_proj.g_idx")
    #expect(index != index.sorted() && Set(index) == [0, 1])
  }

  @Test("GPTQ: layers that vLLM computes as one have an exception under its name where they agree")
  func fused() throws {
    func dynamic(_ widths: [String: Int]) throws -> Set<String> {
      let recipe = QuantizationRecipe(
        try .named("rtn", bits: 4, group: 32, symmetric: true),
        exceptions: try widths.map {
          .init(
            NamePattern("*.1.*." + $0.key),
            try .named("rtn", bits: $0.value, group: 32, symmetric: true))
        })
      let settings = try quantized(recipe, .gptq).1["quantization_config"] as? [String: Any]
      return Set((settings?["dynamic"] as? [String: Any] ?? [:]).keys)
    }
    let start = "+:^model\\.layers\\.1\\."
    #expect(
      try dynamic(["q_proj": 8, "k_proj": 8, "v_proj": 8])
        == Set(["q_proj", "k_proj", "v_proj", "qkv_proj"].map { start + "self_attn\\.\($0)$" }))
    #expect(
      try dynamic(["gate_proj": 8, "up_proj": 8])
        == Set(["gate_proj", "up_proj", "gate_up_proj"].map { start + "mlp\\.\($0)$" }))
    #expect(try dynamic(["q_proj": 8, "k_proj": 8, "v_proj": 3]).count == 3)
  }

  @Test("compressed-tensors: symmetric without zero points, mixtures by name")
  func compressed() throws {
    let recipe = QuantizationRecipe(
      try .named("gptq", bits: 4, group: 32, symmetric: true),
      exceptions: [
        .init(NamePattern("*.down_proj"), try .named("rtn", bits: 3, group: 32)),
        .init(NamePattern("*.0.self_attn.*"), nil),
      ])
    let (checkpoint, config, _) = try quantized(recipe, .compressedTensors)
    let settings = try #require(config["quantization_config"] as? [String: Any])
    #expect(settings["format"] as? String == "pack-quantized")
    let ignored = try #require(settings["ignore"] as? [String])
    #expect(ignored.contains("lm_head") && ignored.contains("model.layers.0.self_attn.q_proj"))
    let groups = try #require(settings["config_groups"] as? [String: [String: Any]])
    #expect(groups.count == 2)
    let three = try #require(
      groups.values.first { ($0["weights"] as? [String: Any])?["num_bits"] as? Int == 3 })
    #expect(
      Set(three["targets"] as? [String] ?? [])
        == Set((0..<3).map { "model.layers.\($0).mlp.down_proj" }))
    let up = "model.layers.1.mlp.up_proj"
    #expect(try checkpoint.info(named: up + ".weight_packed").shape == [96, 64 / 8])
    #expect(!checkpoint.contains(up + ".weight_zero_point"))
    let down = "model.layers.1.mlp.down_proj"
    #expect(try checkpoint.info(named: down + ".weight_packed").shape == [64, 9])  // 96 × 3 bits
    #expect(try checkpoint.info(named: down + ".weight_zero_point").shape == [6, 3])
    #expect(try checkpoint.floats(named: down + ".weight_shape") == [64, 96])
  }

  @Test("a method that leaves more than codes on grids is refused, with the way out")
  func refused() throws {
    for (method, reason) in [
      ("nf4", "its levels are not evenly spaced"), ("hqq", "its zero point"),
      ("awq", "its inputs are to be divided"),
    ] {
      let error = #expect(throws: PipelineError.self) {
        try quantized(QuantizationRecipe(try .named(method, group: 32)), .gptq)
      }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
      #expect(error?.description.contains("dequantized") == true)
    }
  }

  @Test("GPT-2: plain numbers go back into its turned, joined tensors")
  func gpt2() throws {
    let path = TestModels.folder("gpt2")
    let source = try SourceModel(path: path)
    let recipe = QuantizationRecipe(try .named("rtn", bits: 4, group: 32))
    let run = try QuantizationRun(
      source, recipe: recipe, calibration: nil, format: .dequantized(.float32), version: "test")
    _ = try run.run(to: folder.file("gpt2"))
    let (memory, _) = try source.model.quantized(recipe)
    let tokens = Array(0..<24)
    #expect(
      try Transformer(path: folder.file("gpt2")).logits(tokens) == memory.logits(tokens))
    #expect(throws: PipelineError.self) {
      try QuantizationRun(source, recipe: recipe, calibration: nil, format: .gptq, version: "test")
    }
  }

  @Test("OPT: corrected biases are written, and are what is computed with")
  func biases() throws {
    let source = try SourceModel(path: TestModels.folder("opt"))
    let rule = try LayerRule.named("rtn", bits: 3, group: 32) { $0.biasCorrection = true }
    var generator = SeededGenerator(seed: 5)
    let set = try CalibrationSet(
      name: "random", sequences: (0..<4).map { _ in (0..<40).map { _ in generator.below(96) } })
    let recipe = QuantizationRecipe(rule)
    _ = try QuantizationRun(
      source, recipe: recipe, calibration: set, format: .dequantized(.float32), version: "test"
    ).run(to: folder.file("opt"))
    let (memory, _) = try source.model.quantized(recipe, calibration: set)
    let written = try Transformer(path: folder.file("opt"))
    let id = LinearLayerID(block: 1, role: .up)
    #expect(written.layer(id)?.bias == memory.layer(id)?.bias)
    #expect(written.layer(id)?.bias != source.model.layer(id)?.bias)
    #expect(try written.logits([1, 2, 3]) == memory.logits([1, 2, 3]))
  }
}

/// The tiny models that `Tests/Goldens/models` has.
enum TestModels {
  static func folder(_ name: String, from file: String = #filePath) -> String {
    var folder = URL(fileURLWithPath: file)
    for _ in 0..<2 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Goldens/models/\(name)").path
  }
}
