import Foundation
import Models
import Pipelines
import Quantization
import Testing

/// Evidence: by hand, and against what a run really writes.
struct PlanTests {
  @Test("published models have the parameters that they are known by")
  func parameters() throws {
    // The counts of the checkpoints on the hub, and of the OPT paper's table 1 to its digits.
    for (name, count) in [
      ("opt-125m", 125_239_296), ("opt-350m", 331_196_416), ("llama-2-7b", 6_738_415_616),
      ("llama-2-13b", 13_015_864_320),
      ("llama-2-70b", 68_976_648_192), ("llama-3-8b", 8_030_261_248),
      ("llama-3-70b", 70_553_706_496),
      ("mistral-7b", 7_241_732_096), ("tinyllama-1.1b", 1_100_048_384),
    ] {
      #expect(try #require(KnownModels.configuration(name)).parameterCount == count, "\(name)")
    }
    let largest = try #require(KnownModels.configuration("OPT-175B"))
    #expect((174_000_000_000...176_000_000_000).contains(largest.parameterCount))
    #expect(KnownModels.names.allSatisfy { KnownModels.configuration($0) != nil })
    #expect(KnownModels.configuration("llama-9") == nil)
  }

  @Test("by hand: Llama-2-70B at four bits, groups of 128, as GPTQ stores it")
  func seventyBillion() throws {
    let shape = try #require(KnownModels.configuration("llama-2-70b"))
    let rule = try LayerRule.named("gptq", bits: 4, group: 128, symmetric: true)
    let plan = try ModelPlan(
      shape, recipe: QuantizationRecipe(rule), samples: 128, length: 2048, format: .gptq)
    #expect(plan.layers.count == 560)
    // q: 4 + 16/128 + 4/128 + 32/8192 for the group numbers.
    #expect(plan.layers[0].bitsPerWeight == 4.15625 + 32.0 / 8192)
    // Linear weights: 80 × (2·8192² + 2·8192·1024 + 3·8192·28672); what is left is kept at two bytes.
    let linear = 80 * (2 * 8192 * 8192 + 2 * 8192 * 1024 + 3 * 8192 * 28_672)
    let after = try #require(plan.bytesAfter)
    let estimate = 4.16 * Double(linear) / 8 + 2 * Double(shape.parameterCount - linear)
    #expect(abs(Double(after) / estimate - 1) < 0.002)
    // Hessians: 262,144 tokens × (8192² three times + 28672²) × 80 blocks.
    let hessians = try #require(plan.work.first { $0.name == "Hessians" })
    #expect(hessians.amount == 262_144 * (3 * 8192 * 8192 + 28_672 * 28_672) * 80.0)
    let vectors = try #require(plan.memory.first { $0.name == "vectors of the calibration" })
    #expect(vectors.amount == 4 * 262_144 * 8192.0)
  }

  @Test(
    "planned bits are those that a run writes",
    arguments: ["gptq", "compressed-tensors", "dequantized"])
  func plannedBits(_ name: String) throws {
    let folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
    let format = try FormatChoice(name: name)
    let source = try SourceModel(path: folder.file("model"))
    var rules = [
      try LayerRule.named("gptq", bits: 4, group: 32, symmetric: true),
      try LayerRule.named("rtn", bits: 3, group: 0),
      try LayerRule.named("gptq", bits: 8, group: 32) {
        $0.actOrder = true
        $0.staticGroups = format == .compressedTensors  // which holds no other groups
      },
    ]
    if case .dequantized = format {
      rules += [
        try .named("nf4", group: 32), try .named("hqq", bits: 4, group: 32),
        try .named("awq", bits: 4, group: 32), try .named("gguf:q4_0"), try .named("smoothquant"),
      ]
    }
    for (index, rule) in rules.enumerated() {
      let recipe = QuantizationRecipe(rule)
      let output = folder.file("out-\(index)")
      let records = try QuantizationRun(
        source, recipe: recipe, calibration: TinyLlama.calibration(), format: format,
        version: "test"
      ).run(to: output)
      let plan = try ModelPlan(
        source.model.configuration, recipe: recipe, samples: 6, length: 48, format: format)
      for (planned, record) in zip(plan.layers, records) {
        #expect(planned.name == record.name && planned.settings == record.settings)
        #expect(
          abs(try #require(planned.bitsPerWeight) - record.bitsPerWeight) < 1e-9,
          "\(rule.method.name) \(record.name)")
      }
    }
  }

  @Test("a pattern that names nothing is refused on paper too")
  func refused() throws {
    let shape = try #require(KnownModels.configuration("opt-125m"))
    let recipe = QuantizationRecipe(
      try .named("rtn"), exceptions: [.init(NamePattern("*.down_proj"), nil)])  // OPT's is fc2
    #expect(throws: PipelineError.self) {
      try ModelPlan(shape, recipe: recipe, samples: 0, length: 0, format: .gptq)
    }
  }
}
