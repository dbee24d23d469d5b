import Foundation
import Testing

/// By hand on files written here; by the published format on real ones.
@Suite("nibble eval --tasks")
struct EvalTasksTests {
  private static let question = "q,a,b,c,d,"

  @Test("a question's answer is the choice whose tokens the model holds most probable")
  func questions() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    let (context, choices) = ("one and two", [" a", " bc", "def", "g"])
    // By second implementation: each answer's tokens from `nibble logits`, run as one text.
    let scores = try choices.map { choice in
      let ids = TinyModels.ids(context + choice)
      let out = folder.path + "/logits.safetensors"
      _ = try Nibble.run(
        "logits", "--model", model, "--ids", ids.map(String.init).joined(separator: ","), "--out",
        out, "--force")
      let rows = try TinyModels.rows(of: out)
      return (context.utf8.count..<ids.count).reduce(0.0) {
        $0 + TinyModels.logProbabilities(rows[$1 - 1])[ids[$1]]
      }
    }
    let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
    func line(_ topic: String, _ answer: Int) -> String {
      "{\"topic\":\"\(topic)\",\"context\":\"\(context)\",\"choices\":[\" a\",\" bc\",\"def\",\"g\"],"
        + "\"answer\":\(answer)}\n"
    }
    let file = try folder.file(
      "q.jsonl", text: line("x", best) + line("x", (best + 1) % 4) + line("y", best))
    let json = try Nibble.run(
      "eval", "--model", model, "--against", model, "--tasks", "questions:" + file, "--json"
    ).json()
    let tasks = try #require(json["tasks"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["questions:x", "questions:y"])
    #expect(tasks.map { $0["questions"] as? Int } == [2, 1])
    #expect(tasks.map { $0["correct"] as? Int } == [1, 1])
    #expect(tasks[0]["accuracy"] as? Double == 0.5)
    #expect(tasks[0]["standardError"] as? Double == 0.5)  // √(¼ / 1)
    #expect(tasks[0]["baseAccuracy"] as? Double == 0.5)
    #expect(tasks[0]["flips"] as? Int == 0)
    #expect(abs(try #require(json["accuracy"] as? Double) - 2.0 / 3) < 1e-15)
    #expect(json["partial"] as? Bool == false)
    #expect(json["perplexity"] == nil, "there was no text")
  }

  @Test(
    "MMLU with and without a header, quoted fields with commas, quotes and line ends, by subject")
  func files() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model(
      "llama", configured: ["max_position_embeddings": 4096])
    let header = "question,choice0,choice1,choice2,choice3,answer\n"
    let odd = "\"A \"\"quoted\"\", long\nquestion\",1,\"2, 3\",4,5,2\r\n"
    _ = try folder.file("m/test/logic_test.csv", text: header + odd + Self.question + "0\n")
    _ = try folder.file("m/dev/logic_dev.csv", text: header + odd + odd)
    _ = try folder.file("m/test/old_logic_test.csv", text: Self.question + "D")
    _ = try folder.file(
      "m/dev/old_logic_dev.csv", text: Self.question + "A\n" + Self.question + "B\n")
    let task = "mmlu:" + folder.path + "/m"
    let all = try Nibble.run("eval", "--model", model, "--tasks", task, "--shots", "2", "--json")
    let tasks = try #require(try all.json()["tasks"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["mmlu:logic", "mmlu:old_logic"])
    #expect(tasks.map { $0["questions"] as? Int } == [2, 1])
    #expect(tasks.map { $0["shots"] as? Int } == [2, 2])
    let one = try Nibble.run(
      "eval", "--model", model, "--tasks", task + ":logic", "--shots", "1", "--questions", "1",
      "--json"
    ).json()
    #expect((one["tasks"] as? [[String: Any]])?.map { $0["questions"] as? Int } == [1])
    // The prompt is letter for letter the authors': its tokens are its characters.
    let example = "A \"quoted\", long\nquestion\nA. 1\nB. 2, 3\nC. 4\nD. 5\nAnswer:"
    let prompt =
      "The following are multiple choice questions (with answers) about logic.\n\n" + example
      + " C\n\n" + example
    let out = folder.path + "/logits.safetensors"
    _ = try Nibble.run(
      "logits", "--model", model, "--ids",
      TinyModels.ids(prompt + " ").map(String.init).joined(separator: ","), "--out", out)
    let row = try #require(try TinyModels.rows(of: out).last)
    #expect(try all.json()["warnings"] as? [String] == [])
    let letters = TinyModels.ids("ABCD").map { row[$0] }
    let isRight = letters.indices.max { letters[$0] < letters[$1] } == 2
    #expect((one["tasks"] as? [[String: Any]])?.first?["correct"] as? Int == (isRight ? 1 : 0))

    // Of 64 positions the question takes most: what had no room is said, beside the figures.
    let narrow = try TinyModels(in: folder).model(
      "llama", configured: ["max_position_embeddings": 230])
    let cut = try Nibble.run(
      "eval", "--model", narrow, "--tasks", task + ":logic", "--shots", "2", "--questions", "1")
    #expect(
      cut.output.contains(
        "warning: mmlu:logic: before 1 of 1 questions fewer than 2 examples had room in 230 positions"
      ),
      "\(cut.output)")
    // Nothing is compared with, and there is no column for it.
    #expect(cut.output.contains("shots") && !cut.output.contains("other model"))

    for (options, status, words) in [
      ([task + ":ethics"], Int32(66), "no subject 'ethics'; there are logic, old_logic"),
      ([task, "--shots", "3"], 65, "logic_dev.csv: has 2 examples and --shots is 3"),
    ] {
      let run = try Nibble.run(["eval", "--model", model, "--json", "--tasks"] + options)
      #expect(run.status == status)
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test("MMLU in the cache is known by its name, whole or by a subject, once all of it is there")
  func named() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let environment = ["NIBBLE_CACHE": folder.path + "/cache"]
    let model = try TinyModels(in: folder).model(
      "llama", configured: ["max_position_embeddings": 4096])
    func run(_ task: String) throws -> Nibble.Run {
      try Nibble.run(
        ["eval", "--model", model, "--tasks", task, "--shots", "1", "--json"],
        environment: environment)
    }
    for task in ["mmlu", "mmlu:logic"] {
      let missing = try run(task)
      #expect(missing.status == 66)
      #expect(missing.errors.contains("MMLU is not in the cache yet"), "\(missing.errors)")
      #expect(missing.errors.contains("run: nibble fetch mmlu"))
    }
    let listing = try Nibble.run(["fetch", "--list", "--json"], environment: environment).json()
    let entries = try #require(listing["entries"] as? [[String: Any]])
    let entry = try #require(entries.first { $0["name"] as? String == "mmlu" })
    let part = try #require((entry["folders"] as? [[String: Any]])?.first)
    let archive = try #require((part["from"] as? [String: Any])?["sha256"] as? String)
    // As unpacking leaves it; lengths are looked at here, and digests by nibble fetch.
    var files: [[String: Any]] = []
    for subject in ["logic", "old_logic"] {
      for split in ["dev", "test"] {
        let path = "data/\(split)/\(subject)_\(split).csv"
        _ = try folder.file("cache/datasets/mmlu/\(path)", text: Self.question + "B\n")
        files.append(
          ["path": path, "bytes": Self.question.utf8.count + 2, "sha256": archive])
      }
    }
    _ = try folder.file(
      "cache/datasets/mmlu/data/manifest.json",
      [UInt8](
        try JSONSerialization.data(withJSONObject: ["archive": archive, "files": files])))
    let all = try #require(try run("mmlu").json()["tasks"] as? [[String: Any]])
    #expect(all.map { $0["name"] as? String } == ["mmlu:logic", "mmlu:old_logic"])
    let one = try #require(try run("mmlu:old_logic").json()["tasks"] as? [[String: Any]])
    #expect(one.map { $0["name"] as? String } == ["mmlu:old_logic"])
    let unknown = try run("mmlu:ethics")
    #expect(unknown.status == 66)
    #expect(unknown.errors.contains("no subject 'ethics'; there are logic, old_logic"))
    // Half of it gone: it is not asked as if it were all.
    _ = try folder.file("cache/datasets/mmlu/data/test/logic_test.csv", text: "cut")
    #expect(try run("mmlu").status == 66)
  }

  @Test(
    "files that are no MMLU are bad data, with their line",
    arguments: [
      ("q,a,b,c,d\n", ":1: 5 fields"), ("q,a,b,c,d,1\nq,a,b,c,d,E\n", ":2: the answer is 'E'"),
      ("q,a,b,c,d,1\n\"open,a\n", ":2: a quoted field"), ("", "holds no question"),
    ])
  func malformed(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("llama")
    _ = try folder.file("m/test/x_test.csv", text: text)
    let run = try Nibble.run(
      "eval", "--model", model, "--tasks", "mmlu:\(folder.path)/m", "--shots", "0", "--json")
    #expect(run.status == 65)
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test(
    "stories260K on the sample of MMLU: every question is read, and examples that find no room are left out",
    .enabled(if: RealData.folder != nil, RealData.reason))
  func sample() throws {
    let data = try #require(RealData.folder)
    let run = try Nibble.run(
      "eval", "--model", data + "/tiny-lm", "--tasks", "mmlu:\(data)/mmlu-sample", "--questions",
      "4", "--json")
    #expect(run.status == 0, "\(run.errors)")
    let tasks = try #require(try run.json()["tasks"] as? [[String: Any]])
    #expect(tasks.count == 11)
    #expect(tasks.allSatisfy { $0["questions"] as? Int == 4 })
    let whole = try Nibble.run(
      "eval", "--model", data + "/tiny-lm", "--tasks", "mmlu:\(data)/mmlu-sample:formal_logic",
      "--shots", "0", "--json"
    ).json()
    #expect((whole["tasks"] as? [[String: Any]])?.first?["questionsInTask"] as? Int == 126)
  }
}
