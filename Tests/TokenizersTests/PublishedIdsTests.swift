import Foundation
import Testing
import Tokenizers

/// By other frameworks: ids of whole texts, on which two independent tokenizers agreed.
@Suite("the ids of published vocabularies", Files.needsData)
struct PublishedIdsTests {
  @Test(
    "GPT-2 on WikiText-2",
    arguments: [
      ("test", 286_221, "91b9603eafb80ba78f417de40b17c20cf87f84ea64dd5ee5ea9e2e49cb748188"),
      ("valid", 249_887, "9d686772d5e1c25ffb7c3325dc8146939712030d4aa91e4083f729d74dad5670"),
    ])
  func gpt2(split: String, count: Int, expected: String) throws {
    let text = try Files.text(Files.data("wikitext-2/wiki.\(split).raw"))
    let tokenizer = try Files.gpt2()
    let ids = try tokenizer.encode(text)
    #expect(ids.count == count)
    #expect(try hash(ids) == expected)
    #expect(try tokenizer.decode(ids) == text)
  }

  @Test(
    "OPT on WikiText-2",
    arguments: [
      ("test", 286_221, "6e932178560331a47fd2c25b0b6a4bc6cf6fe49af9c1894b47eeda7666daf989"),
      ("valid", 249_887, "b6ea34c3537db857cc0402dde824bfd4557d43131d6db525043dd9b7ab1dc822"),
    ])
  func opt(split: String, count: Int, expected: String) throws {
    let text = try Files.text(Files.data("wikitext-2/wiki.\(split).raw"))
    let tokenizer = try Tokenizer(
      vocabularyPath: Files.data("gpt2-bpe/opt-vocab.json"),
      mergesPath: Files.data("gpt2-bpe/vocab.bpe"))
    let ids = try tokenizer.encode(text)
    #expect(ids.count == count)
    #expect(try hash(ids) == expected)
    #expect(tokenizer.specialIDs == .init(begin: 2, end: 2, unknown: 2, padding: 1))
    #expect(try tokenizer.encode("Hello", special: .template) == [2, 31414])
  }

  @Test(
    "GPT-2 on the rows of WikiText-2 joined by blank lines",
    arguments: [
      ("test", 287_644, "ef6af648320b73e3cb62461c48c8e4539aec4d10c751005e32d690977f0b9ccf"),
      ("valid", 251_048, "3c1c2cc20eca438efac2e918e89d6e57b437fd6299f6777f4172d093d1229ac7"),
    ])
  func joinedRows(split: String, count: Int, expected: String) throws {
    let text = try Files.text(Files.data("wikitext-2/wiki.\(split).raw"))
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let rows = lines.map { $0.allSatisfy { $0 == " " } ? "" : $0 + "\n" }
    let ids = try Files.gpt2().encode(rows.joined(separator: "\n\n"))
    #expect(ids.count == count)
    #expect(try hash(ids) == expected)
  }

  @Test("Mistral's SentencePiece model on short texts and WikiText-2 line by line")
  func mistral() throws {
    struct Expected: Decodable {
      struct Vector: Decodable {
        let text: String
        let ids: [Int]
        let pieces: [String]
        let decoded: String
      }
      let vectors: [Vector]
    }
    let tokenizer = try Tokenizer.load(path: Files.data("sentencepiece/mistral-tokenizer-v1.model"))
    let path = try Files.data("sentencepiece/mistral-tokenizer-v1.expected.json")
    let contents = try Data(contentsOf: URL(fileURLWithPath: path))
    let expected = try JSONDecoder().decode(Expected.self, from: contents)
    #expect(expected.vectors.count > 20)
    for vector in expected.vectors {
      let ids = try tokenizer.encode(vector.text)
      #expect(ids == vector.ids, "\(vector.text)")
      #expect(try ids.map { try tokenizer.text(of: $0) } == vector.pieces)
      #expect(try tokenizer.decode(ids) == vector.decoded)
    }
    let text = try Files.text(Files.data("wikitext-2/wiki.test.raw"))
    var ids: [Int] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      ids += try tokenizer.encode(String(line))
    }
    #expect(ids.count == 327_400)
    #expect(
      try hash(ids) == "cfd7fc103afbd474bcceab9a83d18e7748148c449d14778de035640a69b43914")
    #expect(tokenizer.specialIDs == .init(begin: 1, end: 2, unknown: 0))
    #expect(try tokenizer.encode("a", special: .beginAndEnd) == [1, 264, 2])
  }

  @Test("llama2.c's vocabulary: the published story, decoded and encoded")
  func llama2C() throws {
    struct Expected: Decodable {
      let text: String
      let tokenIDs: [Int]

      enum CodingKeys: String, CodingKey {
        case text
        case tokenIDs = "token_ids"
      }
    }
    let tokenizer = try Tokenizer.load(path: Files.data("tiny-lm/tok512.bin"))
    let path = try Files.data("tiny-lm/stories260K.expected.json")
    let contents = try Data(contentsOf: URL(fileURLWithPath: path))
    let expected = try JSONDecoder().decode(Expected.self, from: contents)
    #expect(tokenizer.vocabularySize == 512)
    #expect(try tokenizer.decode(expected.tokenIDs) == expected.text)
    #expect(try tokenizer.decode(try tokenizer.encode(expected.text)) == expected.text)
  }
}
