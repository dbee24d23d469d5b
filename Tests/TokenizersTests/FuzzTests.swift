import Foundation
import TestSupport
import Testing
import Tokenizers

/// By law: however a file is damaged, reading it ends with a tokenizer or an error.
///
/// A trap would end the test run. Seeded, and bounded in time by `NIBBLE_FUZZ_SECONDS`.
@Suite("damaged files")
struct FuzzTests {
  /// A copy with bytes changed, cut out, doubled, or the end cut off.
  private func damaged(_ contents: [UInt8], _ generator: inout FuzzRandom) -> [UInt8] {
    var result = contents
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !result.isEmpty {
      let place = Int.random(in: 0..<result.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: result[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: result.removeLast(result.count - place)
      case 3:
        result.removeSubrange(
          place..<min(place + Int.random(in: 1..<9, using: &generator), result.count))
      case 4: result.insert(contentsOf: result[place...].prefix(8), at: place)
      default:
        let marks = Array("{}[]\",:0-9\\u".utf8) + [0, 0xff, 0x7f, 0x80]
        result[place] = marks[Int.random(in: 0..<marks.count, using: &generator)]
      }
    }
    return result
  }

  private func fuzz(
    _ contents: [UInt8], seed: UInt64, _ read: ([UInt8]) throws(TokenizerError) -> Tokenizer
  ) {
    var accepted = 0
    var refused = 0
    let tried = Fuzzing.run(seed: seed) { generator in
      do throws(TokenizerError) {
        let tokenizer = try read(damaged(contents, &generator))
        accepted += 1
        // What was read must also work.
        let ids =
          (try? tokenizer.encode("Hello wörld 123 🦙\0 \u{fffd}<s>", special: .template)) ?? []
        _ = try tokenizer.decode(ids)
        _ = try tokenizer.decode(0..<min(tokenizer.vocabularySize, 300))
      } catch {
        refused += 1
        #expect(!"\(error)".isEmpty)
      }
    }
    #expect(accepted + refused == tried && refused > 10)
  }

  @Test(
    "tokenizer.json", arguments: ["gpt2", "llama3", "qwen2", "llama-legacy", "metaspace-split"])
  func json(name: String) throws {
    let contents = try Files.contents(Files.goldens + "/\(name).tokenizer.json")
    fuzz(contents, seed: 1) { (bytes) throws(TokenizerError) in try .readingJSON(bytes) }
  }

  @Test("tokenizer.model", arguments: ["spm-plain", "spm-symbols", "spm-rules", "spm-unknown"])
  func model(name: String) throws {
    let contents = try Files.contents(Files.goldens + "/\(name).model")
    fuzz(contents, seed: 2) { (bytes) throws(TokenizerError) in try .readingSentencePiece(bytes) }
  }

  @Test("vocab.json and merges.txt")
  func pair() throws {
    var trainer = try BytePairTrainer(vocabularySize: 300)
    trainer.add("the cat sat on the mat and the dog lay on the log")
    let trained = try trainer.train()
    let vocabulary = trained.vocabularyJSON()
    let merges = trained.mergesText()
    fuzz(vocabulary, seed: 3) { (bytes) throws(TokenizerError) in
      try Tokenizer(vocabulary: bytes, merges: merges)
    }
    fuzz(merges, seed: 4) { (bytes) throws(TokenizerError) in
      try Tokenizer(vocabulary: vocabulary, merges: bytes)
    }
  }

  @Test("llama2.c's tokenizer.bin")
  func llama2C() {
    var contents: [UInt8] = [6, 0, 0, 0]
    func add(_ text: String, score: Float) {
      withUnsafeBytes(of: score.bitPattern.littleEndian) { contents += $0 }
      withUnsafeBytes(of: Int32(text.utf8.count).littleEndian) { contents += $0 }
      contents += Array(text.utf8)
    }
    for text in ["<unk>", "<s>", "</s>"] { add(text, score: 0) }
    for byte in 0..<256 {
      let digits = String(byte, radix: 16, uppercase: true)
      add("<0x" + (byte < 16 ? "0" : "") + digits + ">", score: 0)
    }
    for (index, text) in ["H", "e", "l", "o", " ", "ll", "He", "Hello"].enumerated() {
      add(text, score: -Float(index))
    }
    fuzz(contents, seed: 5) { (bytes) throws(TokenizerError) in try .readingLlama2C(bytes) }
  }

  @Test("arrays of a GGUF file")
  func embedded() throws {
    var generator = Seeded(6)
    let strings = [
      "a", "b", "ab", "a b", "", " ", "▁", "▁a", "<s>", "<0x41>", "é", "e\u{301}", "Ġ",
    ]
    for _ in 0..<3000 {
      let tokens = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
        strings[Int.random(in: 0..<strings.count, using: &generator)]
      }
      var vocabulary = EmbeddedVocabulary(
        model: Bool.random(using: &generator) ? "gpt2" : "llama", tokens: tokens,
        preTokenizer: "gpt-2")
      vocabulary.kinds = tokens.map { _ in Int.random(in: 0..<8, using: &generator) }
      vocabulary.scores = tokens.map { _ in Float.random(in: -1...1, using: &generator) }
      vocabulary.merges = (0..<2).map { _ in
        strings[Int.random(in: 0..<strings.count, using: &generator)]
      }
      vocabulary.specialIDs.begin = Int.random(in: -2..<9, using: &generator)
      guard let tokenizer = try? vocabulary.tokenizer() else { continue }
      let ids = (try? tokenizer.encode("ab é ▁", special: .template)) ?? []
      _ = try tokenizer.decode(ids)
    }
  }
}
