import Foundation
import Glibc
import TestSupport
import Testing

/// By law, on tiny random models: the same bytes whatever happens, and one clear message where it cannot be.
@Suite("nibble quantize")
struct QuantizeTests {
  private let folder: TemporaryFolder
  private let model: String
  private let text: String

  init() throws {
    folder = try TemporaryFolder()
    model = try TinyModels(in: folder).model("opt")
    let words = (0..<400).map { "word\($0 * 7919 % 997) and\($0 % 13)" }
    text = try folder.file("text.txt", text: words.joined(separator: " "))
  }

  private func arguments(_ out: String, _ more: String...) -> [String] {
    [
      "quantize", "--model", model, "--out", out, "--method", "gptq", "--bits", "4",
      "--group-size", "32", "--symmetric", "--calibration", text, "--samples", "12",
      "--sequence-length", "32", "--format", "gptq",
    ] + more
  }

  /// Every file of a folder by its name.
  private func contents(_ path: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }
    return found
  }

  @Test("a folder with weights, configuration and tokenizer, a report, a log, and nothing besides")
  func whole() throws {
    defer { folder.remove() }
    let (out, log) = (folder.path + "/out", folder.path + "/log.csv")
    let run = try Nibble.run(arguments(out, "--log", log, "--json"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      Set(try contents(out).keys) == [
        "config.json", "model.safetensors", "tokenizer.json", "nibble-quantization.json",
      ])
    let report = try run.json()
    #expect(report["schema"] as? Int == 1 && report["method"] as? String == "gptq")
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.count == 12)
    #expect(layers.allSatisfy { ($0["outputError"] as? Double ?? -1) > 0 })
    let error = try #require(report["relativeOutputError"] as? Double)
    #expect(error < report["relativeOutputErrorRTN"] as? Double ?? 0)
    // By hand: 32 outputs and 32 inputs: 4 + 16/32 + 4/32 for a group, 32/32 for its numbers.
    #expect(layers[0]["bitsPerWeight"] as? Double == 5.625)
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 13 && lines[0].hasPrefix("layer,block,role,outputs,inputs,settings"))
    #expect(run.errors.contains("calibration: 12 sequences of 32 tokens from text.txt"))
    #expect(run.errors.contains("the first begins: "))
    #expect(run.errors.contains("block 2 of 2"))
    // The other commands open it.
    let generated = try Nibble.run(
      "generate", "--model", out, "--prompt", "ab", "--max-tokens", "3", "--temperature", "0")
    #expect(generated.status == 0, "\(generated.errors)")
    let judged = try Nibble.run(
      "eval", "--model", out, "--against", model, "--text", text, "--protocol", "gptq-32",
      "--limit", "400", "--json")
    #expect(judged.status == 0, "\(judged.errors)")
    #expect(((try judged.json()["klDivergence"] as? [String: Any])?["mean"] as? Double ?? 0) > 0)
  }

  @Test("an interrupted run of other settings is refused, naming the difference")
  func otherSettings() throws {
    let bench = try QuantizeBench(.gptq)
    defer {
      bench.folder.remove()
      folder.remove()
    }
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(), .none).status == 0)
    let second = try disk.step(naming: ".nibble/block-1.safetensors")
    bench.clear()
    #expect(try disk.run(bench.arguments(), .death(at: second)).wasSignalled)
    let other = try Nibble.run(bench.arguments(["--damping", "0.02"]))
    #expect(other.status == 73)
    #expect(other.errors.contains("(damping was not given and is 0.02)"), "\(other.errors)")
    let shared = try Nibble.run(bench.arguments(["--target-bits", "4.5"]))
    #expect(shared.status == 73 && shared.errors.contains("widths was not given and is 2,3,4,8"))
    let file = try Nibble.run(
      "quantize", "--model", TinyModels(in: folder).model("llama"), "--out", bench.out, "--format",
      "gguf:q8_0")
    #expect(file.status == 73 && file.errors.contains("format was gptq and is gguf:q8_0"))
    let anew = try Nibble.run(bench.arguments(["--damping", "0.02", "--no-resume"]))
    #expect(anew.status == 0 && !anew.errors.contains("going on"), "\(anew.errors)")
    #expect(bench.names == ["out"])
  }

  /// Where a run is stopped, and what is said then.
  struct Stop: Sendable, CustomTestStringConvertible {
    let before: String
    var options: [String] = []
    let words: String
    var testDescription: String { "\(before) \(options.joined(separator: " "))" }
  }

  @Test(
    "stopped, it says what is kept and which command goes on with it",
    arguments: [
      Stop(before: "block-0.safetensors", words: "nothing is done yet that could be kept"),
      Stop(
        before: "block-1.safetensors",
        words: "kept: 1 of 2 blocks; the same command goes on from there"
      ),
      Stop(
        before: "block-1.safetensors", options: ["--no-resume"],
        words: "kept: 1 of 2 blocks; the same command without --no-resume goes on from there"),
      Stop(
        before: "block-0.safetensors", options: ["--fold", "rotation"],
        words: "kept: the folded model; the same command goes on from there"),
      Stop(
        before: "block-0.safetensors", options: ["--target-bits", "6", "--widths", "3,4,8"],
        words:
          "kept: what the layers of 2 of 2 blocks lose at each width; the same command goes on from there"
      ),
    ])
  func stopped(_ stop: Stop) throws {
    let bench = try QuantizeBench(.gptq)
    defer {
      bench.folder.remove()
      folder.remove()
    }
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(stop.options), .none).status == 0)
    let expected = try bench.contents()
    let step = try disk.step(naming: ".nibble/" + stop.before)
    bench.clear()
    let live = try LiveRun(
      bench.arguments(stop.options), in: bench.folder,
      environment: disk.environment(.pause(at: step)))
    try #require(disk.waitUntilPaused())
    live.send(SIGINT)
    let run = live.end()
    #expect(run.status == 130 && !run.wasSignalled)
    #expect(run.errors.hasSuffix("\n\(stop.words)\n\nnibble: stopped\n"), "\(run.errors)")
    let again = try Nibble.run(bench.arguments(stop.options.filter { $0 != "--no-resume" }))
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("by an earlier run") == stop.words.contains(" of 2 blocks"))
    #expect(try bench.contents() == expected && bench.names == ["out"])
  }

  @Test("a GGUF file that is given up leaves nothing behind")
  func stoppedFile() throws {
    let bench = try QuantizeBench(QuantizeCase.all[5])
    defer {
      bench.folder.remove()
      folder.remove()
    }
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(), .none).status == 0)
    let step = try disk.step(naming: "output.gguf")
    bench.clear()
    let live = try LiveRun(
      bench.arguments(), in: bench.folder, environment: disk.environment(.pause(at: step)))
    try #require(disk.waitUntilPaused())
    #expect(!bench.halves.isEmpty)
    live.send(SIGTERM)
    let run = live.end()
    #expect(run.status == 130 && run.errors.hasSuffix("\nnibble: stopped\n"), "\(run.errors)")
    #expect(bench.names.isEmpty)
  }

  @Test("an output that exists, a model's own folder, a folder that cannot be written: 73")
  func outputs() throws {
    defer { folder.remove() }
    let there = try folder.folder("there")
    #expect(try Nibble.run(arguments(there)).status == 73)
    #expect(folder.names(in: "there").isEmpty)
    #expect(try Nibble.run(arguments(model, "--force")).status == 73)
    let file = try folder.file("file", text: "x")
    #expect(try Nibble.run(arguments(file + "/out")).status == 73)
    #expect(try Nibble.run(arguments(there, "--force")).status == 0)
    #expect(folder.names(in: "there").contains("model.safetensors"))
  }

  @Test(
    "a full disk: one message, nothing half-written under the output's name, and the work is kept")
  func fileSizeLimit() throws {
    defer { folder.remove() }
    // 16 blocks of 512 bytes: less than the output's weights, as a full disk would be.
    let line = arguments(folder.path + "/out").map { "'\($0)'" }.joined(separator: " ")
    let run = try Nibble.shell("trap '' XFSZ; ulimit -f 8; exec \"$NIBBLE\" \(line)")
    #expect(run.status == 73, "\(run.status) \(run.errors)")
    #expect(run.errors.contains("cannot be written"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
    #expect(try Nibble.run(arguments(folder.path + "/out")).status == 0)
  }

  @Test(
    "what makes no sense is a usage error with the way out",
    arguments: [
      (["--method", "gptq"], "calibration"), (["--method", "gtpq"], "did you mean 'gptq'?"),
      (["--method", "rtn", "--alpha", "0.5"], "rtn does not use alpha"),
      (["--method", "rtn", "--keep", "*.down_proj"], "matches no layer"),
      (["--method", "rtn", "--keep", "*"], "nothing to quantize"),
      (["--method", "rtn", "--format", "ggml"], "there is no format 'ggml'"),
      (["--format", "gguf"], "there is no GGUF mixture 'gguf'"),
      (["--format", "gguf:q4_k"], "did you mean gguf:q4_k_"),
      (["--method", "rtn", "--format", "gguf:q4_k_m"], "leave out --method"),
      (["--format", "gguf:q8_0", "--target-bits", "4"], "leave out --target-bits"),
      (["--method", "nf4", "--group-size", "32", "--format", "gptq"], "dequantized"),
      (["--method", "rtn", "--group-size", "48"], "group size 48 does not divide 32"),
      ([], "--method or --recipe"), (["--method", "rtn", "--recipe", "r.yaml"], "one of the two"),
      (["--method", "rtn", "--samples", "4"], "go with --calibration"),
      (["--method", "rtn", "--log", "log.txt"], ".csv or .json"),
    ] as [([String], String)])
  func usage(_ options: [String], _ message: String) throws {
    defer { folder.remove() }
    let run = try Nibble.run(
      ["quantize", "--model", model, "--out", folder.path + "/out"] + options)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
  }

  @Test("what is not there or broken: 66 and 65")
  func inputs() throws {
    defer { folder.remove() }
    let out = folder.path + "/out"
    func status(_ arguments: [String]) throws -> Int32 {
      try Nibble.run(["quantize", "--out", out] + arguments).status
    }
    #expect(try status(["--model", folder.path + "/none", "--method", "rtn"]) == 66)
    let plain = ["--model", model, "--group-size", "32", "--method"]
    #expect(try status(plain + ["gptq", "--calibration", "none.txt"]) == 66)
    #expect(try status(plain + ["gptq", "--calibration", folder.file("empty.txt", [])]) == 65)
    #expect(
      try status(plain + ["gptq", "--calibration", folder.file("ids.json", text: "{}")]) == 65)
    for (name, ids, words) in [
      (
        "far", "[1, 2, 5000]",
        "far.json: the id 5000 at position 2 is not in the model's vocabulary, 0 to 95"
      ),
      ("negative", "[[1, 2], [3, -4]]", "negative.json: list 2: the id -4 at position 1 is not in"),
      ("empty", "[[1, 2], []]", "empty.json: list 2: there are no token ids in it"),
      ("nothing", "[]", "nothing.json: token ids are a list of whole numbers"),
      ("texts", "[\"a\"]", "texts.json: token ids are a list of whole numbers"),
      ("broken", "[[1, 2], [3", "broken.json: token ids are a list of whole numbers"),
      (
        "long", "[[1], [\((0..<41).map(String.init).joined(separator: ","))]]",
        "long.json: list 2: 41 token ids are more than the model's 40 positions"
      ),
    ] {
      let file = try folder.file(name + ".json", text: ids)
      let run = try Nibble.run(
        ["quantize", "--out", out] + plain + ["gptq", "--calibration", file])
      #expect(run.status == 65 && run.errors.contains(words), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
    #expect(
      try status(["--model", model, "--recipe", folder.file("r.yaml", text: "method: [")]) == 65)
  }

  @Test("a recipe says the same as options, and more")
  func recipes() throws {
    defer { folder.remove() }
    let recipe = try folder.file(
      "recipe.yaml",
      text: """
        method: gptq
        bits: 4
        group-size: 32
        symmetric: true
        layers:
          - match: "*.0.*"
            keep: true
          - match: "*.fc2"
            bits: 8

        """)
    let out = folder.path + "/out"
    let run = try Nibble.run(
      "quantize", "--model", model, "--out", out, "--recipe", recipe, "--calibration", text,
      "--samples", "12", "--sequence-length", "32", "--format", "compressed-tensors", "--json")
    #expect(run.status == 0, "\(run.errors)")
    let layers = try #require(try run.json()["layers"] as? [[String: Any]])
    #expect(layers.count == 6)
    let last = try #require(layers.last)
    #expect(last["name"] as? String == "model.decoder.layers.1.fc2")
    #expect(last["settings"] as? String == "gptq bits 8 group-size 32 symmetric true")
    let mixed = try Nibble.run(
      "quantize", "--model", model, "--out", out, "--recipe", recipe, "--bits", "4")
    #expect(mixed.status == 64)
  }

  @Test("token ids instead of a text, for a model without a tokenizer")
  func tokenIDs() throws {
    defer { folder.remove() }
    let alone = try TinyModels(in: folder).model("llama", withTokenizer: false)
    let lists = (0..<6).map { row in (0..<40).map { ($0 * 31 + row * 7) % 96 } }
    let ids = try folder.file("ids.json", text: "\(lists)")
    let run = try Nibble.run(
      "quantize", "--model", alone, "--out", folder.path + "/out", "--method", "awq",
      "--group-size", "16", "--calibration", ids, "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.json()["format"] as? String == "dequantized")
    #expect(run.errors.contains("calibration: 6 sequences of 40 tokens from ids.json"))
  }

  @Test(
    "several lists of token ids are taken as they are; longer ones are cut where a length is given")
  func listsCut() throws {
    defer { folder.remove() }
    let lists = [12, 20, 33, 40, 57].map { count in (0..<count).map { ($0 * 31 + count) % 96 } }
    let ids = try folder.file("ids.json", text: "\(lists)")
    func quantize(_ out: String, _ ids: String, _ more: String...) throws -> Nibble.Run {
      try Nibble.run(
        [
          "quantize", "--model", model, "--out", folder.path + "/" + out, "--method", "gptq",
          "--group-size", "32", "--calibration", ids, "--json",
        ] + more)
    }
    // The last has more tokens than the model positions.
    let whole = try quantize("whole", ids)
    #expect(whole.status == 65, "\(whole.errors)")
    #expect(whole.errors.contains("list 5: 57 token ids are more than the model's 40 positions"))
    #expect(whole.errors.contains("cut it with --sequence-length"))
    let cut = try quantize("cut", ids, "--sequence-length", "20")
    #expect(cut.status == 0, "\(cut.errors)")
    #expect(
      cut.errors.contains(
        "--sequence-length 20: 3 of 5 lists in \(ids) are longer, and cut to their first 20 tokens")
    )
    #expect(cut.errors.contains("calibration: 5 sequences of 12 to 20 tokens from ids.json"))
    // By law: the same weights as from lists that were cut before, here to 12 + 4 · 20 tokens.
    let short = try folder.file("short.json", text: "\(lists.map { Array($0.prefix(20)) })")
    let before = try quantize("before", short)
    #expect(before.status == 0 && !before.errors.contains("cut"), "\(before.errors)")
    let layers = try #require(try cut.json()["layers"] as? [[String: Any]])
    #expect(layers.allSatisfy { $0["tokens"] as? Int == 92 })
    #expect(
      try contents(folder.path + "/cut")["model.safetensors"]
        == contents(folder.path + "/before")["model.safetensors"])
    let begun = try quantize("begun", short, "--bos")
    #expect(begun.status == 64 && begun.errors.contains("put the beginning token into"))
  }

  @Test("a GGUF file, with an imatrix from a calibration: its tensors, its types, and it runs")
  func gguf() throws {
    defer { folder.remove() }
    let llama = try TinyModels(in: folder).model("llama")
    let (out, log) = (folder.path + "/out.gguf", folder.path + "/log.csv")
    let run = try Nibble.run(
      "quantize", "--model", llama, "--out", out, "--format", "gguf:q8_0", "--calibration", text,
      "--samples", "4", "--sequence-length", "32", "--log", log, "--json")
    #expect(run.status == 0, "\(run.errors)")
    let report = try run.json()
    #expect(report["method"] as? String == "gguf:q8_0")
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.allSatisfy { ($0["weightError"] as? Double ?? -1) > 0 })
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == layers.count + 1)
    // The other commands open it, and it is near the model.
    let judged = try Nibble.run(
      "eval", "--model", out, "--against", llama, "--text", text, "--protocol", "gptq-32",
      "--limit", "400", "--json")
    #expect(judged.status == 0, "\(judged.errors)")
    let divergence = try #require(
      (try judged.json()["klDivergence"] as? [String: Any])?["mean"] as? Double)
    #expect(divergence > 0 && divergence < 0.01)
    #expect(
      try Nibble.run("quantize", "--model", llama, "--out", out, "--format", "gguf:q8_0").status
        == 73)
    // A folder where the name does not end so; a plan where nothing is to be written.
    let inFolder = folder.path + "/folder"
    #expect(
      try Nibble.run("quantize", "--model", llama, "--out", inFolder, "--format", "gguf:f16").status
        == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: inFolder) == ["model.gguf"])
    let dry = try Nibble.run(
      "quantize", "--model", llama, "--format", "gguf:q4_0", "--dry-run", "--json")
    let tensors = try #require(try dry.json()["tensors"] as? [[String: Any]])
    #expect(tensors.contains { $0["type"] as? String == "q4_0" })
    // And what llama.cpp does not know is refused with the reason.
    let opt = try Nibble.run(
      "quantize", "--model", model, "--out", folder.path + "/opt.gguf", "--format", "gguf:q8_0")
    #expect(opt.status == 65 && opt.errors.contains("llama.cpp has no OPT"), "\(opt.errors)")
  }

  @Test("plain numbers have the model's own type unless another is asked for, and do not grow")
  func ownType() throws {
    defer { folder.remove() }
    let shipped = TestFiles.tests.deletingLastPathComponent()
      .appendingPathComponent("Datasets/models/llama").path
    func run(_ out: String, _ more: String...) throws -> [String: Any] {
      let run = try Nibble.run(
        [
          "quantize", "--model", shipped, "--out", folder.path + "/" + out, "--method", "rtn",
          "--json",
        ]
          + more)
      #expect(run.status == 0, "\(run.errors)")
      return try run.json()
    }
    let own = try run("own")
    let (before, after) = (own["bytesBefore"] as? Int ?? 0, own["bytesAfter"] as? Int ?? 0)
    // The header's names are the same; their order, and so the padding, may differ.
    #expect(abs(after - before) < 4096, "\(before) \(after)")
    let wide = try run("wide", "--dtype", "float32")
    #expect(wide["bytesAfter"] as? Int ?? 0 > before * 3 / 2)
    // Rounding to bfloat16 adds nothing to speak of to the error of four bits.
    func errors(_ report: [String: Any]) -> Double {
      (report["layers"] as? [[String: Any]] ?? []).reduce(0) {
        $0 + ($1["weightError"] as? Double ?? 0)
      }
    }
    #expect(abs(errors(own) - errors(wide)) < 0.001 * errors(wide))
  }

  @Test("--dry-run and plan say what it takes, and make nothing")
  func planning() throws {
    defer { folder.remove() }
    let dry = try Nibble.run(arguments(folder.path + "/out", "--dry-run", "--json"))
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
    let report = try dry.json()
    #expect((report["layers"] as? [Any])?.count == 12)
    let known = try Nibble.run(
      "plan", "--config", "llama-3-70b", "--method", "gptq", "--bits", "4", "--format", "gptq",
      "--json")
    #expect(known.status == 0, "\(known.errors)")
    let plan = try known.json()
    #expect(plan["parameters"] as? Int == 70_553_706_496)
    #expect((plan["bytesAfter"] as? Int ?? 0) < 45_000_000_000)
    #expect((plan["seconds"] as? Double ?? 0) > 1000)
    let folderPlan = try Nibble.run(
      "plan", "--config", model, "--method", "rtn", "--group-size", "32")
    #expect(folderPlan.status == 0 && folderPlan.output.contains("bits per weight"))
    #expect(folderPlan.output.contains("without calibration: output errors are not measured"))
    #expect(try Nibble.run("plan", "--config", "llama-9", "--method", "rtn").status == 66)
  }

  @Test("stages before the method: told, in the report, and another model with the same logits")
  func folding() throws {
    defer { folder.remove() }
    let (out, page) = (folder.path + "/out", folder.path + "/page.html")
    let run = try Nibble.run(
      "quantize", "--model", model, "--out", out, "--fold", "rotation", "--fold", "awq", "--method",
      "gptq", "--bits", "8", "--group-size", "32", "--calibration", text, "--samples", "12",
      "--sequence-length", "32", "--report", page, "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("rotation: ") && run.errors.contains("awq: "))
    let stages = try #require(try run.json()["stages"] as? [[String: Any]])
    #expect(stages.map { $0["stage"] as? String } == ["rotation", "awq"])
    for stage in stages { #expect((stage["logitChange"] as? Double ?? 1) < 0.01) }
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(
      html.contains("rotation, then awq, then gptq") && html.contains("Folded into the model first")
    )
    let judged = try Nibble.run(
      "eval", "--model", out, "--against", model, "--text", text, "--protocol", "gptq-32",
      "--limit", "400", "--json")
    // Eight bits: next to nothing but what turned tables lose in the checkpoint's own type.
    let divergence = try judged.json()["klDivergence"] as? [String: Any]
    #expect((divergence?["mean"] as? Double ?? 1) < 0.01, "\(judged.output)")
    // The same as a recipe, and another method's α beside it.
    let recipe = try folder.file(
      "recipe.yaml",
      text: """
        method: gptq
        bits: 8
        group-size: 32
        stages: [rotation, {fold: awq}]

        """)
    let again = try Nibble.run(
      "quantize", "--model", model, "--out", folder.path + "/again", "--recipe", recipe,
      "--calibration", text, "--samples", "12", "--sequence-length", "32")
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      try contents(out)["model.safetensors"]
        == contents(folder.path + "/again")["model.safetensors"])
  }

  @Test(
    "stages and memory that make no sense are usage errors with the way out",
    arguments: [
      (["--fold", "smothquant"], "use one of rotation, smoothquant, awq"),
      (["--fold", "awq", "--fold", "rotation"], "put rotation first"),
      (["--fold", "awq", "--fold", "awq"], "is there twice"),
      (["--fold", "smoothquant", "--fold", "awq", "--alpha", "0.5"], "say which in a recipe"),
      (["--fold", "rotation", "--alpha", "0.5"], "gptq does not use alpha"),
      (["--memory", "10KB"], "--memory allows 9.8 KiB; use fewer --samples"),
      (["--memory", "lots"], "is invalid for '--memory"),
    ] as [([String], String)])
  func stageUsage(_ options: [String], _ message: String) throws {
    defer { folder.remove() }
    let run = try Nibble.run(arguments(folder.path + "/out") + options)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
  }

  @Test(
    "what a recipe says wrong is found as it is read, is told with its place, and is 65: a file's fault",
    arguments: [
      ("groupsize: 32", "recipe.yaml: there is no key 'groupsize'; did you mean 'group-size'?"),
      ("bits: 9", "recipe.yaml: bits is 9; expected a whole number from 1 to 8"),
      ("order: any", "recipe.yaml: order is 'any'; expected block, true-sequential"),
      ("damping: 0.1", "recipe.yaml: rtn does not use damping"),
      ("layers: [{match: '*', keeps: true}]", "recipe.yaml: layers[0]: there is no key 'keeps'"),
      (
        "layers: [{match: '*', method: gtpq}]",
        "layers[0]: there is no method 'gtpq'; did you mean 'gptq'?"
      ),
      ("layers: [{match: '*.fc3', bits: 8}]", "recipe.yaml: the pattern '*.fc3' matches no layer"),
      ("layers: [{match: '*', keep: true}]", "recipe.yaml: every layer is kept as it is"),
      ("stages: rotation", "recipe.yaml: stages is 'rotation'; expected a list"),
      ("stages: [rotatoin]", "recipe.yaml: stages[0]: there is no stage 'rotatoin'"),
      (
        "stages: [{fold: awq, alfa: 0.5}]",
        "stages[0]: there is no key 'alfa'; did you mean 'alpha'?"
      ),
      ("stages: [{fold: awq, alpha: 7}]", "stages[0]: the stage awq takes an alpha from 0 to 1"),
      ("stages: [awq, rotation]", "recipe.yaml: stages: the stage rotation folds"),
    ])
  func recipeWords(_ line: String, _ message: String) throws {
    defer { folder.remove() }
    let recipe = try folder.file("recipe.yaml", text: "method: rtn\ngroup-size: 16\n\(line)\n")
    for more in [
      ["--calibration", text, "--samples", "4", "--sequence-length", "16"], ["--dry-run"],
    ] {
      let run = try Nibble.run(
        ["quantize", "--model", model, "--out", folder.path + "/out", "--recipe", recipe] + more)
      #expect(run.status == 65 && run.errors.contains(message), "\(run.errors)")
      // Before anything was read or measured.
      #expect(run.errors.split(separator: "\n").count == 1 && run.output == "", "\(run.errors)")
    }
    #expect(!folder.names().contains("out") && !folder.names().contains(".out.nibble"))
  }

  @Test(
    "the method after a rotation is found as it is read, in a recipe and on the command line",
    arguments: [
      (["then": "nosuch"], "there is no method 'nosuch'"),
      (["then": "gtpq"], "there is no method 'gtpq'; did you mean 'gptq'?"),
      (["then": "rotation"], "rotation cannot be followed by rotation"),
      (["then": "rtn", "damping": "0.1"], "rtn does not use damping"),
    ] as [([String: String], String)])
  func thenNoSuch(_ options: [String: String], _ message: String) throws {
    defer { folder.remove() }
    let lines = options.map { "\($0.key): \($0.value)\n" }.joined()
    let recipe = try folder.file("recipe.yaml", text: "method: rotation\n\(lines)")
    let model = ["quantize", "--model", model, "--out", folder.path + "/out"]
    let read = try Nibble.run(
      model + [
        "--recipe", recipe, "--calibration", text, "--samples", "4", "--sequence-length", "16",
      ])
    #expect(read.status == 65 && read.errors.contains("recipe.yaml: " + message), "\(read.errors)")
    #expect(read.errors.split(separator: "\n").count == 1, "\(read.errors)")
    let typed = try Nibble.run(
      model + ["--method", "rotation", "--calibration", text]
        + options.flatMap { ["--" + $0.key, $0.value] })
    #expect(typed.status == 64 && typed.errors.contains(message), "\(typed.errors)")
    #expect(typed.errors.split(separator: "\n").count == 1, "\(typed.errors)")
  }

  @Test("a report without a perplexity says why, and how to come by one")
  func withoutPerplexity() throws {
    defer { folder.remove() }
    let (out, page) = (folder.path + "/out", folder.path + "/page.html")
    let lists = try folder.file(
      "ids.json", text: "\((0..<4).map { row in (0..<20).map { $0 + row } })")
    func run(_ more: String..., format: String = "dequantized") throws -> (String, [String: Any]) {
      let model = format == "dequantized" ? model : try TinyModels(in: folder).model("llama")
      let method = format == "dequantized" ? ["--method", "rtn", "--group-size", "32"] : []
      let run = try Nibble.run(
        [
          "quantize", "--model", model, "--out", out, "--force", "--report", page, "--format",
          format,
        ]
          + method + more + ["--json"])
      #expect(run.status == 0, "\(run.errors)")
      return (try String(contentsOfFile: page, encoding: .utf8), try run.json())
    }
    let all = ["--calibration", text, "--samples", "100000", "--sequence-length", "32"]
    let some = ["--calibration", text, "--samples", "4", "--sequence-length", "32"]
    for format in ["dequantized", "gguf:q8_0"] {
      let (html, report) = try run(all[0], all[1], all[2], all[3], all[4], all[5], format: format)
      let words = try #require(report["qualityMissing"] as? String)
      #expect(report["quality"] == nil)
      #expect(words.hasPrefix("all that text.txt has was drawn for calibration (sequences: "))
      #expect(words.contains("give a longer text or fewer --samples, or measure on another text: "))
      #expect(
        words.contains("nibble eval --model \(out) --against /") && words.hasSuffix(" --text FILE"))
      #expect(html.contains("No perplexity was measured: all that text.txt has was drawn"))
      let (measured, full) = try run(
        some[0], some[1], some[2], some[3], some[4], some[5], format: format)
      #expect(full["qualityMissing"] == nil && !measured.contains("No perplexity"))
      #expect((full["quality"] as? [String: Any])?["perplexityBefore"] as? Double ?? 0 > 1)
      let (bare, none) = try run(format: format)
      #expect((none["qualityMissing"] as? String)?.hasPrefix("there is no --calibration") == true)
      #expect(bare.contains("No perplexity was measured: there is no --calibration"))
    }
    let (_, listed) = try run("--calibration", lists)
    #expect((listed["qualityMissing"] as? String)?.hasPrefix("all that ids.json has") == true)
    // And on a terminal's lines; where no report was asked for, nobody misses it.
    let line = try Nibble.run(
      "quantize", "--model", model, "--out", out, "--force", "--report", page, "--method", "rtn",
      "--group-size", "32", "--force")
    #expect(line.output.contains("\n  no perplexity: there is no --calibration, whose text"))
    let plain = try Nibble.run(
      "quantize", "--model", model, "--out", out, "--force", "--method", "rtn", "--group-size", "32"
    )
    #expect(plain.status == 0 && !plain.output.contains("no perplexity"))
  }

  @Test(
    "models that cannot be: other architectures, norms after the layers under a stage, missing shards"
  )
  func models() throws {
    defer { folder.remove() }
    func run(_ model: String, _ more: String...) throws -> Nibble.Run {
      try Nibble.run(
        ["quantize", "--model", model, "--out", folder.path + "/out", "--force", "--method", "rtn"]
          + more)
    }
    let models = TinyModels(in: folder)
    let other = try models.model("llama", configured: ["model_type": "bert"])
    let strange = try run(other)
    #expect(strange.status == 65 && strange.errors.contains("\"model_type\" is \"bert\""))
    let after = try models.model("opt-post-norm")
    let folded = try run(after, "--fold", "rotation", "--group-size", "32")
    #expect(folded.status == 64 && folded.errors.contains("post-norm"), "\(folded.errors)")
    #expect(try run(after, "--group-size", "32").status == 0)
    let sharded = try folder.folder("sharded")
    for (from, to) in [("config.json", "config.json"), ("model.safetensors", "a.safetensors")] {
      try FileManager.default.copyItem(atPath: "\(model)/\(from)", toPath: "\(sharded)/\(to)")
    }
    _ = try folder.file(
      "sharded/model.safetensors.index.json",
      text: "{\"weight_map\": {\"a\": \"a.safetensors\", \"b\": \"b.safetensors\"}}")
    let missing = try run(sharded)
    #expect(missing.status == 66 && missing.errors.contains("\"b.safetensors\" is not there"))
  }

  @Test("a folder that nobody may write into: 73, with the system's reason")
  func notWritable() throws {
    defer { folder.remove() }
    let run = try Nibble.run(arguments("/proc/nibble-out"))
    #expect(run.status == 73 && run.errors.contains("/proc"), "\(run.status) \(run.errors)")
  }

  @Test("less memory, the same bytes")
  func memory() throws {
    defer { folder.remove() }
    // Of a method that keeps its inputs, all of a block's are there at once unless its layers are taken in turn: in turn
    // by a limit just below what it takes otherwise, as the command says itself.
    func asked(_ out: String, _ more: String...) -> [String] {
      var line = arguments(folder.path + "/" + out) + more
      if let place = line.firstIndex(of: "--method") { line[place + 1] = "gptaq" }
      return line
    }
    func plan(_ more: String...) throws -> [String: Any] {
      try Nibble.run(asked("tight", "--dry-run", "--json") + more).json()
    }
    let whole = folder.path + "/whole"
    #expect(try Nibble.run(asked("whole")).status == 0)
    let most = try #require(try plan()["peakBytes"] as? Double)
    let limit = "\(Int(most) - 1)"
    let turned = try plan("--memory", limit)
    #expect(turned["measuresInTurn"] as? Bool == true)
    #expect(turned["peakBytes"] as? Double ?? most < most)
    let run = try Nibble.run(asked("tight", "--memory", limit))
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      try contents(folder.path + "/tight")["model.safetensors"]
        == contents(whole)["model.safetensors"])
  }
}
