import Foundation
import Testing

/// By another framework: a GGUF file of blocks, and transformers' logits for what gguf says they hold.
@Suite("a model in blocks")
struct BlockModelTests {
  private static let folder = Nibble.package + "/Tests/Goldens/models/gguf-blocks"
  private static let model = folder + "/model.gguf"

  @Test("nibble logits: within rounding of transformers'")
  func logits() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let golden = try StoredTensors(path: Self.folder + "/expected.safetensors").tensors
    let expected = try #require(golden["logits"])
    let ids = try Nibble.run("tokenize", "--model", Self.model, "the sun, and the rain")
    #expect(ids.status == 0 && ids.output.hasPrefix("3,"))
    // Whole numbers of 64 bits.
    let bytes = try #require(golden["ids"]).bytes
    let drawn = stride(from: 0, to: bytes.count, by: 8).map { bytes[$0] }
    #expect(drawn.count == expected.shape[0])
    let out = folder.path + "/logits.safetensors"
    let run = try Nibble.run(
      "logits", "--model", Self.model, "--ids", drawn.map(String.init).joined(separator: ","),
      "--out", out)
    #expect(run.status == 0, "\(run.errors)")
    let logits = try #require(try StoredTensors(path: out).tensors["logits"])
    #expect(logits.shape == expected.shape)
    let difference = zip(logits.floats, expected.floats).map { abs($0 - $1) }.max()
    #expect(try #require(difference) < 2e-4)  // as for the same model in floats
  }

  @Test("nibble generate and eval: its own tokenizer, and the bits of its blocks")
  func generateAndEval() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let written = try Nibble.run(
      "generate", "--model", Self.model, "--prompt", "the", "--max-tokens", "8")
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output.hasPrefix("the"))
    let file = try folder.file("text.txt", text: String(repeating: "the sun and rain, ", count: 20))
    let json = try Nibble.run(
      "eval", "--model", Self.model, "--text", file, "--protocol", "gptq-32", "--json"
    ).json()
    let bits = try #require(json["bitsPerWeight"] as? Double)
    // Layers of the same size in q4_k, q2_k, iq4_xs, iq4_nl, tq2_0, q4_0, q5_1, mxfp4, tq1_0 and nvfp4,
    // and four of a quarter of it in q5_k, q3_k, q4_1 and q5_0.
    let whole = [4.5, 2.625, 4.25, 4.5, 2.0625, 4.5, 6, 4.25, 1.6875, 4.5].reduce(0, +)
    let quarters = [5.5, 3.4375, 5, 5.5].reduce(0, +) / 4
    #expect(abs(bits - (whole + quarters) / 11) < 1e-9, "\(bits)")
    #expect(try #require(json["perplexity"] as? Double) > 1)
  }

  @Test("nibble inspect: each tensor's blocks by name")
  func inspect() throws {
    let run = try Nibble.run("inspect", Self.model)
    #expect(run.status == 0)
    for type in ["q4_k", "iq4_xs", "tq1_0", "mxfp4", "nvfp4"] {
      #expect(run.output.contains(" \(type) "), "\(type)")
    }
  }

  @Test("an architecture that is not built is refused by name")
  func architecture() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: Self.model))
    let key = Data("general.architecture".utf8)
    let place = try #require(bytes.range(of: key)?.upperBound)
    // A type and a length come before the five letters.
    bytes.replaceSubrange(place + 12..<place + 17, with: Data("rwkv6".utf8))
    let path = folder.path + "/model.gguf"
    try bytes.write(to: URL(fileURLWithPath: path))
    let run = try Nibble.run("generate", "--model", path, "--prompt", "the")
    #expect(run.status == 65)
    #expect(run.errors.contains("\"rwkv6\""), "\(run.errors)")
  }
}
