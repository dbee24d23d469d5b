import Foundation
import Testing

/// By another framework: transformers' logits of the same weights.
@Suite("nibble logits")
struct LogitsTests {
  @Test("a row a token, within rounding of transformers'", arguments: ["llama", "opt", "gpt2"])
  func golden(name: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model(name, withTokenizer: false)
    let expected = try TinyModels.expected(name)
    let out = folder.path + "/logits.safetensors"
    let ids = expected.ids.map(String.init).joined(separator: ",")
    let run = try Nibble.run("logits", "--model", model, "--ids", ids, "--out", out)
    #expect(run.status == 0)
    #expect(run.output == "")
    #expect(run.errors == "wrote \(out): 24 × 96\n")
    let logits = try #require(try StoredTensors(path: out).tensors["logits"])
    #expect(logits.type == "F32")
    #expect(logits.shape == [24, 96])
    let difference = zip(logits.floats, expected.logits.joined()).map { abs($0 - $1) }.max()
    #expect(try #require(difference) < 2e-4)  // sums in another order, through two blocks
  }

  @Test("ids from a file, and a file that is there is kept without --force")
  func file() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama", withTokenizer: false)
    let ids = try folder.file("ids.json", text: "[5, 6]")
    let out = try folder.file("out.safetensors", text: "mine")
    let refused = try Nibble.run("logits", "--model", model, "--ids", ids, "--out", out)
    #expect(refused.status == 73)
    #expect(text(of: out) == "mine")
    let run = try Nibble.run("logits", "--model", model, "--ids", ids, "--out", out, "--force")
    #expect(run.status == 0)
    #expect(try StoredTensors(path: out).tensors["logits"]?.shape == [2, 96])
  }

  @Test("ids without a token, too many of them, and no model")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama", withTokenizer: false)
    let file = try folder.file("ids.json", text: "[5, 600]")
    let many = (0..<65).map { _ in "7" }.joined(separator: ",")
    for (model, ids, status, words) in [
      (model, "1,x", Int32(64), "nibble: --ids has '1,x', which is no file"),
      (model, "1,-2", 64, "nibble: --ids has '-2' in it"),
      (model, "5,96", 64, "the id 96 at position 1 is not in the vocabulary, 0 to 95"),
      (model, file, 65, "the id 600 at position 1"),
      (model, many, 64, "65 tokens, and the model has positions for 64"),
      (folder.path + "/none", "5", 66, "no such file or folder"),
      (try folder.folder("empty"), "5", 66, "no checkpoint in this folder"),
      (try folder.file("noise.bin", text: "noise"), "5", 65, "no checkpoint of a known format"),
    ] {
      let out = folder.path + "/out.safetensors"
      let run = try Nibble.run("logits", "--model", model, "--ids", ids, "--out", out)
      #expect(run.status == status, "\(run.errors)")
      #expect(run.errors.contains(words), "\(run.errors)")
      #expect(!folder.names().contains("out.safetensors"))
    }
  }
}
