import Foundation
import Testing
import Tokenizers

@Suite("training a vocabulary")
struct TrainerTests {
  private struct Expected: Decodable {
    let library: String
    let vocabulary: [String]
    let merges: [String]
  }

  private func golden<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    let file = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/tokenizers/\(name).json")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
  }

  @Test(
    "by another framework: the same tokens and merges as Hugging Face's trainer",
    arguments: [("trained-gpt2", SplitPattern.gpt2), ("trained-llama3", .llama3)])
  func sameVocabulary(name: String, pattern: SplitPattern) throws {
    let expected = try golden(name, as: Expected.self)
    var trainer = try BytePairTrainer(vocabularySize: 700, pattern: pattern)
    for text in try golden("training-text", as: [String].self) { trainer.add(text) }
    let trained = try trainer.train()
    #expect(trained.tokenTexts.map { Array($0.utf8) } == expected.vocabulary.map { Array($0.utf8) })
    let texts = trained.tokenTexts
    #expect(
      trained.merges.map { Array((texts[$0.left] + " " + texts[$0.right]).utf8) }
        == expected.merges.map { Array($0.utf8) })
  }

  @Test("by hand: the most frequent pair first, of equal ones the smaller ids")
  func smallText() throws {
    var trainer = try BytePairTrainer(vocabularySize: 260, specialTokens: [])
    trainer.add("ab ab cd cd ab")
    let trained = try trainer.train()
    // a-b stands three times. Then c-d, Ġ-ab and Ġ-c stand twice each, and c (66) goes before Ġ (220);
    // then Ġ-ab and Ġ-cd, by the right id.
    #expect(Array(trained.tokenTexts.dropFirst(256)) == ["ab", "cd", "Ġab", "Ġcd"])
    #expect(trained.merges.count == 4)
    let ids = try trained.tokenizer().encode("ab")
    #expect(ids == [256])
  }

  @Test("a vocabulary written to files reads back as the same tokenizer")
  func files() throws {
    let folder = NSTemporaryDirectory() + "nibble-tokenizer-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var trainer = try BytePairTrainer(vocabularySize: 400, pattern: .qwen2)
    let texts = try golden("training-text", as: [String].self)
    for text in texts.prefix(200) { trainer.add(text) }
    let trained = try trainer.train()
    try trained.write(toFolder: folder)
    try trained.write(toFolder: folder)  // a second time replaces the first
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["merges.txt", "tokenizer.json", "vocab.json"])
    let fromJSON = try Tokenizer.load(path: folder)
    var conventions = ByteLevelConventions.gpt2
    conventions.pattern = .qwen2
    let fromPair = try Tokenizer(
      vocabularyPath: folder + "/vocab.json", mergesPath: folder + "/merges.txt",
      conventions: conventions)
    let direct = try trained.tokenizer()
    for text in texts + ["<|endoftext|>x", "🦙\0"] {
      let ids = try direct.encode(text)
      #expect(try fromJSON.encode(text) == ids)
      #expect(try fromPair.encode(text) == ids)
      #expect(try direct.decode(ids, skippingSpecial: false) == text)
    }
    #expect(direct.specialIDs.end == 0)
  }

  @Test("the token that begins a text is written down, for others and for the reader here")
  func beginning() throws {
    let folder = NSTemporaryDirectory() + "nibble-tokenizer-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var trainer = try BytePairTrainer(
      vocabularySize: 264, specialTokens: ["<s>", "<pad>", "</s>", "<unk>"])
    trainer.add("ab ab cd")
    try trainer.train().write(toFolder: folder, beginning: "</s>")
    let tokenizer = try Tokenizer.load(path: folder)
    // Not <s>, which is there for OPT's numbering only.
    #expect(tokenizer.specialIDs.begin == 2 && tokenizer.specialIDs.end == 2)
    #expect(tokenizer.specialIDs.padding == 1 && tokenizer.specialIDs.unknown == 3)
    #expect(tokenizer.template.prefix == [2] && tokenizer.template.suffix == [])
    let json = try String(contentsOfFile: folder + "/tokenizer.json", encoding: .utf8)
    #expect(json.contains(#""special_tokens":{"</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}"#))
  }

  @Test("what cannot be trained says why")
  func refusals() throws {
    #expect(throws: TokenizerError.self) { try BytePairTrainer(vocabularySize: 256) }
    #expect(throws: TokenizerError.self) {
      try BytePairTrainer(vocabularySize: 300, specialTokens: ["a"])
    }
    #expect(throws: TokenizerError.self) {
      try BytePairTrainer(vocabularySize: 300, specialTokens: ["<x>", "<x>"])
    }
    let empty = try BytePairTrainer(vocabularySize: 300)
    #expect(throws: TokenizerError.cannotTrain(reason: "there is no text to learn from")) {
      try empty.train()
    }
  }
}
