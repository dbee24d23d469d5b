import Foundation
import Glibc
import TestSupport
import Testing

/// By law: a run that cannot go on says why in one message, loses nothing and leaves nothing half-written.
@Suite("nibble quantize, disks and neighbours")
struct QuantizeFaultTests {
  @Test(
    "every step on the disk fails once: one message with the system's words, or the whole output")
  func everyStepFails() throws {
    let bench = try QuantizeBench(.gptq)
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(), .none).status == 0)
    let calls = disk.calls.filter { !$0.hasPrefix("unlink") && !$0.hasPrefix("rmdir") }
    var refused: Set<Substring> = []
    for step in calls.indices {
      bench.clear()
      let code = step.isMultiple(of: 2) ? ENOSPC : EIO
      let words = step.isMultiple(of: 2) ? "No space left on device" : "Input/output error"
      let run = try disk.run(bench.arguments(), .error(code, at: step + 1))
      let comment: Comment = "step \(step + 1), \(calls[step]), failed: \(run.errors)"
      #expect(!run.wasSignalled && bench.halves.isEmpty, "\(comment) \(bench.halves)")
      if run.status == 0 {
        // Names that might not outlive a power cut are no reason to stop.
        let folders = [bench.place, bench.work, bench.work + "/output"]
        #expect(folders.contains { calls[step] == "fsync " + $0 }, comment)
        #expect(try bench.contents() == expected, comment)
        continue
      }
      refused.insert(calls[step].prefix { $0 != " " })
      #expect(run.status == 73 && run.errors.contains(words), comment)
      #expect(run.errors.contains(bench.place + "/"), comment)
      let messages = run.errors.split(separator: "\n").count { $0.hasPrefix("nibble: ") }
      #expect(messages == 1, comment)
      if let found = try bench.contents() { #expect(found == expected, comment) }
      let again = try Nibble.run(bench.arguments())
      #expect(again.status == 0 || bench.names == ["out"], "\(comment) \(again.errors)")
      #expect(try bench.contents() == expected, comment)
    }
    #expect(refused.isSuperset(of: ["open", "write", "fsync", "rename", "renameat2", "mkdir"]))
  }

  @Test(
    "a disk that is full: 73, nothing half-written, and with room the same command goes on",
    .enabled(if: TinyDisk.isPossible, TinyDisk.reason), arguments: [8, 24, 40, 52])
  func fullDisk(kilobytes: Int) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let disk = try TinyDisk(in: folder, kilobytes: kilobytes)
    defer { disk.remove() }
    let bench = try QuantizeBench(.gptq, place: disk.path)
    defer { bench.folder.remove() }
    let full = try Nibble.run(bench.arguments())
    #expect(full.status == 73, "\(full.errors)")
    // What cannot do is told before any work; what might and does not, where it ends.
    let words = kilobytes < 30 ? "KiB are needed" : "No space left on device"
    #expect(full.errors.contains(words), "\(full.errors)")
    #expect(full.errors.contains(disk.path) && bench.halves.isEmpty, "\(bench.halves)")
    #expect(!bench.exists(bench.out))
    try disk.remount("size=8m")
    let run = try Nibble.run(bench.arguments())
    #expect(run.status == 0, "\(run.errors)")
    let found = try bench.contents()
    #expect(try found == bench.expected())
  }

  @Test(
    "a disk that may only be read: 73, and nothing is touched",
    .enabled(if: TinyDisk.isPossible, TinyDisk.reason), arguments: [false, true])
  func readOnly(isForced: Bool) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let disk = try TinyDisk(in: folder, kilobytes: 1024)
    defer { disk.remove() }
    let bench = try QuantizeBench(.gptq, place: disk.path)
    defer { bench.folder.remove() }
    if isForced {
      try FileManager.default.createDirectory(
        atPath: bench.out, withIntermediateDirectories: false)
      try Data("{}".utf8).write(to: URL(fileURLWithPath: bench.out + "/config.json"))
    }
    let before = try bench.contents()
    try disk.remount("ro")
    let run = try Nibble.run(bench.arguments(isForced ? ["--force"] : []))
    #expect(run.status == 73 && run.errors.contains("Read-only file system"), "\(run.errors)")
    #expect(try bench.contents() == before && bench.names == (isForced ? ["out"] : []))
  }

  @Test(
    "whatever stands where the work is to be kept is told once, and left alone",
    arguments: ["file", "dangling link", "link to a folder", "foreign folder", "pipe", "no lock"])
  func inTheWay(what: String) throws {
    let bench = try QuantizeBench(.gptq)
    defer { bench.folder.remove() }
    let files = FileManager.default
    let (work, elsewhere) = (bench.work, try bench.folder.folder("elsewhere"))
    try Data("mine".utf8).write(to: URL(fileURLWithPath: elsewhere + "/thesis.txt"))
    switch what {
    case "file": try Data("mine".utf8).write(to: URL(fileURLWithPath: work))
    case "dangling link":
      try files.createSymbolicLink(atPath: work, withDestinationPath: elsewhere + "/nothing")
    case "link to a folder":
      try files.createSymbolicLink(atPath: work, withDestinationPath: elsewhere)
    case "pipe": #expect(mkfifo(work, 0o600) == 0)
    case "foreign folder": try files.copyItem(atPath: elsewhere, toPath: work)
    default:
      try files.createDirectory(atPath: work + "/output", withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: work + "/output/thesis.txt"))
    }
    let before = try files.attributesOfItem(atPath: work)[.systemFileNumber] as? Int
    for more in [[], ["--no-resume"], ["--force"]] {
      let run = try Nibble.run(bench.arguments(more))
      #expect(run.status == 73, "\(more) \(run.errors)")
      #expect(run.errors.contains("stands where a run keeps its work"), "\(run.errors)")
      #expect(run.errors.contains(".out.nibble") && run.output == "")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
    #expect(try files.attributesOfItem(atPath: work)[.systemFileNumber] as? Int == before)
    #expect(bench.folder.names(in: "elsewhere") == ["thesis.txt"])
    if what == "foreign folder" {
      #expect(try bench.contents(work)?.keys.sorted() == ["thesis.txt"])
    }
    if what == "no lock" {
      #expect(try bench.contents(work + "/output")?.keys.sorted() == ["thesis.txt"])
    }
    #expect(!bench.exists(bench.out))
  }

  @Test("a folder of somebody's that is called as a removed work folder is left alone")
  func discarded() throws {
    let bench = try QuantizeBench(.gptq)
    defer { bench.folder.remove() }
    let foreign = bench.work + "-discarded"
    try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: foreign + "/thesis.txt"))
    let run = try Nibble.run(bench.arguments())
    #expect(run.status == 0, "\(run.errors)")
    #expect(try bench.contents(foreign)?.keys.sorted() == ["thesis.txt"])
    #expect(bench.names == [".out.nibble-discarded", "out"])
  }

  @Test("--force never costs the model itself, wherever the output is to be")
  func modelAndOutput() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let around = try folder.folder("around")
    let model = around + "/model"
    try FileManager.default.copyItem(atPath: TinyModels(in: folder).model("opt"), toPath: model)
    // What an output may be replaced for: it looks like a model.
    try Data("{}".utf8).write(to: URL(fileURLWithPath: around + "/config.json"))
    let before = try FileManager.default.subpathsOfDirectory(atPath: around).sorted()
    func run(_ out: String) throws -> Nibble.Run {
      try Nibble.run(
        "quantize", "--model", model, "--out", out, "--method", "rtn", "--group-size", "32",
        "--force")
    }
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: around)
    for (out, words) in [
      (around, "lies in it"), (link, "lies in it"), (around + "/", "lies in it"),
      (model, "this is the model itself"), (link + "/model", "this is the model itself"),
      (model + "/model.safetensors", "a file of the model itself"),
      (model + "/config.json", "a file of the model itself"),
    ] {
      let refused = try run(out)
      #expect(refused.status == 73 && refused.errors.contains(words), "\(out): \(refused.errors)")
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: around).sorted() == before)
    // Inside the model's folder there is room, and a second time it is replaced; the model stays.
    for _ in 0..<2 {
      let inside = try run(model + "/int4")
      #expect(inside.status == 0, "\(inside.errors)")
    }
    let after = try FileManager.default.subpathsOfDirectory(atPath: around)
    #expect(Set(before).isSubset(of: after))
    #expect(Set(after).subtracting(before).allSatisfy { $0.hasPrefix("model/int4") })
  }

  @Test(
    "two runs on one output, of every format: the second is told, the first ends as if alone",
    arguments: [QuantizeCase.all[0], QuantizeCase.all[5]])
  func twoRuns(_ test: QuantizeCase) throws {
    let bench = try QuantizeBench(test)
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let clock = ContinuousClock()
    var isBusy = false
    // Stopped as soon as its folder is there; where it was faster than the signal, once more.
    for _ in 0..<40 where !isBusy {
      bench.clear()
      let first = try LiveRun(bench.arguments(), in: bench.folder)
      let end = clock.now + .seconds(120)
      while !bench.exists(bench.work), !bench.exists(bench.out), clock.now < end { usleep(50) }
      first.send(SIGSTOP)
      let second = bench.exists(bench.out) ? nil : try Nibble.run(bench.arguments())
      first.send(SIGCONT)
      let last = first.end()
      if let second, second.errors.contains("another run is at work on this output") {
        isBusy = true
        #expect(second.status == 73)
        #expect(last.status == 0, "\(last.errors)")
        #expect(try bench.contents() == expected && bench.names == [test.output])
      }
    }
    #expect(isBusy)
  }

  @Test(
    "a model that no method fits is refused in words",
    arguments: [
      (["--method", "gguf:q4_0"], 64, "does not divide 24 input channels"),
      (["--method", "rtn", "--group-size", "32"], 64, "group size 32 does not divide 24"),
      (
        ["--method", "rtn", "--bits", "4", "--group-size", "8", "--format", "gptq"], 64,
        "multiples of 32"
      ),
      (["--format", "gguf:q4_k_m"], 65, "llama.cpp has no OPT"),
    ] as [([String], Int32, String)])
  func noMethodFits(_ options: [String], _ status: Int32, _ words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try Self.narrowOPT(in: folder)
    let run = try Nibble.run(
      ["quantize", "--model", model, "--out", folder.path + "/out"] + options)
    #expect(run.status == status && run.errors.contains(words), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").last?.hasPrefix("nibble: ") == true)
    #expect(!folder.names().contains("out") && !folder.names().contains(".out.nibble"))
  }

  /// An OPT of zeros that is 24 wide: a number that no block format's blocks divide.
  private static func narrowOPT(in folder: TemporaryFolder) throws -> String {
    let (width, inner, vocabulary) = (24, 48, 96)
    var shapes: [(String, [Int])] = [
      ("model.decoder.embed_tokens.weight", [vocabulary, width]),
      ("model.decoder.embed_positions.weight", [42, width]),
      ("model.decoder.final_layer_norm.weight", [width]),
      ("model.decoder.final_layer_norm.bias", [width]),
    ]
    for name in ["self_attn_layer_norm", "final_layer_norm"] {
      shapes += ["weight", "bias"].map { ("model.decoder.layers.0.\(name).\($0)", [width]) }
    }
    for name in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"] {
      shapes.append(("model.decoder.layers.0.\(name).weight", [width, width]))
      shapes.append(("model.decoder.layers.0.\(name).bias", [width]))
    }
    shapes += [
      ("model.decoder.layers.0.fc1.weight", [inner, width]),
      ("model.decoder.layers.0.fc1.bias", [inner]),
      ("model.decoder.layers.0.fc2.weight", [width, inner]),
      ("model.decoder.layers.0.fc2.bias", [width]),
    ]
    _ = try folder.safetensors(
      "narrow/model.safetensors",
      shapes.map { ($0.0, $0.1, [Float](repeating: 0.5, count: $0.1.reduce(1, *))) })
    _ = try folder.file(
      "narrow/config.json",
      text: """
        {"model_type": "opt", "activation_function": "relu", "do_layer_norm_before": true, "ffn_dim": \(inner),
         "hidden_size": \(width), "max_position_embeddings": 40, "num_attention_heads": 4, "num_hidden_layers": 1,
         "vocab_size": \(vocabulary), "word_embed_proj_dim": \(width), "bos_token_id": 2, "eos_token_id": 2}
        """)
    return folder.path + "/narrow"
  }
}
