import Foundation
import Testing
import Tokenizers

/// What is wrong with a file is said in words, with the place; nothing traps.
@Suite("bad input")
struct BadInputTests {
  private func failure(_ body: () throws(TokenizerError) -> Tokenizer) -> String {
    do throws(TokenizerError) {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func pair(_ vocabulary: String, _ merges: String = "") -> String {
    failure { () throws(TokenizerError) in
      try Tokenizer(vocabulary: Array(vocabulary.utf8), merges: Array(merges.utf8))
    }
  }

  @Test(
    "vocabularies and merges",
    arguments: [
      ("", "", "vocab.json: at byte 0: expected an object, found the end"),
      ("[]", "", "vocab.json: at byte 0: expected an object, found ["),
      (#"{"a":0"#, "", "vocab.json: at byte 6: expected a comma or the end of the object"),
      (#"{"a":-1}"#, "", "vocab.json: at byte 5: expected an id, a whole number from 0"),
      (#"{"a":0.5}"#, "", "vocab.json: at byte 6: expected a comma or the end of the object"),
      (#"{"a":01}"#, "", "vocab.json: at byte 5: expected an id"),
      (#"{"a":99999999999999999999}"#, "", "vocab.json: at byte 5: expected an id"),
      (#"{"a":2147483647}"#, "", "vocab.json: at byte 5: expected an id"),
      (#"{"a":0,"a":1}"#, "", #"the token "a" has two ids, 0 and 1"#),
      (#"{"a":0,"a":0}"#, "", #"the token "a" has two ids, 0 and 0"#),
      (#"{"a":0,"b":0}"#, "", #"the id 0 has two tokens, "a" and "b""#),
      (#"{"a":0,"b":2}"#, "", "no token has the id 1, though there are 2 tokens"),
      (#"{"a":1}"#, "", "no token has the id 0"),
      (#"{"a\ud800":0}"#, "", "half of a surrogate pair"),
      (#"{"a\udc00":0}"#, "", "half of a surrogate pair"),
      (#"{"a\q":0}"#, "", "unknown escape"),
      (#"{"a\u00g0":0}"#, "", "four hexadecimal digits"),
      ("{\"a\n\":0}", "", "a control character"),
      (#"{"a":0} x"#, "", "expected the end"),
      ("{}", "", "there are no tokens"),
      (#"{"a":0,"b":1,"ab":2}"#, "a b c", #"merge 0 is "a b c"; expected two tokens"#),
      (#"{"a":0,"b":1,"ab":2}"#, "a", #"merge 0 is "a"; expected two tokens"#),
      (#"{"a":0,"b":1,"ab":2}"#, "a b\na c", #"merge 1 needs the token "c""#),
      (#"{"a":0,"b":1,"ab":2}"#, "b a", #"merge 0 needs the token "ba""#),
      (#"{"a":0,"b":1,"ab":2}"#, "a b\na b", #"merge 1, "a b", was there before"#),
      (#"{"":0,"b":1}"#, " b", "empty token, and would merge without end"),
    ])
  func vocabulary(vocabulary: String, merges: String, expected: String) {
    let message = pair(vocabulary, merges)
    #expect(message.contains(expected), "\(message)")
  }

  @Test("bytes that are not UTF-8")
  func notUTF8() {
    let first = failure { () throws(TokenizerError) in
      try Tokenizer(vocabulary: [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x30, 0x7d], merges: [])
    }
    #expect(first.contains("vocab.json: at byte 2: the text is not valid UTF-8"))
    let second = failure { () throws(TokenizerError) in
      try Tokenizer(vocabulary: Array(#"{"a":0}"#.utf8), merges: [0x61, 0x20, 0xc3])
    }
    #expect(second.contains("merges.txt: at byte 2: the text is not valid UTF-8"))
  }

  private func json(
    normalizer: String = "null", preTokenizer: String = #"{"type":"ByteLevel"}"#,
    decoder: String = #"{"type":"ByteLevel"}"#, post: String = "null",
    model: String = #"{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}"#,
    added: String = "[]", more: String = ""
  ) -> String {
    failure { () throws(TokenizerError) in
      try .readingJSON(
        Array(
          """
          {"version":"1.0","added_tokens":\(added),"normalizer":\(normalizer),
          "pre_tokenizer":\(preTokenizer),"post_processor":\(post),"decoder":\(decoder),
          "model":\(model)\(more)}
          """.utf8))
    }
  }

  @Test("what tokenizer.json asks for and is not carried out is refused by name")
  func unsupportedParts() {
    #expect(json() == "no error")
    #expect(json(normalizer: #"{"type":"NFKC"}"#).contains("the normalizer \"NFKC\""))
    #expect(
      json(normalizer: #"{"type":"Sequence","normalizers":[{"type":"Lowercase"}]}"#)
        .contains("the normalizer \"Lowercase\""))
    #expect(
      json(normalizer: #"{"type":"Replace","pattern":{"Regex":" +"},"content":" "}"#)
        .contains("the normalizer Replace of"))
    #expect(json(preTokenizer: #"{"type":"Whitespace"}"#).contains("\"Whitespace\""))
    #expect(
      json(preTokenizer: #"{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated"}"#)
        .contains("the split pattern"))
    #expect(json(decoder: #"{"type":"WordPiece"}"#).contains("the decoder \"WordPiece\""))
    #expect(json(decoder: "null").contains("the decoder \"null\""))
    #expect(json(post: #"{"type":"Other"}"#).contains("the post-processor \"Other\""))
    #expect(
      json(model: #"{"type":"Unigram","vocab":[["a",-1.5]]}"#).contains("the model \"Unigram\""))
    #expect(
      json(model: #"{"type":"WordPiece","vocab":{"a":0}}"#).contains("the model \"WordPiece\""))
    let dropout = #"{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}"#
    #expect(json(model: dropout).contains("the model's dropout"))
    let suffix = #"{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0},"merges":[]}"#
    #expect(json(model: suffix).contains("end_of_word_suffix"))
    #expect(json(more: #","other":1"#).contains("the part \"other\""))
    let singleWord = #"[{"id":3,"content":"x","single_word":true}]"#
    #expect(json(added: singleWord).contains("single_word"))
  }

  @Test("what tokenizer.json says that cannot be")
  func inconsistentJSON() {
    #expect(json(added: #"[{"id":7,"content":"x"}]"#).contains("no token has the id 3"))
    #expect(json(added: #"[{"id":1,"content":"x"}]"#).contains("the id 1 has two tokens"))
    #expect(json(added: #"[{"id":3,"content":"a"}]"#).contains("the token \"a\" has two ids"))
    #expect(json(added: #"[{"content":"a"}]"#).contains("lacks an id"))
    #expect(json(more: #","version":"1.0""#).contains("the key \"version\" comes twice"))
    #expect(
      json(
        post: #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}]}"#
      ).contains("not among its special tokens"))
    #expect(
      json(post: #"{"type":"BertProcessing","sep":["x",9],"cls":["y",0]}"#)
        .contains("names the id 9"))
    let missing = #"{"type":"BPE","byte_fallback":true,"vocab":{"a":0},"merges":[]}"#
    #expect(
      json(preTokenizer: "null", decoder: #"{"type":"Metaspace"}"#, model: missing)
        .contains("<0x00> is missing"))
    let deep = String(repeating: "[", count: 100_000)
    #expect(json(normalizer: deep).contains("nested deeper than 64"))
  }

  @Test("GGUF's arrays")
  func embedded() {
    var vocabulary = EmbeddedVocabulary(model: "gpt2", tokens: ["a", "b", "ab"], path: "x.gguf")
    func message() -> String {
      failure { () throws(TokenizerError) in try vocabulary.tokenizer() }
    }
    vocabulary.preTokenizer = "falcon"
    #expect(message().contains(#"tokenizer.ggml.pre "falcon" is not supported"#))
    vocabulary.preTokenizer = "gpt-2"
    vocabulary.merges = ["a b"]
    #expect(message() == "no error")
    vocabulary.merges = ["a c"]
    #expect(message().contains("x.gguf: merge 0 needs the token \"c\""))
    vocabulary.merges = []
    vocabulary.kinds = [1, 1]
    #expect(message().contains("has 2 elements for 3 tokens"))
    vocabulary.kinds = [1, 1, 9]
    #expect(message().contains("the token 2 has the type 9"))
    vocabulary.kinds = []
    vocabulary.specialIDs.begin = 3
    #expect(message().contains("a special token has the id 3"))
    vocabulary.specialIDs.begin = nil
    vocabulary.tokens = ["a", "b", "a"]
    #expect(message().contains("the token \"a\" has two ids, 0 and 2"))
    vocabulary.model = "bert"
    #expect(message().contains("\"bert\" is not supported"))
    vocabulary.model = "llama"
    #expect(message().contains("scores has 0 elements for 3 tokens"))
    vocabulary.tokens = ["a", "b", "ab"]
    vocabulary.scores = [0, .nan, 0]
    #expect(message().contains("no number for a score"))
    vocabulary.scores = [0, 0, 0]
    vocabulary.kinds = [1, 6, 1]
    #expect(message().contains("not of the form <0x0A>"))
    vocabulary.tokens = [""]
    vocabulary.kinds = []
    vocabulary.scores = [0]
    #expect(message().contains("the piece 0 is empty"))
    vocabulary.tokens = []
    vocabulary.scores = []
    #expect(message().contains("there are no tokens"))
  }

  @Test("SentencePiece models")
  func sentencePiece() {
    func message(_ contents: [UInt8]) -> String {
      failure { () throws(TokenizerError) in try .readingSentencePiece(contents) }
    }
    #expect(message([]).contains("there are no pieces"))
    #expect(message([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]).contains("only 0 are left"))
    #expect(message([0x0a, 0x80]).contains("ends inside a number"))
    #expect(message([UInt8](repeating: 0xff, count: 20)).contains("longer than 64 bits"))
    #expect(message([0x0f]).contains("wire type 7"))
    #expect(message([0x00, 0x00]).contains("number 0"))
    let piece: [UInt8] = [0x0a, 0x03, 0x0a, 0x01, 0x61]
    #expect(message(piece + [0x12, 0x02, 0x18, 0x01]).contains("the model type \"unigram\""))
    #expect(message(piece + piece + [0x12, 0x02, 0x18, 0x02]).contains("two ids, 0 and 1"))
    #expect(message([0x0a, 0x05, 0x0a, 0x01, 0x61, 0x18, 0x09]).contains("the type 9"))
    #expect(message([0x0a, 0x03, 0x0a, 0x01, 0xff, 0x12, 0x02, 0x18, 0x02]).contains("UTF-8"))
    #expect(message(piece + [0x12, 0x02, 0x18, 0x02]) == "no error")
    #expect(
      message(piece + [0x12, 0x05, 0x18, 0x02, 0x98, 0x02, 0x01]).contains("<0x00> is missing"))
    #expect(
      message(piece + [0x12, 0x02, 0x18, 0x02, 0x1a, 0x04, 0x12, 0x02, 1, 2]).contains("cut off"))
  }

  @Test("llama2.c's files")
  func llama2C() {
    func message(_ contents: [UInt8]) -> String {
      failure { () throws(TokenizerError) in try .readingLlama2C(contents) }
    }
    #expect(message([1, 0]).contains("ends inside a number"))
    #expect(message([1, 0, 0, 0]).contains("there are 0 tokens; at least 259"))
    let token: [UInt8] = [0, 0, 0, 0, 9, 0, 0, 0, 1]
    #expect(message([1, 0, 0, 0] + token).contains("the token 0 has 9 bytes"))
    let negative: [UInt8] = [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
    #expect(message([1, 0, 0, 0] + negative).contains("the token 0 has -1 bytes"))
  }

  @Test("paths and folders")
  func paths() throws {
    let folder = NSTemporaryDirectory() + "nibble-tokenizer-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func message(_ path: String) -> String {
      failure { () throws(TokenizerError) in try .load(path: path) }
    }
    #expect(throws: TokenizerError.noSuchFile(path: folder + "/x")) {
      try Tokenizer.load(path: folder + "/x")
    }
    #expect(message(folder).contains("no tokenizer in this folder"))
    try Data().write(to: URL(fileURLWithPath: folder + "/model.txt"))
    #expect(message(folder + "/model.txt").contains("the kind of file"))
    #expect(message("/dev/null").contains("the kind of file"))
    #expect(TokenizerError.noTokenizer(folder: "x").isMissingInput)
    #expect(!TokenizerError.inconsistent(path: "x", reason: "y").isMissingInput)
    try Data(#"{"bos_token":"<zz>"}"#.utf8).write(
      to: URL(fileURLWithPath: folder + "/tokenizer_config.json"))
    try Data(#"{"a":0}"#.utf8).write(to: URL(fileURLWithPath: folder + "/vocab.json"))
    try Data().write(to: URL(fileURLWithPath: folder + "/merges.txt"))
    #expect(message(folder).contains("the special token \"<zz>\" is not in the vocabulary"))
  }

  @Test("ids outside, and characters without a token")
  func use() throws {
    let tokenizer = try Tokenizer(
      vocabulary: Array(#"{"a":0,"b":1,"ab":2}"#.utf8), merges: Array("a b".utf8))
    #expect(try tokenizer.encode("abba") == [2, 1, 0])
    #expect(throws: TokenizerError.noSuchID(id: 3, vocabularySize: 3)) {
      try tokenizer.decode([0, 3])
    }
    #expect(throws: TokenizerError.noSuchID(id: -1, vocabularySize: 3)) {
      try tokenizer.text(of: -1)
    }
    #expect(throws: TokenizerError.cannotEncode(piece: "<0x63>")) { try tokenizer.encode("abc") }
    #expect(try tokenizer.encode("") == [])
    #expect(try tokenizer.decode([]) == "")
  }
}
