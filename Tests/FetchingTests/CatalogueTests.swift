import Digests
import Fetching
import Foundation
import TestSupport
import Testing

/// By law, and against the files themselves where they are at hand.
@Suite("the catalogue")
struct CatalogueTests {
  @Test("names are distinct, and every file is pinned to a commit, a length and a digest")
  func pinned() {
    let entries = Catalogue.entries
    #expect(Set(entries.map(\.name)).count == entries.count)
    for entry in entries {
      #expect(entry.name == entry.name.lowercased() && !entry.name.contains("/"))
      #expect(!entry.licence.isEmpty && entry.page.hasPrefix("https://"))
      #expect(Set(entry.files.map(\.name)).count == entry.files.count)
      #expect(!entry.files.isEmpty || !entry.folders.isEmpty)
      let archives = entry.folders.map(\.archive)
      let names = entry.folders.flatMap { [$0.name] + $0.parts } + archives.map(\.name)
      #expect(names.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") })
      for archive in archives { Self.checkPinned([archive.identity], path: archive.remotePath) }
      for file in entry.files {
        #expect(!file.name.contains("/") && !file.name.hasPrefix("."))
        var identities = [file.identity]
        var path: String
        switch file.origin {
        case .published(let remote): path = remote
        case .member(_, let archive):
          path = archive.remotePath
          identities.append(archive.identity)
        }
        Self.checkPinned(identities, path: path)
      }
    }
  }

  private static func checkPinned(_ identities: [FileIdentity], path: String) {
    for identity in identities {
      #expect(identity.bytes > 0)
      #expect(identity.sha256.count == 64)
      #expect(identity.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
    let parts = path.split(separator: "/")
    let place = parts.firstIndex(of: "resolve").map { $0 + 1 }
    let commit = place.map { parts[$0] } ?? ""
    #expect(commit.count == 40 && commit.allSatisfy(\.isHexDigit), "\(path)")
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._")
    #expect(path.allSatisfy(plain.contains))
  }

  @Test("a digest stands for one length everywhere")
  func consistent() {
    var lengths: [String: Int] = [:]
    for file in Catalogue.entries.flatMap(\.files) {
      let known = lengths.updateValue(file.identity.bytes, forKey: file.identity.sha256)
      #expect(known == nil || known == file.identity.bytes)
    }
  }

  @Test("a name is found in letters of either case, and one that is not there says what is")
  func names() throws {
    #expect(try Catalogue.entry(named: "OPT-125M").name == "opt-125m")
    do {
      _ = try Catalogue.entry(named: "opt-175b")
      Issue.record("found")
    } catch {
      #expect(error.kind == .badRequest)
      #expect(
        "\(error)".contains("there is no 'opt-175b' in the catalogue; there are stories260k, "))
    }
  }

  @Test(
    "what OPT's repositories say of the models has the length and the digest that are pinned",
    arguments: [
      ("opt-125m", "facebook/opt-125m", true, 3072, 768, 12, 12, "4.21.0.dev0", 768),
      ("opt-350m", "opt-350m", false, 4096, 1024, 16, 24, "4.20.0.dev0", 512),
    ])
  func configuration(
    entry name: String, named: String, normsFirst: Bool, inner: Int, width: Int, heads: Int,
    layers: Int, version: String, embedding: Int
  ) throws {
    // The whole file: what it says is known, and how Python writes it.
    let text = """
      {
        "_name_or_path": "\(named)",
        "activation_dropout": 0.0,
        "activation_function": "relu",
        "architectures": [
          "OPTForCausalLM"
        ],
        "attention_dropout": 0.0,
        "bos_token_id": 2,
        "do_layer_norm_before": \(normsFirst),
        "dropout": 0.1,
        "eos_token_id": 2,
        "ffn_dim": \(inner),
        "hidden_size": \(width),
        "init_std": 0.02,
        "layerdrop": 0.0,
        "max_position_embeddings": 2048,
        "model_type": "opt",
        "num_attention_heads": \(heads),
        "num_hidden_layers": \(layers),
        "pad_token_id": 1,
        "prefix": "</s>",
        "torch_dtype": "float16",
        "transformers_version": "\(version)",
        "use_cache": true,
        "vocab_size": 50272,
        "word_embed_proj_dim": \(embedding)
      }

      """
    let entry = try Catalogue.entry(named: name)
    let file = try #require(entry.files.first { $0.name == "config.json" })
    #expect(Array(text.utf8).count == file.identity.bytes)
    #expect(SHA256.hex(text) == file.identity.sha256)
  }

  @Test("OPT's weights are as long as PyTorch's container of their tensors is")
  func lengths() throws {
    struct Golden: Decodable { let lengths: [String: Int] }
    let golden = try TestFiles.golden("fetching/opt_lengths.json", as: Golden.self)
    #expect(golden.lengths.count == 2)
    for (name, length) in golden.lengths {
      let weights = try Catalogue.entry(named: name).files.first { $0.name.hasSuffix(".bin") }
      #expect(weights?.identity.bytes == length, "\(name)")
    }
  }

  @Test(
    "files at hand are the ones that are pinned",
    .enabled(if: dataFolder != nil, "needs the test data: NIBBLE_TEST_DATA"),
    arguments: [
      ("stories260k", "stories260K.bin", "tiny-lm/stories260K.bin"),
      ("stories260k", "tok512.bin", "tiny-lm/tok512.bin"),
      ("opt-125m", "vocab.json", "gpt2-bpe/opt-vocab.json"),
      ("opt-125m", "merges.txt", "gpt2-bpe/vocab.bpe"),
      ("opt-350m", "vocab.json", "gpt2-bpe/opt-vocab.json"),
      ("opt-350m", "merges.txt", "gpt2-bpe/vocab.bpe"),
      ("gpt2", "vocab.json", "gpt2-bpe/encoder.json"),
      ("gpt2", "merges.txt", "gpt2-bpe/vocab.bpe"),
      ("wikitext-2", "wiki.test.raw", "wikitext-2/wiki.test.raw"),
      ("wikitext-2", "wiki.valid.raw", "wikitext-2/wiki.valid.raw"),
    ])
  func atHand(name: String, file: String, path: String) throws {
    let folder = try #require(Self.dataFolder)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)")))
    let entry = try Catalogue.entry(named: name)
    let identity = try #require(entry.files.first { $0.name == file }).identity
    #expect(bytes.count == identity.bytes)
    #expect(SHA256.hex(bytes) == identity.sha256)
  }

  private static let dataFolder = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"]

  @Test(
    "a mirror is an address: the flag's, or NIBBLE_MIRROR, or HF_ENDPOINT, or the host itself",
    arguments: [
      ("http://a/x/", ["NIBBLE_MIRROR": "http://b"], "http://a/x"),
      (nil, ["NIBBLE_MIRROR": "http://b", "HF_ENDPOINT": "http://c"], "http://b"),
      (nil, ["NIBBLE_MIRROR": "", "HF_ENDPOINT": "https://c:8080/"], "https://c:8080"),
      (nil, [:], "https://huggingface.co"), ("HTTPS://Host/A", [:], "https://Host/A"),
    ] as [(String?, [String: String], String)])
  func mirror(flag: String?, environment: [String: String], base: String) throws {
    #expect(try Mirror.chosen(flag, environment: environment).base == base)
  }

  @Test(
    "what is no mirror",
    arguments: ["", "example.org", "ftp://a", "http://", "http://a?b=c", "/srv/models"])
  func badMirror(address: String) {
    #expect(throws: FetchError.badMirror(address)) {
      try Mirror.chosen(address, environment: [:])
    }
  }
}
