import Foundation
import Testing

/// The command around the fetcher: words, codes, and names that other commands then know.
@Suite("nibble fetch")
struct FetchTests {
  /// Nothing listens there: the discard port of this machine.
  private static let nobody = "http://127.0.0.1:9"

  private static func cache(in folder: TemporaryFolder) -> [String: String] {
    ["NIBBLE_CACHE": folder.path + "/cache", "HF_ENDPOINT": "", "NIBBLE_MIRROR": nobody]
  }

  @Test("the list has names, sizes, licences and digests, as text and as JSON")
  func list() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let listing = try Nibble.run(
      ["fetch", "--list", "--json"], environment: Self.cache(in: folder)
    )
    .json()
    let entries = try #require(listing["entries"] as? [[String: Any]])
    let names = entries.compactMap { $0["name"] as? String }
    for name in [
      "opt-125m", "opt-350m", "gpt2", "tinyllama-1.1b", "tinystories-15m", "wikitext-2", "mmlu",
    ] {
      #expect(names.contains(name))
    }
    let text = try Nibble.run(["fetch", "--list"], environment: Self.cache(in: folder))
    #expect(text.status == 0)
    #expect(text.errors == "")
    for entry in entries {
      let (name, licence) = (entry["name"] as? String ?? "?", entry["licence"] as? String ?? "?")
      #expect(entry["fetched"] as? Bool == false)
      #expect(text.output.contains("\(name)  "))
      #expect(text.output.contains("    licence: \(licence)\n"))
      for file in try #require(entry["files"] as? [[String: Any]]) {
        #expect((file["sha256"] as? String)?.count == 64)
      }
      for part in try #require(entry["folders"] as? [[String: Any]]) {
        #expect(name == "mmlu" && part["path"] as? String == "data")
        #expect(((part["from"] as? [String: Any])?["sha256"] as? String)?.count == 64)
      }
    }
  }

  @Test("what goes where is said without a network, for the mirror that is set")
  func dryRun() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var environment = Self.cache(in: folder)
    environment["NIBBLE_MIRROR"] = ""
    environment["HF_ENDPOINT"] = "https://mirror.example/"
    let plan = try Nibble.run(
      ["fetch", "opt-125m", "--dry-run", "--json"], environment: environment
    ).json()
    let missing = try #require(plan["missing"] as? [[String: Any]])
    #expect(missing.count == 5)
    #expect(missing[0]["path"] as? String == folder.path + "/cache/models/opt-125m/config.json")
    let from = try #require(missing[0]["from"] as? String)
    #expect(from.hasPrefix("https://mirror.example/facebook/opt-125m/resolve/"))
    #expect(missing[0]["bytes"] as? Int == 651)
    #expect(folder.names() == [])
  }

  @Test("where nobody answers: what to place where, 66, and nothing under a final name")
  func offline() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(["fetch", "wikitext-2"], environment: Self.cache(in: folder))
    #expect(run.status == 66)
    #expect(run.output == "")
    let place = folder.path + "/cache/datasets/wikitext-2"
    for words in [
      "cannot be reached", "\n  \(place)/wikitext-2-raw-v1.zip\n",
      "from     https://huggingface.co/datasets/ggml-org/ci/resolve/",
      "bytes    4721645\n",
      "SHA-256  ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11",
      "or itself, beside it: wiki.test.raw, 1290590 bytes, SHA-256 173c87a5",
    ] {
      #expect(run.errors.contains(words), "\(run.errors)")
    }
    #expect(!folder.names(in: "cache/datasets/wikitext-2").contains { $0.hasPrefix("wiki.") })
  }

  @Test("of MMLU, what to place is the archive, and one that is another is not unpacked")
  func archive() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let environment = Self.cache(in: folder)
    let run = try Nibble.run(["fetch", "mmlu"], environment: environment)
    #expect(run.status == 66)
    let place = folder.path + "/cache/datasets/mmlu"
    for words in [
      "\n  \(place)/data.tar\n", "from     https://huggingface.co/datasets/cais/mmlu/resolve/",
      "bytes    166184960\n",
    ] {
      #expect(run.errors.contains(words), "\(run.errors)")
    }
    _ = try folder.file("cache/datasets/mmlu/data.tar", text: "a page that asks to log in")
    let placed = try Nibble.run(["fetch", "mmlu"], environment: environment)
    #expect(placed.status == 65)
    #expect(
      placed.errors.contains("data.tar: has 26 bytes, and the published file 166184960"),
      "\(placed.errors)")
    _ = try folder.file("cache/datasets/mmlu/data/test/logic_test.csv", text: "my own")
    let own = try Nibble.run(["fetch", "mmlu"], environment: environment)
    #expect(own.status == 65)
    #expect(own.errors.contains("mmlu/data: holds no list of what nibble fetch unpacked"))
  }

  @Test(
    "requests that mean nothing are usage errors",
    arguments: [
      ([], "there is nothing to fetch"), (["opt-175b"], "there is no 'opt-175b' in the catalogue"),
      (["--list", "gpt2"], "--list takes no name"), (["--list", "--force"], "go with a name"),
      (["--list", "--mirror", "nonsense"], "--mirror goes with a name"),
      (["gpt2", "--mirror", "example.org"], "'example.org' is no mirror"),
      (["gpt2", "--mirror", ""], "'' is no mirror"), (["gpt2", "--cache", ""], "--cache needs"),
    ])
  func usage(arguments: [String], words: String) throws {
    let run = try Nibble.run(["fetch"] + arguments)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("a cache that cannot be written is 73")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.file("file", text: "")
    let run = try Nibble.run(["fetch", "gpt2", "--mirror", Self.nobody, "--cache", file])
    #expect(run.status == 73)
    #expect(run.errors.contains("a file stands where a folder is needed"))
  }

  @Test("commands that need what has not been fetched say how to fetch it")
  func missing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let environment = Self.cache(in: folder)
    let model = try Nibble.run(
      ["eval", "--model", "opt-125m", "--text", try folder.file("a.txt", text: "text")],
      environment: environment)
    #expect(model.status == 66)
    #expect(model.errors.contains("run: nibble fetch opt-125m"), "\(model.errors)")
    let tiny = try TinyModels(in: folder).model("llama")
    let text = try Nibble.run(
      ["eval", "--model", tiny, "--dataset", "wikitext-2"], environment: environment)
    #expect(text.status == 66)
    #expect(text.errors.contains("run: nibble fetch wikitext-2"), "\(text.errors)")
  }

  @Test(
    "files placed by hand are checked and taken, and the model is then known by its name",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func placed() throws {
    let data = try #require(RealData.folder)
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let environment = Self.cache(in: folder)
    let place = "cache/models/stories260k"
    let tokenizer = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: data + "/tiny-lm/tok512.bin")))
    var weights = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: data + "/tiny-lm/stories260K.bin")))
    _ = try folder.file("\(place)/tok512.bin", tokenizer)
    weights[500_000] ^= 4
    _ = try folder.file("\(place)/stories260K.bin", weights)
    let damaged = try Nibble.run(["fetch", "stories260k"], environment: environment)
    #expect(damaged.status == 65)
    #expect(damaged.errors.contains("stories260K.bin: has SHA-256"), "\(damaged.errors)")
    // What is to be replaced is listed, although its length is right.
    let forced = try Nibble.run(["fetch", "stories260k", "--force"], environment: environment)
    #expect(forced.status == 66)
    #expect(forced.errors.contains("\n  \(folder.path)/\(place)/stories260K.bin\n"))
    #expect(!forced.errors.contains("tok512.bin\n"), "\(forced.errors)")
    weights[500_000] ^= 4
    _ = try folder.file("\(place)/stories260K.bin", weights)
    let report = try Nibble.run(["fetch", "stories260k", "--json"], environment: environment).json()
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.compactMap { $0["outcome"] as? String } == ["already-there", "already-there"])
    let arguments = ["--prompt", "", "--max-tokens", "8", "--temperature", "0"]
    let named = try Nibble.run(
      ["generate", "--model", "stories260k"] + arguments, environment: environment)
    let pathed = try Nibble.run(
      ["generate", "--model", "\(folder.path)/\(place)"] + arguments, environment: environment)
    #expect(named.status == 0, "\(named.errors)")
    #expect(named.output == pathed.output)
    #expect(named.output.hasPrefix("Once upon a time"))
  }
}
