import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by law.
///
/// The output is the same bytes, whatever happens on the way.
struct QuantizationRunTests {
  private let folder: TemporaryFolder
  private let source: SourceModel

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
    source = try SourceModel(path: folder.file("model"))
  }

  private func run(
    _ format: FormatChoice = .gptq, rule: LayerRule? = nil, calibration: CalibrationSet? = nil
  ) throws -> QuantizationRun {
    try QuantizationRun(
      source,
      recipe: QuantizationRecipe(
        try rule ?? .named("gptq", bits: 4, group: 32, symmetric: true), order: .trueSequential),
      calibration: try calibration ?? TinyLlama.calibration(), format: format, version: "test")
  }

  @Test(
    "interrupted anywhere, the next run gives the same bytes",
    arguments: [FormatChoice.gptq, .compressedTensors, .dequantized(.bfloat16)])
  func resuming(_ format: FormatChoice) throws {
    let work = folder.file(".whole.nibble")
    var snapshots: [String] = []
    _ = try run(format).run(to: folder.file("whole")) { event in
      // What a killed process would leave behind at this moment, but for the lock.
      let copy = folder.file("moment-\(snapshots.count)")
      try? FileManager.default.copyItem(atPath: work, toPath: copy)
      snapshots.append(copy)
    }
    #expect(snapshots.count == 21 + 3 + 1)  // layers, blocks, writing
    #expect(!FileManager.default.fileExists(atPath: work))
    let expected = try TemporaryFolder.contents(folder.file("whole"))
    #expect(expected["model.safetensors"] != nil && expected["generation_config.json"] != nil)
    for (index, snapshot) in snapshots.enumerated() {
      let output = folder.file("again-\(index)")
      try FileManager.default.moveItem(
        atPath: snapshot, toPath: folder.file(".again-\(index).nibble"))
      var resumed = 0
      let records = try run(format).run(to: output) { event in
        if case .resumed(let blocks, _) = event { resumed = blocks }
      }
      #expect(resumed == [7, 15, 23].count { $0 <= index })
      #expect(records.count == 21)
      #expect(try TemporaryFolder.contents(output) == expected, "after event \(index)")
    }
  }

  @Test("an end between the last step and the tidying up is tidied up")
  func finished() throws {
    var copy: String?
    let output = folder.file("out")
    _ = try run().run(to: output) { event in
      guard case .writing = event else { return }
      let path = folder.file("saved")
      try? FileManager.default.copyItem(atPath: folder.file(".out.nibble"), toPath: path)
      copy = path
    }
    let saved = try #require(copy)
    try FileManager.default.moveItem(atPath: saved, toPath: folder.file(".out.nibble"))
    #expect(try run().run(to: output).count == 21)
    #expect(!FileManager.default.fileExists(atPath: folder.file(".out.nibble")))
    #expect(throws: PipelineError.self) { try run().run(to: output) }  // now it is in the way
  }

  @Test("another run's leftovers are refused, naming the difference, and begun anew when asked")
  func mismatch() throws {
    let work = folder.file(".out.nibble")
    _ = try run().run(to: folder.file("out")) { event in
      if case .block(1, _) = event {
        try? FileManager.default.copyItem(atPath: work, toPath: folder.file("saved"))
      }
    }
    try FileManager.default.removeItem(atPath: folder.file("out"))
    try FileManager.default.moveItem(atPath: folder.file("saved"), toPath: work)
    let other = try run(rule: .named("gptq", bits: 3, group: 32, symmetric: true))
    let error = #expect(throws: PipelineError.self) { try other.run(to: folder.file("out")) }
    #expect(error?.description.contains("(bits was 4 and is 3)") == true)
    let text = try run(calibration: TinyLlama.calibration(seed: 4))
    let differs = #expect(throws: PipelineError.self) { try text.run(to: folder.file("out")) }
    #expect(differs?.description.contains("(the calibration tokens are others)") == true)
    try TinyLlama.write(to: folder.file("model"), seed: 2)
    let weights = try QuantizationRun(
      SourceModel(path: folder.file("model")), recipe: run().recipe, calibration: run().calibration,
      format: .gptq, version: "test")
    let changed = #expect(throws: PipelineError.self) { try weights.run(to: folder.file("out")) }
    #expect(changed?.description.contains("(the weights are others)") == true)
    var anew = other
    anew.resumes = false
    var resumed = false
    _ = try anew.run(to: folder.file("out")) { if case .resumed = $0 { resumed = true } }
    #expect(!resumed)
  }

  @Test("two runs on one output: the second is told, and the first is not disturbed")
  func locked() throws {
    var refused = 0
    _ = try run().run(to: folder.file("out")) { event in
      guard case .block = event else { return }
      do {
        _ = try run().run(to: folder.file("out"))
      } catch let error as PipelineError {
        if case .busy = error { refused += 1 }
      } catch {}
    }
    #expect(refused == 3)
    #expect(throws: Never.self) { try SafetensorsFile(path: folder.file("out/model.safetensors")) }
  }

  @Test("an output that is there is refused, or replaced whole")
  func replacing() throws {
    _ = try run().run(to: folder.file("out"))
    let error = #expect(throws: PipelineError.self) { try run().run(to: folder.file("out")) }
    #expect(error?.kind == .cannotWrite)
    var replacing = try run(.compressedTensors)
    replacing.replaces = true
    try "x".write(toFile: folder.file("out/stray"), atomically: true, encoding: .utf8)
    _ = try replacing.run(to: folder.file("out"))
    let contents = try TemporaryFolder.contents(folder.file("out"))
    #expect(contents["stray"] == nil && contents["config.json"] != nil)
    #expect(!FileManager.default.fileExists(atPath: folder.file(".out.nibble")))
  }

  @Test("an output that was set aside and not replaced yet is put back, by whatever comes next")
  func putBack() throws {
    let (out, work) = (folder.file("out"), folder.file(".out.nibble"))
    var other = try run(.compressedTensors)
    other.replaces = true
    _ = try run().run(to: out)
    let old = try TemporaryFolder.contents(out)
    let expected = folder.file("expected")
    _ = try run(.compressedTensors).run(to: expected)
    /// What a process leaves that is killed between the two renames.
    func setAside() throws {
      _ = try other.run(to: folder.file("elsewhere")) { event in
        guard case .writing = event else { return }
        try? FileManager.default.copyItem(
          atPath: folder.file(".elsewhere.nibble"), toPath: work)
      }
      try FileManager.default.moveItem(atPath: folder.file("elsewhere"), toPath: work + "/output")
      try FileManager.default.moveItem(atPath: out, toPath: work + "/replaced")
    }
    func told(_ job: QuantizationRun) -> (Bool, PipelineError?) {
      var isTold = false
      do throws(PipelineError) {
        _ = try job.run(to: out) { if case .putBack(out) = $0 { isTold = true } }
        return (isTold, nil)
      } catch {
        return (isTold, error)
      }
    }
    // A run that may not replace it, one of other settings, and one that begins anew.
    var anew = try run(.dequantized(.float32))
    anew.resumes = false
    for job in [try run(.compressedTensors), try run(.dequantized(.float32)), anew] {
      try setAside()
      let (isTold, error) = told(job)
      #expect(isTold && error?.kind == .cannotWrite)
      #expect(try TemporaryFolder.contents(out) == old)
      try? FileManager.default.removeItem(atPath: work)
    }
    // Nobody who only tidies up loses it either.
    try setAside()
    try QuantizationRun.finish(out)
    #expect(try TemporaryFolder.contents(out) == old)
    #expect(!FileManager.default.fileExists(atPath: work))
    // And the run itself goes on to its end.
    try setAside()
    let (isTold, error) = told(other)
    #expect(isTold && error == nil)
    #expect(try TemporaryFolder.contents(out) == TemporaryFolder.contents(expected))
    #expect(!FileManager.default.fileExists(atPath: work))
  }

  @Test("small shards hold the same tensors as one file, and the list says where")
  func shards() throws {
    _ = try run().run(to: folder.file("one"))
    var sharded = try run()
    sharded.shardSize = 30_000
    _ = try sharded.run(to: folder.file("several"))
    let (one, several) = (
      try Checkpoint(path: folder.file("one")), try Checkpoint(path: folder.file("several"))
    )
    #expect(several.files.count > 3)
    #expect(Set(one.names) == Set(several.names))
    for name in one.names { #expect(try one.bytes(named: name) == several.bytes(named: name)) }
  }

  @Test("what the source has and nobody quantizes is in the output bit for bit")
  func kept() throws {
    _ = try run(.dequantized(.float32)).run(to: folder.file("out"))
    let (before, after) = (
      try Checkpoint(path: folder.file("model")), try Checkpoint(path: folder.file("out"))
    )
    #expect(Set(before.names) == Set(after.names))
    for name in before.names where !name.contains("_proj") {
      #expect(try before.bytes(named: name) == after.bytes(named: name))
    }
    // And what is quantized computes what the copy in memory does.
    let (memory, _) = try source.model.quantized(
      run().recipe, calibration: TinyLlama.calibration())
    let written = try Transformer(path: folder.file("out"))
    let tokens = Array(0..<40)
    #expect(try written.logits(tokens) == memory.logits(tokens))
  }
}
