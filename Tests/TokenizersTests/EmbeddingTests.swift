import Foundation
import Testing
import Tokenizers

/// By law, on the tokenizers that other frameworks made: arrays written and read again give the same ids.
@Suite("tokenizers as GGUF's arrays")
struct EmbeddingTests {
  private struct Cases: Decodable {
    struct Case: Decodable {
      let text: String

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        text = try values.decode(String.self)
      }
    }
    let cases: [Case]
  }

  /// What GGUF's arrays have no words for: a space that byte-level BPE puts first, characters that a map
  /// changes, words cut at every mark, a space that is put before a text only where it has none.
  private static let refused: Set<String> = [
    "gpt2-prefix-space", "spm-rules", "metaspace-split", "llama-metaspace",
  ]

  @Test("the same ids for every text of the goldens", arguments: Files.goldenNames)
  func goldens(name: String) throws {
    let tokenizer = try Files.golden(name)
    let arrays: EmbeddedVocabulary
    do {
      arrays = try tokenizer.embedded(path: name)
    } catch {
      #expect(Self.refused.contains(name), "\(error)")
      #expect("\(error)".contains(name) && "\(error)".contains("GGUF"))
      return
    }
    #expect(!Self.refused.contains(name))
    #expect(arrays.tokens.count == tokenizer.vocabularySize)
    #expect(arrays.kinds.count == arrays.tokens.count)
    let again = try arrays.tokenizer()
    let file = URL(fileURLWithPath: Files.goldens + "/\(name).cases.json")
    for text in try JSONDecoder().decode(Cases.self, from: Data(contentsOf: file)).cases {
      // Special tokens in a text are found by some readers and not by others.
      // Composing a text is left to whoever has Qwen 2.
      let isComposed =
        Array(text.text.precomposedStringWithCanonicalMapping.utf8) == Array(text.text.utf8)
      if name == "qwen2", !isComposed { continue }
      let ids = try? tokenizer.encode(text.text, findingSpecial: false)
      #expect((try? again.encode(text.text, findingSpecial: false)) == ids, "\(text.text)")
    }
    #expect(again.template == tokenizer.template)
    #expect(again.specialIDs.begin == tokenizer.template.prefix.first ?? tokenizer.specialIDs.begin)
    for id in 0..<tokenizer.vocabularySize {
      #expect(try again.text(of: id) == tokenizer.text(of: id))
    }
  }

  @Test("by hand: the tokens, merges and kinds of a small byte-level vocabulary")
  func byHand() throws {
    let vocabulary = #"{"<s>": 0, "a": 1, "b": 2, "ab": 3, "abab": 4}"#
    let merges = "a b\nab ab\n"
    var conventions = ByteLevelConventions()
    conventions.begin = "<s>"
    conventions.putsBeginBeforeText = true
    let tokenizer = try Tokenizer(
      vocabulary: Array(vocabulary.utf8), merges: Array(merges.utf8), conventions: conventions)
    let arrays = try tokenizer.embedded()
    #expect(arrays.model == "gpt2" && arrays.preTokenizer == "gpt-2")
    #expect(arrays.tokens == ["<s>", "a", "b", "ab", "abab"])
    #expect(arrays.merges == ["a b", "ab ab"])
    #expect(arrays.kinds == [3, 1, 1, 1, 1] && arrays.scores.isEmpty)
    #expect(arrays.specialIDs.begin == 0 && arrays.putsBeginBeforeText == true)
    #expect(arrays.putsEndAfterText == false)
    #expect(try arrays.tokenizer().encode("abab", special: .template) == [0, 4])
  }

  @Test("SentencePiece's own scores are kept; ranked merges become scores below zero")
  func scores() throws {
    let plain = try Files.golden("spm-plain").embedded()
    #expect(plain.model == "llama" && plain.scores.count == plain.tokens.count)
    #expect(plain.addsSpacePrefix == true)
    let ranked = try Files.golden("llama-legacy").embedded()
    #expect(ranked.model == "llama")
    // The first merge has the score −1, and no other token one above it but those that no merge makes.
    #expect(ranked.scores.max() == 0 && ranked.scores.filter { $0 < 0 }.max() == -1)
  }
}
