import Foundation
import Testing

/// By hand on a tokenizer of single characters; by other frameworks on published ones.
@Suite("nibble tokenize")
struct TokenizeTests {
  @Test("a text's ids, with commas, and back")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let run = try Nibble.run("tokenize", "--model", model, "a b!")
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.output == "64,94,65,0\n")  // "a" is 97 − 33
    let back = try Nibble.run("tokenize", "--model", model, "--decode", "--ids", "64,94,65,0")
    #expect(back.status == 0)
    #expect(back.output == "a b!\n")
  }

  @Test("--json has ids, or the text, and its output is read as --ids")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let file = try folder.file("text.txt", text: "one\ntwo")
    let run = try Nibble.run("tokenize", "--model", model, "--file", file, "--json", "--pieces")
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "ids", "pieces"])
    #expect(json["ids"] as? [Int] == TinyModels.ids("one\ntwo"))
    #expect(json["pieces"] as? [String] == ["o", "n", "e", "Ċ", "t", "w", "o"])
    for text in [run.output, "[78, 77]"] {
      let ids = try folder.file("ids.json", text: text)
      let back = try Nibble.run(
        "tokenize", "--model", model + "/tokenizer.json", "--decode", "--ids", ids, "--json"
      ).json()
      #expect(Set(back.keys) == ["schema", "text"])
      #expect(back["text"] as? String == (text == run.output ? "one\ntwo" : "on"))
    }
  }

  @Test(
    "requests that mean nothing are usage errors",
    arguments: [
      ([], "give a text, or --file, or --decode with --ids"),
      (["a", "--file", "b"], "there is a text and --file; give one of them"),
      (["--decode"], "--decode needs --ids"),
      (["--ids", "1"], "--ids goes with --decode"),
      (["a", "--decode", "--ids", "1"], "takes --ids, and no text"),
      (["--decode", "--ids", "1,-2"], "'-2'"), (["--decode", "--ids", ""], "--ids is empty"),
      (["--decode", "--ids", "96"], "the id 96 at position 0 is not in the vocabulary, 0 to 95"),
    ])
  func usage(options: [String], words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let run = try Nibble.run(["tokenize", "--model", model] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("what is not there is 66, what is not what it should be is 65")
  func badInput() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let models = TinyModels(in: folder)
    let model = try models.model("llama")
    let latin = try folder.file("latin.txt", [0x61, 0xe9, 0x62])
    let ids = try folder.file("ids.json", text: "{\"tokens\": [1]}")
    let broken = try folder.file("broken/tokenizer.json", text: "{\"model\": ")
    for (options, status, words) in [
      (["--model", folder.path + "/none", "a"], Int32(66), "no such file or folder"),
      (["--model", try models.model("llama", withTokenizer: false), "a"], 66, "no tokenizer"),
      (["--model", model, "--file", folder.path + "/none"], 66, "no such file"),
      (["--model", model, "--file", folder.path], 66, "a folder stands there"),
      (["--model", model, "--file", latin], 65, "not a text in UTF-8 (the bytes from 1 on"),
      (["--model", model, "--decode", "--ids", ids], 65, "not a list of token ids"),
      (["--model", model, "--decode", "--ids", folder.path + "/x"], 66, "no such file"),
      (["--model", broken, "a"], 65, "broken/tokenizer.json"),
      (["--model", model, "é"], 65, "has no token in this vocabulary"),
    ] {
      let run = try Nibble.run(["tokenize"] + options)
      #expect(run.status == status, "\(options): \(run.errors)")
      #expect(run.output == "")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test(
    "a GGUF file's own vocabulary gives llama.cpp's ids, and --special adds both ends",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func gguf() throws {
    let path = try #require(RealData.folder) + "/gguf/ggml-vocab-gpt-2.gguf"
    let texts = text(of: path + ".inp").components(separatedBy: "\n__ggml_vocab_test__\n")
    let lines = text(of: path + ".out").split(separator: "\n", omittingEmptySubsequences: false)
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for place in [5, 20, 45] {
      let file = try folder.file("text", text: texts[place])
      let run = try Nibble.run("tokenize", "--model", path, "--file", file)
      #expect(
        run.output.split(separator: ",").joined(separator: " ")
          == lines[place].trimmingCharacters(in: .whitespaces) + "\n")
    }
    let both = try Nibble.run("tokenize", "--model", path, "--special", "Hello")
    #expect(both.output == "50256,15496,50256\n")
    let shown = try Nibble.run(
      "tokenize", "--model", path, "--decode", "--ids", "50256,15496", "--special")
    #expect(shown.output == "<|endoftext|>Hello\n")
    let hidden = try Nibble.run("tokenize", "--model", path, "--decode", "--ids", "50256,15496")
    #expect(hidden.output == "Hello\n")
  }

  @Test(
    "llama2.c's tokenizer is found beside the weights, a SentencePiece model by its name",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func others() throws {
    let data = try #require(RealData.folder)
    for path in ["/tiny-lm", "/tiny-lm/stories260K.bin", "/tiny-lm/tok512.bin"] {
      let run = try Nibble.run("tokenize", "--model", data + path, "Once upon a time", "--special")
      #expect(run.output == "1,403,407,261,378,2\n", "\(path): \(run.errors)")
    }
    // Of mistral-tokenizer-v1.expected.json.
    let run = try Nibble.run(
      "tokenize", "--model", data + "/sentencepiece/mistral-tokenizer-v1.model", "Hello world")
    #expect(run.output == "22557,1526\n")
  }
}
