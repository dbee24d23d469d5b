import Foundation
import Testing

/// By law: what is measured of a tiny model is there and counted; no time is compared with another machine's.
@Suite("nibble latency")
struct LatencyTests {
  @Test("a table and a JSON object of every case, with the largest batch within the target")
  func cases() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let arguments = [
      "latency", "--model", model, "--batches", "2,1", "--prompt-lengths", "3", "--new-tokens", "4",
      "--rounds", "2", "--target-p95", "60000",
    ]
    let text = try Nibble.run(arguments)
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("within 60000 ms: up to 2 at a time, the largest that was tried"))
    let json = try Nibble.run(arguments + ["--json"]).json()
    #expect(json["schema"] as? Int == 1 && json["partial"] as? Bool == false)
    #expect(json["largestBatch"] as? Int == 2)
    let cases = try #require(json["cases"] as? [[String: Any]])
    #expect(cases.map { $0["batch"] as? Int } == [1, 2])
    #expect(cases.allSatisfy { ($0["perToken"] as? [String: Any])?["count"] as? Int == 6 })
  }

  @Test("a target that nothing can meet is 1")
  func missed() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "latency", "--model", try TinyModels(in: folder).model("llama"), "--batches", "1",
      "--prompt-lengths", "3", "--new-tokens", "3", "--rounds", "1", "--target-p95", "1e-9")
    #expect(run.status == 1 && run.output.contains("not even the smallest batch"))
  }

  @Test(
    "requests that mean nothing are usage errors, and a model that is not there is 66",
    arguments: [
      (["--batches", "one"], 64, "--batches must be whole numbers"),
      (["--batches", "0"], 64, "--batches must be whole numbers"),
      (["--prompt-lengths", "1,,2"], 64, "--prompt-lengths must be whole numbers"),
      (["--target-p95", "0"], 64, "--target-p95 must be above 0"),
      (["--new-tokens", "1"], 64, "2 new tokens or more"),
      (["--prompt-lengths", "100000"], 64, "100032"),
      (["--model", "no-such-model"], 66, "no-such-model"),
    ] as [([String], Int32, String)])
  func refusals(arguments: [String], status: Int32, words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let named = arguments.contains("--model") ? [] : ["--model", model]
    let run = try Nibble.run(["latency"] + named + arguments)
    #expect(run.status == status && run.output == "", "\(run.errors)")
    #expect(run.errors.contains(words), "\(run.errors)")
  }
}
