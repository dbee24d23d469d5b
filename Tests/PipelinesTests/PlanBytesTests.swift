import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: against what a run really writes, byte for byte.
struct PlanBytesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A recipe and a format that holds it.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let format: FormatChoice
    var method = "rtn"
    var bits: Int?
    var group: Int? = 32
    var symmetric: Bool?
    var change: @Sendable (inout LayerOptions) -> Void = { _ in }

    init(
      _ name: String, _ format: FormatChoice, _ method: String = "rtn", bits: Int? = nil,
      group: Int? = 32, symmetric: Bool? = nil,
      _ change: @escaping @Sendable (inout LayerOptions) -> Void = { _ in }
    ) {
      testDescription = name
      (self.format, self.method, self.bits) = (format, method, bits)
      (self.group, self.symmetric, self.change) = (group, symmetric, change)
    }

    var rule: LayerRule {
      get throws { try .named(method, bits: bits, group: group, symmetric: symmetric, change) }
    }
  }

  static let cases: [Case] = [
    Case("gptq, version 1", .gptq, "gptq", bits: 4, symmetric: true),
    Case("gptq, version 2, three bits", .gptq, bits: 3),
    Case("gptq, whole rows of eight bits", .gptq, bits: 8, group: 0),
    Case("gptq, act-order", .gptq, "gptq", bits: 2) { $0.actOrder = true },
    Case("gptq of adaround", .gptq, "adaround") { $0.iterations = 2 },
    Case("compressed-tensors, symmetric", .compressedTensors, bits: 4, symmetric: true),
    Case("compressed-tensors, five bits", .compressedTensors, bits: 5),
    Case("compressed-tensors, act-order", .compressedTensors, "gptq") {
      $0.actOrder = true
      $0.staticGroups = true
    },
    Case("compressed-tensors of zeroquant", .compressedTensors, "zeroquant"),
    Case("compressed-tensors of llm-int8", .compressedTensors, "llm-int8", group: nil),
    Case("compressed-tensors of bitnet", .compressedTensors, "bitnet", group: nil),
    Case("compressed-tensors of ternary", .compressedTensors, "ternary"),
    Case("awq", .awq, bits: 4), Case("awq, symmetric", .awq, "gptq", symmetric: true),
    Case("bitsandbytes, nf4", .bitsAndBytes, "nf4", group: nil),
    Case("bitsandbytes, fp4 in blocks of 32", .bitsAndBytes, "fp4"),
    Case("float32", .dequantized(.float32), "hqq"),
    Case("bfloat16", .dequantized(.bfloat16), "awq"),
    Case("float16", .dequantized(.float16), "gguf:q4_0", group: nil),
  ]

  @Test("a dry run's bytes are those of the tensors that a run writes", arguments: cases)
  func bytes(_ one: Case) throws {
    try TinyLlama.write(to: folder.file("model"))
    let recipe = QuantizationRecipe(
      try one.rule, exceptions: [.init(NamePattern("*.1.mlp.*"), nil)])
    try compare(SourceModel(path: folder.file("model")), recipe, one.format)
  }

  @Test("a corrected bias stands in the place of the model's own, in single precision")
  func biases() throws {
    let source = try SourceModel(path: TestModels.folder("opt"))
    let rule = try LayerRule.named("rtn", bits: 4, group: 32) { $0.biasCorrection = true }
    try compare(source, QuantizationRecipe(rule), .gptq, calibration: Self.calibration(96))
    try compare(
      source, QuantizationRecipe(rule), .dequantized(.float16), calibration: Self.calibration(96))
  }

  @Test("GPT-2's joined tensors are counted once")
  func joined() throws {
    let source = try SourceModel(path: TestModels.folder("gpt2"))
    try compare(
      source, QuantizationRecipe(try .named("rtn", bits: 4, group: 32)), .dequantized(.float32),
      calibration: nil)
  }

  @Test(
    "a GGUF file has the bytes of its plan, with and without an imatrix",
    arguments: ["q8_0", "q4_0", "f16"])
  func gguf(_ mixture: String) throws {
    try TinyLlama.write(to: folder.file("model"))
    let source = try SourceModel(path: folder.file("model"))
    let set = try TinyLlama.calibration()
    for isWeighed in [false, true] {
      let planned = try GGUFConversion(
        source, mixture: GGUFMixture(named: mixture), willBeWeighed: isWeighed)
      let plan = try GGUFPlan(planned, calibration: isWeighed ? set : nil)
      #expect(plan.samples == (isWeighed ? 6 : 0) && plan.tokens == (isWeighed ? 288 : 0))
      let output = folder.file("\(isWeighed).gguf")
      _ = try GGUFConversion(
        source, mixture: GGUFMixture(named: mixture),
        importance: isWeighed ? ImportanceMatrix(set, in: source.model) : nil
      ).write(to: output)
      let written = try Checkpoint(path: output).tensors.reduce(0) { $0 + $1.byteCount }
      #expect(plan.diskBytes == Double(written))
    }
  }

  @Test("a dry run counts the calibration's own sequences and tokens")
  func calibration() throws {
    try TinyLlama.write(to: folder.file("model"))
    let source = try SourceModel(path: folder.file("model"))
    let set = try CalibrationSet(name: "uneven", sequences: [[1, 2, 3], [4, 5, 6, 7, 8], [9]])
    let plan = ModelPlan(
      try QuantizationRun(
        source, recipe: QuantizationRecipe(try .named("gptq", group: 32)), calibration: set,
        format: .gptq, version: "test"))
    #expect(plan.samples == 3 && plan.tokens == 9)
    // By hand: 9 tokens by 64² for q, k and v, for the output, for gate and up, and by 96² for down, in 3 blocks.
    #expect(
      plan.work.first { $0.name == "Hessians" }?.amount == Double(3 * 9 * (3 * 64 * 64 + 96 * 96)))
  }

  @Test(
    "an output that its disk has no room for is refused with both numbers; what is there counts")
  func room() throws {
    try TinyLlama.write(to: folder.file("model"))
    let source = try SourceModel(path: folder.file("model"))
    let run = try QuantizationRun(
      source, recipe: QuantizationRecipe(try .named("rtn", group: 32)), calibration: nil,
      format: .gptq, version: "test")
    let needed = ModelPlan(run).diskBytes
    try run.checkRoom(for: folder.file("out"), free: needed)
    let error = #expect(throws: PipelineError.self) {
      try run.checkRoom(for: folder.file("out"), free: needed - 1)
    }
    #expect(error?.kind == .cannotWrite)
    let words = error?.description ?? ""
    #expect(words.contains("/out: cannot be written: the file system has "), "\(words)")
    #expect(words.contains("are needed (the output "), "\(words)")
    // The work folder of an interrupted run has some of it already.
    try FileManager.default.createDirectory(
      atPath: folder.file(".out.nibble"), withIntermediateDirectories: true)
    try Data(count: 1000).write(
      to: URL(fileURLWithPath: folder.file(".out.nibble/block-0.safetensors")))
    try run.checkRoom(for: folder.file("out"), free: needed - 1000)
    #expect(throws: PipelineError.self) {
      try run.checkRoom(for: folder.file("out"), free: needed - 1001)
    }
  }

  /// Runs, and compares.
  private func compare(
    _ source: SourceModel, _ recipe: QuantizationRecipe, _ format: FormatChoice,
    calibration: CalibrationSet? = try? TinyLlama.calibration()
  ) throws {
    var run = try QuantizationRun(
      source, recipe: recipe, calibration: calibration, format: format, version: "test")
    run.replaces = true
    let plan = ModelPlan(run)
    let records = try run.run(to: folder.file("out"))
    let tensors = try Checkpoint(path: folder.file("out")).tensors
    #expect(plan.bytesAfter == tensors.reduce(0) { $0 + $1.byteCount })
    #expect(
      plan.bytesBefore
        == (try Checkpoint(path: source.path)).tensors.reduce(0) { $0 + $1.byteCount })
    let quantized = plan.layers.filter { $0.settings != nil }
    #expect(quantized.map(\.name) == records.map(\.name))
    #expect(quantized.map(\.bytes) == records.map(\.bytes))
    for (planned, record) in zip(quantized, records) {
      let bits = try #require(planned.bitsPerWeight)
      #expect(abs(bits - record.bitsPerWeight) < 1e-9, "\(record.name)")
    }
  }

  private static func calibration(_ vocabulary: Int) throws -> CalibrationSet {
    var generator = SeededGenerator(seed: 5)
    return try CalibrationSet(
      name: "random",
      sequences: (0..<4).map { _ in (0..<40).map { _ in generator.below(vocabulary) } })
  }
}
