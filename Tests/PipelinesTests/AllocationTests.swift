import Models
import Pipelines
import Quantization
import Testing

/// Evidence: by law, and against single layers measured by themselves.
struct AllocationTests {
  private let folder: TemporaryFolder
  private let model: Transformer

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.path)
    model = try Transformer(path: folder.path)
  }

  @Test("bits are shared out within the budget, and lose less than one width for all")
  func sharing() throws {
    let set = try TinyLlama.calibration()
    let recipe = QuantizationRecipe(
      try .named("rtn", group: 32), exceptions: [.init(NamePattern("*.0.mlp.*"), nil)])
    let profiles = try model.sensitivities(recipe, bits: [2, 3, 4, 8], calibration: set)
    #expect(profiles.count == 18 && profiles.allSatisfy { $0.choices.count == 4 })
    for profile in profiles {  // more bits lose less
      #expect(zip(profile.choices, profile.choices.dropFirst()).allSatisfy { $0.loss > $1.loss })
    }
    let budget = try BitBudget(profiles)
    let uniform = try #require(budget.uniform(bits: 4))
    let shared = try budget.allocation(forBitsPerWeight: uniform.bitsPerWeight)
    #expect(shared.bytes <= uniform.bytes && shared.loss <= uniform.loss)
    let applied = recipe.applying(shared, of: budget)
    let (_, records) = try model.quantized(applied, calibration: set)
    #expect(records.count == 18)
    for (record, bits) in zip(records, shared.bits) {
      #expect(record.bitsPerWeight == Double(bits) + Double(16 + bits) / 32)
    }
    // Block 1's first layers see inputs of a block 0 that is quantized in part; block 0's are the same.
    let first = try #require(profiles.first { $0.name == records[0].name })
    let choice = try #require(first.choices.first { $0.bits == shared.bits[0] })
    #expect(records[0].relativeOutputError == choice.loss)
    // 2 bits and 18 for each group of 32 are the least there is to choose.
    let error = #expect(throws: PipelineError.self) {
      try budget.allocation(forBitsPerWeight: 2.5)
    }
    guard case .request(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let least = try #require(budget.uniform(bits: 2)).bytes
    #expect(reason.contains("the least that the 18 layers can take is \(least) bytes"), "\(reason)")
  }

  @Test(
    "a method without the bits to choose from is refused, with its layer and the reason",
    arguments: [
      ("nf4", "model.layers.0.self_attn.q_proj: nf4 stores 4 bits, not 3; leave the bits out"),
      (
        "fp8-e4m3",
        "model.layers.0.self_attn.q_proj: fp8-e4m3 stores 8 bits, not 3; leave the bits out"
      ),
      ("gguf:q4_0", "gguf:q4_0 has no bits to choose, so they cannot be shared out"),
    ])
  func refused(_ method: String, _ reason: String) throws {
    let set = try TinyLlama.calibration()
    let error = #expect(throws: PipelineError.self) {
      try model.sensitivities(
        QuantizationRecipe(try .named(method)), bits: [3, 4], calibration: set)
    }
    #expect(error?.kind == .usage)
    #expect(error?.description.hasPrefix(reason) == true, "\(String(describing: error))")
  }
}
