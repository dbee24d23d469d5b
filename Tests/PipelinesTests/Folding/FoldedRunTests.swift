import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import TestSupport
import Testing

/// Evidence: by law: what a run with stages writes.
struct FoldedRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
  }

  private func run(
    _ stages: [FoldStage], _ format: FormatChoice = .gptq, model: String = "model"
  ) throws -> QuantizationRun {
    try QuantizationRun(
      SourceModel(path: folder.file(model)),
      recipe: QuantizationRecipe(
        .named("gptq", bits: 4, group: 32, symmetric: true), stages: stages,
        order: .trueSequential),
      calibration: TinyLlama.calibration(), format: format, version: "test")
  }

  @Test("the folder computes what the copy in memory does", arguments: FoldingTests.stages)
  func asInMemory(_ stages: [FoldStage]) throws {
    let job = try run(stages, .dequantized(.float32))
    var told: [String] = []
    let records = try job.run(to: folder.file("out")) { event in
      if case .stage(let record) = event { told.append(record.stage) }
    }
    #expect(told == stages.map(\.line))
    let (memory, own) = try job.source.model.quantized(
      job.recipe, calibration: TinyLlama.calibration())
    let written = try Transformer(path: folder.file("out"))
    #expect(try written.logits(Array(0..<40)) == memory.logits(Array(0..<40)))
    #expect(records.count == 21 && records.map(\.outputError) == own.map(\.outputError))
    #expect(records.allSatisfy { $0.outputError ?? 0 > 0 })
    #expect(!FileManager.default.fileExists(atPath: folder.file(".out.nibble")))
  }

  @Test("a head that was tied has a table of its own after a rotation")
  func untied() throws {
    let opt = TestFiles.golden("models/opt").path
    let set = try CalibrationSet(
      name: "ids", sequences: [Array(0..<24), Array((0..<24).reversed())])
    let job = try QuantizationRun(
      SourceModel(path: opt),
      recipe: QuantizationRecipe(.named("rtn", bits: 8, group: 0), stages: [.rotation]),
      calibration: set, format: .dequantized(.float32), version: "test")
    _ = try job.run(to: folder.file("opt"))
    let text = try String(contentsOfFile: folder.file("opt/config.json"), encoding: .utf8)
    #expect(text.contains("\"tie_word_embeddings\": false"))
    let checkpoint = try Checkpoint(path: folder.file("opt"))
    #expect(checkpoint.names.contains("lm_head.weight"))
    let (before, after) = (
      try job.source.model.logits(Array(0..<24)),
      try Transformer(path: folder.file("opt")).logits(Array(0..<24))
    )
    // Eight bits a row: the two agree but for the method's own error.
    let largest = before.elements.reduce(0) { max($0, abs($1)) }
    #expect(before.maximumDifference(from: after) < 0.05 * largest)
  }

  @Test("interrupted anywhere, stages included, the next run gives the same bytes")
  func resuming() throws {
    let stages: [FoldStage] = [.rotation, .awq()]
    let work = folder.file(".whole.nibble")
    var snapshots: [String] = []
    _ = try run(stages).run(to: folder.file("whole")) { event in
      if case .layer(let record) = event, record.role != "down" { return }
      let copy = folder.file("moment-\(snapshots.count)")
      try? FileManager.default.copyItem(atPath: work, toPath: copy)
      snapshots.append(copy)
    }
    #expect(snapshots.count == 4 + 3 + 3 + 1)  // stages begun and done, layers, blocks, writing
    let expected = try TemporaryFolder.contents(folder.file("whole"))
    for (index, snapshot) in snapshots.enumerated() {
      let output = folder.file("again-\(index)")
      try FileManager.default.moveItem(
        atPath: snapshot, toPath: folder.file(".again-\(index).nibble"))
      var told = 0
      _ = try run(stages).run(to: output) { if case .stage = $0 { told += 1 } }
      #expect(told == 2)
      #expect(try TemporaryFolder.contents(output) == expected, "after event \(index)")
    }
  }

  @Test("other stages are another run")
  func mismatch() throws {
    let work = folder.file(".out.nibble")
    _ = try run([.awq()]).run(to: folder.file("out")) { event in
      if case .block(1, _) = event {
        try? FileManager.default.copyItem(atPath: work, toPath: folder.file("saved"))
      }
    }
    try FileManager.default.removeItem(atPath: folder.file("out"))
    try FileManager.default.moveItem(atPath: folder.file("saved"), toPath: work)
    let error = #expect(throws: PipelineError.self) {
      try run([.smoothQuant()]).run(to: folder.file("out"))
    }
    #expect(
      error?.description.contains("(stages was awq and is smoothquant alpha 0.5)") == true,
      "\(error?.description ?? "")")
  }
}
