import Foundation
import Testing

/// By law: a run that was stopped and one that was not end in the same bytes, and what is written is a
/// model that the other commands open.
@Suite("nibble train")
struct TrainTests {
  static func recipe(_ change: (String) -> String = { $0 }) -> String {
    change(
      """
      tokenizer: {passages: 60}
      training:
        shape:
          architecture: llama
          vocabularySize: 300
          hiddenSize: 32
          layers: 2
          heads: 2
          keyValueHeads: 1
          feedForwardSize: 64
          contextLength: 64
          activation: relu
          tiedHead: true
          normEpsilon: 1.0e-5
          rotaryBase: 10000.0
        seed: 1
        deviation: 0.04
        supplies: [{grammar: stories, share: 0.8}, {grammar: ledgers, share: 0.2}]
        textSeed: 1
        alignedShare: 0.8
        length: 64
        windowsPerStep: 4
        shards: 2
        schedule: {peak: 1.0e-3, warmupSteps: 2, steps: 6, finalShare: 0.02}
        optimizer: {meanDecay: 0.9, squareDecay: 0.95, epsilon: 1.0e-8, weightDecay: 0.1}
        clip: 1.0
      outliers: {count: 2, exponents: [3, 6], seed: 1}

      """)
  }

  @Test("stopped and gone on with, or in one go: the same model, which generates")
  func resuming() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let recipe = folder.path + "/recipe.yaml"
    try Self.recipe().write(toFile: recipe, atomically: true, encoding: .utf8)
    let (once, twice) = (folder.path + "/once", folder.path + "/twice")
    let whole = try Nibble.run("train", recipe, "--out", once, "--json")
    #expect(whole.status == 0, "\(whole.errors)")
    let report = try whole.json()
    #expect(report["schema"] as? Int == 1)
    #expect((report["judgements"] as? [[String: Any]])?.count == 2)
    let half = try Nibble.run("train", recipe, "--out", twice, "--until", "3")
    #expect(half.status == 0)
    #expect(half.errors.contains("stopped after step 3 of 6"))
    #expect(try Nibble.run("train", recipe, "--out", twice).status == 0)
    for name in ["model.safetensors", "tokenizer.json", "config.json"] {
      let (left, right) = (
        FileManager.default.contents(atPath: once + "/" + name),
        FileManager.default.contents(atPath: twice + "/" + name)
      )
      #expect(left != nil && left == right, "\(name)")
    }
    let text = try Nibble.run(
      "generate", "--model", once, "--prompt", "The ", "--max-tokens", "8")
    #expect(text.status == 0 && !text.output.isEmpty, "\(text.errors)")
  }

  @Test("a recipe that is missing, no recipe, or of another run: 66 and 65, one message")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let recipe = folder.path + "/recipe.yaml"
    let out = folder.path + "/out"
    let missing = try Nibble.run("train", recipe, "--out", out)
    #expect(missing.status == 66 && missing.errors.contains("no such file"))
    for broken in [
      "training: 3\n", ": : :\n", "", Self.recipe { $0.replacing("heads: 2", with: "heads: 3") },
    ] {
      try broken.write(toFile: recipe, atomically: true, encoding: .utf8)
      let run = try Nibble.run("train", recipe, "--out", out)
      #expect(run.status == 65, "\(broken.prefix(40)): \(run.errors)")
      #expect(run.output.isEmpty)
    }
    try Self.recipe().write(toFile: recipe, atomically: true, encoding: .utf8)
    #expect(try Nibble.run("train", recipe, "--out", out, "--until", "2").status == 0)
    try Self.recipe { $0.replacing("seed: 1\n  deviation", with: "seed: 2\n  deviation") }
      .write(toFile: recipe, atomically: true, encoding: .utf8)
    let other = try Nibble.run("train", recipe, "--out", out)
    #expect(other.status == 65 && other.errors.contains("another run"), "\(other.errors)")
  }

  @Test(
    "settings that nothing reads or nothing can follow are refused, and nothing is written",
    arguments: [
      ("clip: 1.0", "clipp: 1.0", "'training.clipp' is no key"),
      ("count: 2", "count: 33", "33 outlier channels"),
      ("count: 2", "count: -1", "-1 outlier channels"),
      ("exponents: [3, 6]", "exponents: [3, 600]", "outlier exponents [3, 600]"),
      ("passages: 60", "passages: -3", "-3 passages"),
      ("deviation: 0.04", "deviation: -1", "a deviation of -1.0"),
      ("alignedShare: 0.8", "alignedShare: 7", "an aligned share of 7.0"),
      (
        "layers: 2", "layers: two",
        "recipe.yaml:7: 'training.shape.layers' is 'two'; expected a whole number"
      ),
      (
        "seed: 1\n  deviation", "seed: -1\n  deviation",
        "'training.seed' is '-1'; expected a whole number from 0"
      ),
      (
        "architecture: llama", "architecture: bert",
        "recipe.yaml:4: 'training.shape.architecture' is 'bert'; expected one of opt, llama"
      ),
      (
        "deviation: 0.04", "deviation: 0.04\n  attention: mimical",
        "'training.attention' is 'mimical'; expected one of independent, mimetic"
      ),
      ("  length: 64\n", "", "'training.length' is missing"),
      ("exponents: [3, 6]", "exponents: 3", "'outliers.exponents' is '3'; expected a list"),
      (
        "tiedHead: true", "tiedHead: perhaps",
        "'training.shape.tiedHead' is 'perhaps'; expected true or false"
      ),
      (
        "{grammar: stories, share: 0.8}", "{grammar: stories, share: most}",
        "'training.supplies.0.share' is 'most'; expected a number"
      ),
      ("clip: 1.0", "clip: [", "not YAML"),
      ("share: 0.2}", "share: 0.2, lastStep: 9000000000000000000}", "a step of the 6"),
    ])
  func impossibleSettings(from: String, to: String, reason: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let recipe = folder.path + "/recipe.yaml"
    try Self.recipe { $0.replacing(from, with: to) }
      .write(toFile: recipe, atomically: true, encoding: .utf8)
    let run = try Nibble.run("train", recipe, "--out", folder.path + "/out")
    #expect(run.status == 65 && run.errors.contains(reason), "\(run.status) \(run.errors)")
    #expect(!run.errors.contains("Swift.") && !run.errors.contains("CodingKey"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out/model.safetensors"))
  }

  @Test("--dry-run says what would be made, and makes nothing")
  func dryRun() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let recipe = try folder.file("recipe.yaml", text: Self.recipe())
    let out = folder.path + "/out"
    let json = try Nibble.run("train", recipe, "--out", out, "--dry-run", "--json").json()
    #expect(json["steps"] as? Int == 6 && json["tokensPerStep"] as? Int == 256)
    // An embedding of 300 × 32, two blocks of 2 · 32² + 2 · 16 · 32 + 3 · 64 · 32 + 2 · 32, a norm of 32.
    #expect(json["parameters"] as? Int == 300 * 32 + 2 * (2048 + 1024 + 6144 + 64) + 32)
    #expect(json["grammars"] as? [String] == ["stories", "ledgers"])
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(
      try Nibble.run("train", recipe, "--out", out, "--json").json()["parameters"] as? Int
        == json["parameters"] as? Int)
  }

  @Test("an OPT's texts begin with </s>, and short ones are filled up with <pad>")
  func specialTokens() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let recipe = try folder.file(
      "recipe.yaml",
      text: Self.recipe {
        $0.replacing("architecture: llama", with: "architecture: opt")
          .replacing("keyValueHeads: 1", with: "keyValueHeads: 2")
      })
    let out = folder.path + "/out"
    let run = try Nibble.run("train", recipe, "--out", out, "--json")
    #expect(run.status == 0, "\(run.errors)")
    let config =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: out + "/config.json"))) as? [String: Any]
    #expect(config?["pad_token_id"] as? Int == 1 && config?["bos_token_id"] as? Int == 2)
    let shipped = try JSONSerialization.jsonObject(
      with: Data(
        contentsOf: URL(fileURLWithPath: Nibble.package + "/Datasets/models/opt/config.json")))
    #expect((shipped as? [String: Any])?["pad_token_id"] as? Int == 1)
    let ids = try Nibble.run("tokenize", "--model", out, "<pad></s>").output
    #expect(ids == "1,2\n")
  }
}
