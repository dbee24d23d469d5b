import Testing
import Tokenizers

/// By hand: the alternatives of the patterns, one by one.
@Suite("words by pattern")
struct SplitPatternTests {
  @Test(
    "GPT-2",
    arguments: [
      ("", []),
      ("Hello world", ["Hello", " world"]),
      ("it's they'll 'S", ["it", "'s", " they", "'ll", " '", "S"]),
      ("a  b   c", ["a", " ", " b", "  ", " c"]),
      ("a \n\n b", ["a", " \n\n", " b"]),
      ("trailing  ", ["trailing", "  "]),
      ("x1234 56", ["x", "1234", " 56"]),
      ("(!?) \"", ["(!?)", " \""]),
      ("naïve\u{301} ½", ["naïve", "\u{301}", " ½"]),
      ("\t\tx", ["\t", "\t", "x"]),
      ("a\u{a0}b", ["a", "\u{a0}", "b"]),
    ] as [(String, [String])])
  func gpt2(text: String, words: [String]) {
    #expect(
      SplitPattern.gpt2.words(in: text).map { Array($0.utf8) } == words.map { Array($0.utf8) })
  }

  @Test(
    "Llama 3",
    arguments: [
      ("x1234 56", ["x", "123", "4", " ", "56"]),
      ("it'S 'ſx", ["it", "'S", " '", "ſx"]),
      ("it'ſx", ["it", "'ſ", "x"]),
      ("(word) \tb", ["(word", ")", " ", "\tb"]),
      ("a\r\n \n  b", ["a", "\r\n \n", " ", " b"]),
      ("!?\n\nx", ["!?\n\n", "x"]),
      ("  !!  ", [" ", " !!", "  "]),
    ] as [(String, [String])])
  func llama3(text: String, words: [String]) {
    #expect(
      SplitPattern.llama3.words(in: text).map { Array($0.utf8) } == words.map { Array($0.utf8) })
  }

  @Test("Qwen 2 takes digits one by one")
  func qwen2() {
    #expect(SplitPattern.qwen2.words(in: "x12 3") == ["x", "1", "2", " ", "3"])
  }

  @Test("by law: words joined are the text", arguments: SplitPattern.allCases)
  func tiling(pattern: SplitPattern) {
    var generator = Seeded(11)
    let scalars = Array("aB1 \n\r\t'srel½é\u{301}工🦙-_.\u{85}\u{a0}ſ".unicodeScalars)
    for _ in 0..<2000 {
      var text = ""
      for _ in 0..<Int.random(in: 0..<20, using: &generator) {
        text.unicodeScalars.append(scalars[Int.random(in: 0..<scalars.count, using: &generator)])
      }
      let words = pattern.words(in: text)
      #expect(Array(words.joined().utf8) == Array(text.utf8))
      #expect(!words.contains(""))
    }
  }
}

/// By hand: the rules of llama.cpp for files that name none, seen through single bytes.
@Suite("llama.cpp's default words")
struct DefaultRuleTests {
  @Test("no merge crosses a boundary: punctuation, numbers apart, digits in threes")
  func boundaries() throws {
    // Every pair of these letters would merge into "xy"-like tokens if it stood in one word.
    var tokens = ["a", "1", ".", "Ġ", "'", "s", "$"]
    var merges: [String] = []
    for left in tokens.prefix(7) {
      for right in tokens.prefix(7) {
        tokens.append(left + right)
        merges.append(left + " " + right)
      }
    }
    var vocabulary = EmbeddedVocabulary(model: "gpt2", tokens: tokens)
    vocabulary.merges = merges
    let tokenizer = try vocabulary.tokenizer()
    func pieces(_ text: String) throws -> [String] {
      try tokenizer.encode(text).map { try tokenizer.text(of: $0) }
    }
    #expect(try pieces("a.") == ["a", "."])
    #expect(try pieces("a's") == ["a", "'", "s"])
    #expect(try pieces(" a") == ["Ġa"])
    #expect(try pieces(" 1") == ["Ġ", "1"])
    #expect(try pieces(" .") == ["Ġ", "."])
    #expect(try pieces(".$") == [".$"])
    #expect(try pieces("1111") == ["11", "1", "1"])
  }
}
