import Foundation
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
    "measured in one run or in several: the same numbers to the bit, whatever widths they lead to")
  func resuming() throws {
    let recipe = QuantizationRecipe(
      try .named("rtn", group: 32), exceptions: [.init(NamePattern("*.0.mlp.*"), nil)])
    let set = try TinyLlama.calibration()
    func job(_ change: (inout QuantizationRun) -> Void = { _ in }) throws -> QuantizationRun {
      var job = try QuantizationRun(
        SourceModel(path: folder.path), recipe: recipe, calibration: set, format: .gptq,
        version: "test")
      change(&job)
      return job
    }
    let widths = [2, 3, 4, 8]
    let direct = try model.sensitivities(
      recipe, bits: widths, calibration: set, format: .gptq)
    let work = folder.file(".out.nibble")
    var moments: [String] = []
    let whole = try job().sensitivities(widths: widths, for: folder.file("out")) { event in
      guard case .block = event else { return }
      moments.append(folder.file("moment-\(moments.count)"))
      try? FileManager.default.copyItem(atPath: work, toPath: moments[moments.count - 1])
    }
    #expect(whole == direct && whole.count == 18 && moments.count == 3)
    for (index, moment) in moments.enumerated() {
      try FileManager.default.removeItem(atPath: work)
      try FileManager.default.moveItem(atPath: moment, toPath: work)
      var (resumed, measured, layers) = (0, 0, 0)
      let again = try job().sensitivities(widths: widths, for: folder.file("out")) { event in
        switch event {
        case .resumed(let blocks, _): resumed = blocks
        case .block: measured += 1
        case .layer: layers += 1
        case .putBack: Issue.record("nothing was set aside")
        }
      }
      #expect(again == whole)
      #expect(resumed == index + 1 && measured == 2 - index && layers == 18)
    }
    // Other widths are another measurement; it is told before anything is lost.
    let error = #expect(throws: PipelineError.self) {
      try job().sensitivities(widths: [3, 4], for: folder.file("out"))
    }
    #expect(error?.description.contains("(widths was 2,3,4,8 and is 3,4)") == true)
    // A run of that recipe begins without touching it; asked to begin anew, everything goes.
    _ = try job { $0.keepsWork = true }.run(to: folder.file("out"))
    #expect(FileManager.default.fileExists(atPath: work + "/profile.json"))
    let anew = try job {
      $0.resumes = false
      $0.replaces = true
    }.sensitivities(widths: [3, 4], for: folder.file("out"))
    #expect(anew.count == 18 && anew[0].choices.count == 2)
    try QuantizationRun.finish(folder.file("out"))
    #expect(!FileManager.default.fileExists(atPath: work))
    // An output that may not be replaced is refused before hours of work.
    #expect(throws: PipelineError.self) {
      try job().sensitivities(widths: widths, for: folder.file("out"))
    }
    #expect(!FileManager.default.fileExists(atPath: work))
  }

  @Test(
    "what was kept and is damaged is told, with the way out",
    arguments: ["", "{", "[1]", "{\"blocks\": 1}"])
  func damaged(text: String) throws {
    let job = try QuantizationRun(
      SourceModel(path: folder.path), recipe: QuantizationRecipe(try .named("rtn", group: 32)),
      calibration: TinyLlama.calibration(), format: .gptq, version: "test")
    _ = try job.sensitivities(widths: [3, 4], for: folder.file("out"))
    let file = folder.file(".out.nibble/profile.json")
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    let error = #expect(throws: PipelineError.self) {
      try job.sensitivities(widths: [3, 4], for: folder.file("out"))
    }
    #expect(error?.kind == .badData && error?.description.contains(file) == true)
    #expect(error?.description.contains("--no-resume") == true)
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
