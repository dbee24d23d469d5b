import Foundation
import TestSupport
import Testing

/// By law, on tiny models; what the figures are is tested where they are computed.
@Suite("nibble inspect --text")
struct InspectTextTests {
  @Test("every input of every layer is told: who reads it, how many medians, who stands out")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let file = try folder.file("text.txt", text: String(repeating: "some words ", count: 10))
    let run = try Nibble.run("inspect", model, "--text", file, "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let found = try #require(try run.json()["activations"] as? [String: Any])
    // 110 characters, a token each; the model has 64 positions.
    #expect(found["tokens"] as? Int == 110)
    #expect(found["windows"] as? Int == 2)
    #expect(found["beginningToken"] == nil)
    #expect(found["threshold"] as? Double == 6)
    #expect(found["ratio"] as? Double == 10)
    let inputs = try #require(found["inputs"] as? [[String: Any]])
    #expect(inputs.map { $0["block"] as? Int } == [0, 0, 0, 0, 1, 1, 1, 1])
    let roles = inputs.map { $0["roles"] as? [String] ?? [] }
    #expect(
      roles[0..<4] == [["query", "key", "value"], ["output"], ["gate", "up"], ["down"]])
    #expect(
      inputs[7]["weights"] as? [String] == ["model.layers.1.mlp.down_proj.weight"])
    for (input, width) in zip(inputs, [32, 32, 32, 48, 32, 32, 32, 48]) {
      let channels = try #require(input["channels"] as? [String: Any])
      #expect(channels["count"] as? Int == width)
      let values = try #require(channels["quantiles"] as? [[String: Double]])
        .compactMap { $0["value"] }
      #expect(values == values.sorted())
      let outliers = try #require(input["outlierChannels"] as? [[String: Double]])
      #expect((values.last ?? 0 >= 6) == !outliers.isEmpty)
      #expect(outliers.allSatisfy { ($0["share"] ?? 0) > 0 && ($0["share"] ?? 2) <= 1 })
    }
    // Fewer tokens are the beginning of the same text.
    let few = try Nibble.run("inspect", model, "--text", file, "--tokens", "11", "--json").json()
    #expect((few["activations"] as? [String: Any])?["tokens"] as? Int == 11)
  }

  @Test(
    "the map keeps to the width, and is plain where nobody looks", arguments: [24, 40, 80, 200])
  func map(width: Int) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("opt")
    let file = try folder.file("text.txt", text: "some words")
    let run = try Nibble.run(
      "inspect", model, "--text", file, environment: ["COLUMNS": "\(width)", "NO_COLOR": ""])
    #expect(run.status == 0)
    #expect(!run.output.contains("\u{1B}"))
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("Inputs") })
    #expect(lines[start...].allSatisfy { $0.count <= width })
    #expect(lines[start...].contains { $0.contains("1 down") })
    #expect(lines[start...].contains { $0.contains("medians") })
  }

  @Test("what cannot be read is said, with the code of its kind")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let models = TinyModels(in: folder)
    let model = try models.model("llama")
    let file = try folder.file("text.txt", text: "words")
    let empty = try folder.file("empty.txt", text: "")
    let binary = try folder.file("binary", [0xFF, 0xFE])
    let cases: [([String], Int32, String)] = [
      (["inspect", model, "--tokens", "5"], 64, "--tokens goes with --text"),
      (["inspect", model, "--text", file, "--tokens", "0"], 64, "at least 1"),
      (["inspect", model, "--text", folder.path + "/none"], 66, "no such file"),
      (["inspect", model, "--text", empty], 65, "no token"),
      (["inspect", model, "--text", binary], 65, "UTF-8"),
      (
        ["inspect", try models.model("opt", withTokenizer: false), "--text", file], 66, "tokenizer"
      ),
    ]
    for (arguments, status, words) in cases {
      let run = try Nibble.run(arguments)
      #expect(run.status == status)
      #expect(run.output == "")
      #expect(run.errors.contains(words))
    }
  }
}
