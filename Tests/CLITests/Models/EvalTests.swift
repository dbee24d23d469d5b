import Foundation
import TestSupport
import Testing

/// By another framework: figures computed here, in double precision, from transformers' logits.
@Suite("nibble eval")
struct EvalTests {
  /// What the contract promises.
  private static let promised: Set = [
    "schema", "protocol", "tokens", "perplexity", "standardError", "tokensPerSecond", "peakBytes",
    "bitsPerWeight", "partial",
  ]

  /// −ln p of each token of a window that counts.
  private static func losses(_ logits: [[Float]], _ ids: [Int], from first: Int = 1) -> [Double] {
    (first..<ids.count).map { -TinyModels.logProbabilities(logits[$0 - 1])[ids[$0]] }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  @Test("perplexity and its error, by protocol gptq-N", arguments: ["llama", "gpt2"])
  func perplexity(name: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model(name)
    let expected = try TinyModels.expected(name)
    let file = try folder.file("text.txt", text: TinyModels.text(expected.ids))
    let run = try Nibble.run(
      "eval", "--model", model, "--text", file, "--protocol", "gptq-24", "--no-bos", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(Self.promised.isSubset(of: json.keys))
    #expect(json["partial"] as? Bool == false)
    #expect(json["protocol"] as? String == "gptq-24")
    #expect(json["tokens"] as? Int == 23)
    #expect(json["bitsPerWeight"] as? Double == 32)
    let losses = Self.losses(expected.logits, expected.ids)
    let loss = Self.mean(losses)
    // Logits agree to 2e-4, and so do losses; the perplexity to as much of itself.
    let perplexity = try #require(json["perplexity"] as? Double)
    #expect(abs(perplexity / exp(loss) - 1) < 4e-4)
    // s / √n with Bessel's correction, times the perplexity (the delta method).
    let variance = losses.reduce(0) { $0 + ($1 - loss) * ($1 - loss) } / 22
    let error = try #require(json["standardError"] as? Double)
    #expect(abs(error / (exp(loss) * (variance / 23).squareRoot()) - 1) < 2e-3)
  }

  @Test("llama.cpp-N scores the second half of each window, which begins with the beginning token")
  func llamaCpp() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let ids = (0..<40).map { $0 * 7 % 90 + 3 }
    let file = try folder.file("text.txt", text: TinyModels.text(ids))
    let json = try Nibble.run(
      "eval", "--model", model, "--text", file, "--protocol", "llama.cpp-16", "--bos", "--json"
    ).json()
    // The text with the beginning token, 1 by config.json, has 41: two windows of 16.
    let text = [1] + ids
    var losses: [Double] = []
    for start in [0, 16] {
      let window = [1] + text[start + 1..<start + 16]
      losses += Self.losses(try Self.logits(model, window, in: folder), window, from: 9)
    }
    #expect(json["beginningToken"] as? Int == 1)
    #expect(json["windows"] as? Int == 2)
    #expect(json["tokens"] as? Int == 14)
    let perplexity = try #require(json["perplexity"] as? Double)
    #expect(abs(perplexity / exp(Self.mean(losses)) - 1) < 1e-4)
  }

  /// A model's logits, from the command that is compared with another framework elsewhere.
  private static func logits(
    _ model: String, _ ids: [Int], in folder: TemporaryFolder
  ) throws -> [[Float]] {
    let out = folder.path + "/logits.safetensors"
    let list = ids.map(String.init).joined(separator: ",")
    _ = try Nibble.run("logits", "--model", model, "--ids", list, "--out", out, "--force")
    return try TinyModels.rows(of: out)
  }

  @Test("against another model: divergence, agreement, both perplexities")
  func against() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let models = TinyModels(in: folder)
    let model = try models.model("llama")
    let base = try models.model("qwen2", withTokenizer: false)
    let expected = try TinyModels.expected("llama")
    let file = try folder.file("text.txt", text: TinyModels.text(expected.ids))
    let page = folder.path + "/page.html"
    let arguments = [
      "eval", "--model", model, "--text", file, "--protocol", "gptq-24", "--no-bos", "--json",
      "--html", page,
    ]
    let run = try Nibble.run(arguments + ["--against", base])
    #expect(run.errors == "wrote \(page)\n")
    let json = try run.json()
    let others = try Self.logits(base, expected.ids, in: folder)
    var divergences: [Double] = []
    var agreements = 0
    for (mine, theirs) in zip(expected.logits, others).dropLast() {
      let (q, p) = (TinyModels.logProbabilities(mine), TinyModels.logProbabilities(theirs))
      divergences.append(zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
      let tops = [mine, theirs].map { row in row.indices.max { row[$0] < row[$1] } }
      agreements += tops[0] == tops[1] ? 1 : 0
    }
    let divergence = try #require(json["klDivergence"] as? [String: Double])
    #expect(Set(["mean", "median", "p99"]).isSubset(of: divergence.keys))
    let mean = Self.mean(divergences)
    #expect(abs(try #require(divergence["mean"]) - mean) < 1e-3 * mean)
    // The middle one of 23.
    #expect(abs(try #require(divergence["median"]) - divergences.sorted()[11]) < 1e-3 * mean)
    let agreement = try #require(json["topOneAgreement"] as? Double)
    #expect(abs(agreement - Double(agreements) / 23) < 1e-12)
    let html = text(of: page)
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    #expect(html.contains("<h2>Token by token</h2>"))
    #expect(!html.contains("http"), "a page needs no network")

    let same = try Nibble.run(arguments + ["--against", model, "--force"]).json()
    #expect(same["topOneAgreement"] as? Double == 1)
    #expect((same["klDivergence"] as? [String: Double])?["mean"] == 0)
  }

  @Test("--limit reads so many tokens, and the words on a terminal say how it was measured")
  func limit() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let file = try folder.file("text.txt", text: String(repeating: "some text ", count: 100))
    let run = try Nibble.run("eval", "--model", model, "--text", file, "--limit", "200")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(
      lines[1]
        == "text.txt, 200 tokens, by gptq-64 with no beginning token: 3 of 3 windows, 189 tokens scored"
    )
    #expect(lines[2].hasPrefix("  perplexity"))
    #expect(lines[2].contains("± "))
  }

