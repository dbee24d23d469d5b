import Foundation
import Testing

/// By another framework where it says so; by law elsewhere: however a text is written, it is the same text.
@Suite("nibble generate")
struct GenerateTests {
  @Test("the most probable token is that of transformers' logits")
  func greedy() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let expected = try TinyModels.expected("llama")
    let last = try #require(expected.logits.last)
    let best = try #require(last.indices.max { last[$0] < last[$1] })
    let prompt = TinyModels.text(expected.ids)
    let json = try Nibble.run(
      "generate", "--model", model, "--prompt", prompt, "--max-tokens", "1", "--json"
    ).json()
    #expect(
      Set(json.keys) == [
        "schema", "prompt", "promptIds", "text", "ids", "ending", "seconds", "tokensPerSecond",
        "passes",
      ])
    #expect(json["promptIds"] as? [Int] == expected.ids)
    #expect(json["ids"] as? [Int] == [best])
    #expect(json["text"] as? String == prompt + TinyModels.text([best]))
    #expect(json["ending"] as? String == "length")
  }

  @Test("streamed, at the end, without the prompt, with a draft or without: one text")
  func sameText() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let models = TinyModels(in: folder)
    let model = try models.model("llama")
    let draft = try models.model("mistral", withTokenizer: false)
    let arguments = ["generate", "--model", model, "--prompt", "once", "--max-tokens", "20"]
    let plain = try Nibble.run(arguments)
    #expect(plain.status == 0)
    #expect(plain.output.hasPrefix("once"))
    #expect(plain.errors.contains(" a second; "))
    for more in [
      ["--stream"], ["--draft", draft], ["--draft", draft, "--stream", "--proposals", "7"],
    ] {
      let run = try Nibble.run(arguments + more)
      #expect(run.status == 0)
      #expect(run.output == plain.output, "\(more)")
    }
    let rest = try Nibble.run(arguments + ["--no-prompt"])
    #expect("once" + rest.output == plain.output)
    let own = try Nibble.run(arguments + ["--draft", model, "--json"]).json()
    #expect(own["accepted"] as? Int == own["proposed"] as? Int, "a model agrees with itself")
  }

  @Test("a seed gives one text, with temperature, top-k and top-p")
  func seeds() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    func text(_ seed: Int) throws -> String {
      try Nibble.run(
        "generate", "--model", model, "--prompt", "once", "--max-tokens", "12", "--temperature",
        "1.5", "--top-k", "50", "--top-p", "0.95", "--seed", "\(seed)"
      ).output
    }
    #expect(try text(1) == text(1))
    // Twelve tokens among dozens: four seeds do not all agree by chance.
    #expect(try Set((1...4).map(text)).count > 1)
  }

  @Test(
    "requests that mean nothing are usage errors",
    arguments: [
      (["--temperature", "-1"], "--temperature must be 0 or more"),
      (["--top-k", "0"], "--top-k must be at least 1"),
      (["--top-p", "0"], "--top-p must be above 0"),
      (["--max-tokens", "0"], "--max-tokens must be at least 1"),
      (["--proposals", "3"], "--proposals goes with --draft"),
      (["--stream", "--json"], "leave --stream out"),
    ])
  func usage(options: [String], words: String) throws {
    let run = try Nibble.run(["generate", "--model", "none", "--prompt", "a"] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("a prompt that leaves no room, none at all, and models that do not belong together")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let models = TinyModels(in: folder)
    let model = try models.model("llama")
    let long = String(repeating: "a", count: 64)
    let unfinished = try folder.folder("run")
    _ = try folder.file("run/state.safetensors", text: "")
    let mismatched = try models.model("qwen2")
    let golden = Nibble.package + "/Tests/Goldens/tokenizers/gpt2.tokenizer.json"
    try FileManager.default.removeItem(atPath: mismatched + "/tokenizer.json")
    try FileManager.default.copyItem(atPath: golden, toPath: mismatched + "/tokenizer.json")
    for (options, status, words) in [
      (
        ["--model", model, "--prompt", long], Int32(64),
        "the prompt has 64 tokens and the model 64 positions"
      ),
      (["--model", model, "--prompt", ""], 64, "the prompt is empty"),
      (["--model", mismatched, "--prompt", "a"], 65, "has 700 tokens and the model 96"),
      (["--model", model, "--prompt", "a", "--draft", folder.path + "/none"], 66, "no such file"),
      (["--model", unfinished, "--prompt", "a"], 66, "a training run that is not finished"),
    ] {
      let run = try Nibble.run(["generate"] + options)
      #expect(run.status == status, "\(run.errors)")
      #expect(run.output == "")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test(
    "stories260K writes what its author printed, letter for letter",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func stories() throws {
    struct Expected: Decodable { let text: String }
    let folder = try #require(RealData.folder) + "/tiny-lm"
    let expected = try JSONDecoder().decode(
      Expected.self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "/stories260K.expected.json")))
    let run = try Nibble.run(
      "generate", "--model", folder, "--prompt", "", "--max-tokens", "256")
    #expect(run.output.hasPrefix(expected.text), "\(run.output)")
    let prompted = try Nibble.run(
      "generate", "--model", folder + "/stories260K.bin", "--prompt", "Once upon a time", "--stream"
    )
    #expect(prompted.output.hasPrefix(expected.text))
  }

  @Test(
    "Ctrl-C prints what has been written, and ends with 130",
    arguments: [[], ["--stream"], ["--json"]])
  func stopped(options: [String]) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    // With so many positions and no token that ends a text, it would write for minutes.
    let model = try TinyModels(in: folder).model(
      "llama", configured: ["max_position_embeddings": 100_000, "eos_token_id": NSNull()])
    let live = try LiveRun(
      ["generate", "--model", model, "--prompt", "once", "--max-tokens", "90000"] + options,
      in: folder)
    // Without --stream nothing says that it has begun; half a second of work is enough to write some.
    if options == ["--stream"] { try #require(live.waitForOutput("once") != nil) }
    try #require(live.waitForWork(seconds: 0.5))
    live.send(SIGINT)
    let run = live.end()
    #expect(run.status == 130)
    #expect(run.errors == "\nnibble: stopped\n")
    if options == ["--json"] {
      let json = try run.json()
      #expect(json["ending"] as? String == "interrupted")
      #expect((json["ids"] as? [Int])?.isEmpty == false)
      #expect((json["text"] as? String)?.hasPrefix("once") == true)
    } else {
      #expect(run.output.hasPrefix("once"))
      #expect(run.output.count > 10)
      #expect(run.output.hasSuffix("\n"))
    }
  }
}
