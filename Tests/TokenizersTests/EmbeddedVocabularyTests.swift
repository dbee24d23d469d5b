#if canImport(Tensors)
import Foundation
import Tensors
import Testing
import Tokenizers

/// By another framework: llama.cpp's own test vectors, on the arrays of its own file.
@Suite("GGUF's arrays", Files.needsData)
struct EmbeddedVocabularyTests {
  @Test("46 texts of llama.cpp have its ids")
  func vectors() throws {
    let path = try Files.data("gguf/ggml-vocab-gpt-2.gguf")
    let file = try GGUFFile(path: path)
    guard case .strings(let tokens) = file.metadata["tokenizer.ggml.tokens"],
      case .strings(let merges) = file.metadata["tokenizer.ggml.merges"],
      case .integers(let kinds) = file.metadata["tokenizer.ggml.token_type"]
    else {
      Issue.record("the arrays are missing")
      return
    }
    var vocabulary = EmbeddedVocabulary(
      model: try #require(file.metadata["tokenizer.ggml.model"]?.string), tokens: tokens,
      preTokenizer: file.metadata["tokenizer.ggml.pre"]?.string, path: path)
    vocabulary.merges = merges
    vocabulary.kinds = kinds.map { Int($0) }
    vocabulary.specialIDs.begin = file.metadata["tokenizer.ggml.bos_token_id"]?.integer
    let tokenizer = try vocabulary.tokenizer()
    #expect(tokenizer.vocabularySize == 50257)
    #expect(tokenizer.specialIDs.begin == 50256)

    let texts = try Files.text(path + ".inp").components(separatedBy: "\n__ggml_vocab_test__\n")
    let lines = try Files.text(path + ".out").split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(texts.count == 47)
    for (text, line) in zip(texts, lines) {
      let expected = line.split(separator: " ").compactMap { Int($0) }
      #expect(try tokenizer.encode(text) == expected, "\(text)")
      #expect(try tokenizer.decode(expected) == text)
    }
  }
}
#endif