  @Test(
    "a data set in the cache: WikiText's lines joined as GPTQ reads them, and where to place one")
  func dataset() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let cache = ["NIBBLE_CACHE": folder.path + "/cache"]
    let arguments = ["eval", "--model", model, "--dataset", "wiki", "--json", "--protocol"]
    let missing = try Nibble.run(arguments + ["gptq-8"], environment: cache)
    #expect(missing.status == 66)
    #expect(missing.output == "")
    #expect(
      missing.errors.contains("place its text at \(folder.path)/cache/datasets/wiki/test.txt"))
    _ = try folder.file(
      "cache/datasets/wiki/wiki.test.raw", text: " \n = Title = \n \n Words and words . \n")
    let raw = try Nibble.run(arguments + ["llama.cpp-8"], environment: cache).json()
    #expect(raw["textTokens"] as? Int == 36)
    let joined = try Nibble.run(arguments + ["gptq-8"], environment: cache).json()
    // "" "\n\n" " = Title = \n" "\n\n" "" "\n\n" " Words and words . \n": 2 + 12 + 2 + 2 + 20.
    #expect(joined["textTokens"] as? Int == 38)
  }

  @Test(
    "requests that mean nothing are usage errors",
    arguments: [
      ([], "there is nothing to measure"), (["--text", "a", "--dataset", "b"], "not both"),
      (["--tasks", "mmlu:x", "--limit", "3"], "--limit goes with a text"),
      (["--text", "TEXT", "--questions", "3"], "--questions goes with --tasks"),
      (["--text", "TEXT", "--limit", "0"], "--limit must be at least 1"),
      (["--text", "TEXT", "--protocol", "ppl-3"], "there is no protocol ppl-3"),
      (["--text", "TEXT", "--protocol", "strided-8-9"], "a stride is from 1 to the window"),
      (["--text", "TEXT", "--protocol", "gptq-128"], "choose shorter windows, as in gptq-64"),
      (
        ["--text", "TEXT", "--limit", "10"],
        "gptq-64 needs at least 64 tokens and --limit leaves 10 of the text's 150"
      ),
      // The beginning token fills one of the 64 places, and is none of the text's.
      (
        ["--text", "TEXT", "--limit", "62", "--bos"],
        "gptq-64 needs at least 63 tokens and --limit leaves 62 of the text's 150"
      ),
      (
        ["--text", "SHORT", "--limit", "10", "--bos"],
        "gptq-64 needs at least 63 tokens and the text has 5"
      ),
      (["--text", "TEXT", "--bos", "--no-bos"], "no-bos"),
      (["--tasks", "gsm8k"], "there is no task 'gsm8k'"), (["--dataset", "../x"], "takes a name"),
    ])
  func usage(options: [String], words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let file = try folder.file("text.txt", text: String(repeating: "text ", count: 30))
    let short = try folder.file("short.txt", text: "text ")
    let run = try Nibble.run(
      ["eval", "--model", model, "--json"]
        + options.map { $0 == "TEXT" ? file : $0 == "SHORT" ? short : $0 })
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("what is not there, what is not what it should be, what may not be replaced")
  func badInput() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let broken = try TinyModels(in: folder).model("mistral", configured: ["hidden_size": 48])
    let file = try folder.file("text.txt", text: String(repeating: "text ", count: 30))
    let empty = try folder.file("empty.txt", text: "")
    let foreign = try folder.file("foreign.txt", text: String(repeating: "tëxt ", count: 30))
    for (options, status, words) in [
      (["--text", folder.path + "/none"], Int32(66), "no such file"),
      (["--text", file, "--against", folder.path + "/none"], 66, "no such file"),
      (["--text", file, "--against", broken], 65, "has shape"),
      (["--text", foreign], 65, "has no token in this vocabulary"),
      (["--text", empty], 65, "empty.txt: the text is empty"),
      (["--text", file, "--html", file], 73, "exists already"),
      (["--tasks", "mmlu:" + folder.path], 66, "no folder of MMLU"),
      (["--tasks", "questions:" + file], 65, "text.txt:1: not a question"),
    ] {
      let run = try Nibble.run(["eval", "--model", model, "--json"] + options)
      #expect(run.status == status, "\(options): \(run.errors)")
      #expect(run.output == "")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test(
    "a weight that a flipped bit made large ends it, named; weights that are empty are warned of")
  func damaged() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let path = URL(fileURLWithPath: model + "/model.safetensors")
    let whole = try Data(contentsOf: path)
    let file = try folder.file("text.txt", text: String(repeating: "text ", count: 30))
    let name = "model.layers.0.mlp.down_proj.weight"
    let place = try #require(try StoredTensors(path: path.path).tensors[name]).start
    var bytes = whole
    // The highest bit of the first weight's exponent.
    bytes[place + 3] |= 0x40
    try bytes.write(to: path)
    for arguments in [
      ["eval", "--text", file, "--json"], ["generate", "--prompt", "text"],
      ["logits", "--ids", "1,2,3", "--out", folder.path + "/out.safetensors"],
    ] {
      let run = try Nibble.run(arguments + ["--model", model])
      #expect(run.status == 65 && run.output == "", "\(arguments): \(run.errors)")
      #expect(run.errors.contains(name), "\(run.errors)")
      #expect(!folder.names().contains("out.safetensors"))
    }
    let inspected = try Nibble.run("inspect", model, "--json")
    #expect(inspected.status == 0)
    #expect(inspected.errors.contains("\(name) holds a number of magnitude "))
    #expect(inspected.errors.contains(" in column 0"))
    // All zeros but the header: every token is as probable as every other.
    let header = 8 + whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    try (whole.prefix(header) + Data(count: whole.count - header)).write(to: path)
    let json = try Nibble.run("eval", "--model", model, "--text", file, "--json").json()
    let warnings = try #require(json["warnings"] as? [String])
    #expect(warnings.count == 1 && warnings[0].contains("holds every token alike"), "\(warnings)")
    #expect(abs(try #require(json["perplexity"] as? Double) - 96) < 1e-9)
    let text = try Nibble.run("eval", "--model", model, "--text", file)
    #expect(text.output.contains("\nwarning: the model holds every token alike"))
    let generated = try Nibble.run(
      "generate", "--model", model, "--prompt", "text", "--max-tokens", "3")
    #expect(generated.errors.contains("warning: for 3 of 3 tokens"), "\(generated.errors)")
    let rows = try Nibble.run(
      "logits", "--model", model, "--ids", "1,2", "--out", folder.path + "/flat.safetensors")
    #expect(rows.errors.contains("warning: in 2 of 2 rows"), "\(rows.errors)")
  }

  @Test("the twin without planted outliers is named, as wide as it is stored, and must be there")
  func twin() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let shipped = Nibble.package + "/Datasets/models/llama"
    let file = try folder.file(
      "text.txt", text: String(repeating: "Ruth was in the harbour. ", count: 20))
    let arguments = [
      "eval", "--text", file, "--protocol", "gptq-64", "--without-outliers", "--model",
    ]
    let json = try Nibble.run(arguments + [shipped, "--json"]).json()
    #expect(json["withoutOutliers"] as? Bool == true)
    #expect(json["bitsPerWeight"] as? Double == 16)
    let text = try Nibble.run(arguments + [shipped])
    #expect(text.output.hasPrefix(shipped + " without its planted outliers\n"))
    let plain = try TinyModels(in: folder).model("llama")
    let refused = try Nibble.run(arguments + [plain])
    #expect(refused.status == 64)
    #expect(refused.errors.contains("tells of no planted outlier channels"), "\(refused.errors)")
  }

  @Test("a beginning token outside of the vocabulary is not put anywhere")
  func strayBeginning() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("gpt2")  // says 50256, and has 96
    let file = try folder.file("text.txt", text: String(repeating: "text ", count: 30))
    let run = try Nibble.run("eval", "--model", model, "--text", file, "--bos")
    #expect(run.status == 65)
    #expect(run.errors.contains("its beginning token is 50256"), "\(run.errors)")
    let generated = try Nibble.run(
      "generate", "--model", model, "--prompt", "text", "--max-tokens", "3")
    #expect(generated.status == 0)
    #expect(
      generated.errors.contains("ends a text with token 50256, which is not in its vocabulary"))
  }

  @Test("a NaN among the weights is named")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let path = URL(fileURLWithPath: model + "/model.safetensors")
    var bytes = try Data(contentsOf: path)
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xc0, 0x7f])
    try bytes.write(to: path)
    let file = try folder.file("text.txt", text: String(repeating: "text ", count: 30))
    let run = try Nibble.run("eval", "--model", model, "--text", file, "--json")
    #expect(run.status == 65)
    #expect(run.output == "")
    #expect(run.errors.contains("these weights hold such numbers: model."), "\(run.errors)")
  }

  @Test("Ctrl-C prints a partial result that says so, and the same command goes on from it")
  func stopped() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let file = try folder.file("text.txt", text: String(repeating: "some text, ", count: 20_000))
    let arguments = [
      "eval", "--model", model, "--text", file, "--protocol", "strided-64-1", "--json",
    ]
    let live = try LiveRun(arguments, in: folder)
    // A line of progress after five seconds; all of it takes minutes.
    try #require(live.waitForErrors(" left\n"))
    live.send(SIGTERM)
    let run = live.end()
    #expect(run.status == 130)
    #expect(run.errors.hasPrefix("window "))
    #expect(
      run.errors.hasSuffix(
        " left\nwhat was measured is kept; the same command goes on from here\n\nnibble: stopped\n")
    )
    let json = try run.json()
    #expect(json["partial"] as? Bool == true)
    let windows = try #require(json["windows"] as? Int)
    #expect(windows > 0)
    #expect(windows < (try #require(json["windowsInText"] as? Int)))
    #expect(json["perplexity"] is Double)

    let again = try LiveRun(arguments, in: folder)
    try #require(again.waitForErrors("going on from where this was stopped: \(windows) windows"))
    again.send(SIGINT)
    // Stopped at once or after some more windows: what there was is not lost.
    #expect(try again.end().json()["windows"] as? Int ?? 0 >= windows)
    let anew = try LiveRun(arguments + ["--no-resume"], in: folder)
    try #require(anew.waitForErrors(" left\n"))
    anew.send(SIGINT)
    #expect(anew.end().errors.contains("going on") == false)
  }

  /// What `make_stories_wikitext.py` found.
  private struct WikiText: Decodable {
    let limit: Int
    let window: Int
    let firstIDs: [Int]
    let scored: Int
    let perplexity: Double
    let standardError: Double
    let tolerance: Double
  }

  @Test(
    "stories260K on WikiText, against NumPy in double precision with a tokenizer of its own",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func stories() throws {
    let data = try #require(RealData.folder)
    let golden = try TestFiles.golden("models/stories-wikitext.json", as: WikiText.self)
    let text = data + "/wikitext-2/wiki.test.raw"
    let json = try Nibble.run(
      "eval", "--model", data + "/tiny-lm", "--text", text, "--limit", "\(golden.limit)",
      "--protocol", "gptq-\(golden.window)", "--no-bos", "--json"
    ).json()
    #expect(json["textTokens"] as? Int == golden.limit)
    #expect(json["tokens"] as? Int == golden.scored)
    let perplexity = try #require(json["perplexity"] as? Double)
    #expect(abs(perplexity / golden.perplexity - 1) < golden.tolerance)
    let error = try #require(json["standardError"] as? Double)
    #expect(abs(error / golden.standardError - 1) < 10 * golden.tolerance)
    let ids = try Nibble.run("tokenize", "--model", data + "/tiny-lm", "--file", text).output
    #expect(ids.split(separator: ",").prefix(64).map { Int($0) } == golden.firstIDs)
  }
}
