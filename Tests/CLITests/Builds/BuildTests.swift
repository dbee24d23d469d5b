import Foundation
import Glibc
import Testing

/// By law, on tiny random models: a folder that is whole or not there, and numbers that agree with other commands.
@Suite("nibble build")
struct BuildTests {
  private let folder: TemporaryFolder
  private let model: String
  private let text: String

  init() throws {
    folder = try TemporaryFolder()
    model = try TinyModels(in: folder).model("opt")
    let words = (0..<600).map { "word\($0 * 7919 % 997) and\($0 % 13)" }
    text = try folder.file("text.txt", text: words.joined(separator: " "))
  }

  private func arguments(_ persona: String, _ more: String...) -> [String] {
    [
      "build", persona, "--model", model, "--dataset", text, "--out", folder.path + "/out",
      "--samples", "6", "--sequence-length", "32", "--test-windows", "3",
    ] + more
  }

  private func contents(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path + "/out/" + name, encoding: .utf8)
  }

  private func object(_ name: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(try contents(name).utf8)) as? [String: Any])
  }

  /// Every chart that the Markdown shows is there.
  private func chartsStand() throws {
    let report = try contents("report.md")
    let charts = report.matches(of: /\(charts\/([^)]+)\)/).map { String($0.1) }
    #expect(!charts.isEmpty)
    #expect(Set(charts) == Set(folder.names(in: "out/charts")))
    for chart in charts {
      let drawing = try contents("charts/" + chart)
      #expect(drawing.hasPrefix("<svg ") && drawing.hasSuffix("</svg>\n"))
      #expect(drawing.components(separatedBy: "<svg").count == 2 && drawing.contains("<style>"))
    }
    let page = try contents("report.html")
    // Nothing is fetched from anywhere; an address in the text is another matter.
    #expect(page.contains("<svg ") && !page.contains("<script") && !page.contains("<link"))
    #expect(page.firstMatch(of: /(src|href)=/) == nil)
    #expect(page.components(separatedBy: "<figure class=\"chart\">").count > 1)
  }

  /// What was read is written down: other windows for every seed, and the test's shared with none.
  private func tokensStand(seeds: [Int]) throws {
    let readings = try #require(try object("tokens.json")["readings"] as? [[String: Any]])
    #expect(readings.count == 1)
    for reading in readings {
      let test = try #require(reading["test"] as? [[Int]])
      #expect(test.count == 3 && test.allSatisfy { $0.count == 32 })
      let found = try #require(reading["calibrations"] as? [[String: Any]])
      #expect(found.compactMap { $0["seed"] as? Int } == seeds)
      let windows = found.compactMap { $0["windows"] as? [[Int]] }
      #expect(windows.allSatisfy { $0.count == 6 && $0.allSatisfy { $0.count == 32 } })
      #expect(Set(windows).count == seeds.count)
      #expect(Set(windows.joined()).isDisjoint(with: test))
    }
  }

  @Test(
    "cs-student: a checkpoint that reads as the table says, a report, findings, and how to do it again"
  )
  func student() throws {
    defer { folder.remove() }
    let run = try Nibble.run(arguments("cs-student", "--seeds", "2", "--json"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      folder.names(in: "out") == [
        "build.json", "charts", "checkpoint", "checkpoint-layers.csv", "commands.sh",
        "findings.json", "perplexity_results.txt", "report.html", "report.md", "tokens.json",
      ])
    try tokensStand(seeds: [0, 1])
    #expect(folder.names().filter { $0.hasPrefix(".") }.isEmpty)
    let report = try run.json()
    #expect(report["schema"] as? Int == 1 && report["persona"] as? String == "cs-student")
    let verdict = try #require(report["verdict"] as? String)
    #expect(["holds", "fails", "undecided"].contains(verdict))
    #expect((report["files"] as? [String])?.contains("checkpoint/config.json") ?? false)
    let findings = try object("findings.json")
    let layers = try #require(findings["layers"] as? [[String: Any]])
    #expect(layers.count == 12)
    #expect(layers.allSatisfy { ($0["feedback"] as? [Double])?.count == 2 })
    #expect((findings["points"] as? [Any])?.count == 12 * 6)
    #expect(try object("build.json")["verdict"] as? String == verdict)
    try chartsStand()
    // The checkpoint is the first seed's model.
    let results = try contents("perplexity_results.txt").split(separator: "\n")
    func perplexity(_ words: String) throws -> Double {
      let line = try #require(results.first { $0.contains(words) })
      let end = try #require(line.range(of: words)).upperBound
      let rest = line[end...]
      return try #require(Double(rest.split(separator: " ")[0]))
    }
    let (stored, computed) = (
      try perplexity("checkpoint/, read back"), try perplexity("gptq, 4 bits, seed 0")
    )
    // Its scales are stored in 16 bits: a part in two thousand of a step.
    #expect(abs(stored / computed - 1) < 0.01, "\(stored) \(computed)")
    let made = try Nibble.run(
      "generate", "--model", folder.path + "/out/checkpoint", "--prompt", "ab", "--max-tokens", "2",
      "--temperature", "0")
    #expect(made.status == 0, "\(made.errors)")
    let commands = try contents("commands.sh")
    #expect(commands.hasPrefix("#!/bin/sh\n"))
    #expect(commands.contains("nibble build cs-student --model \(model)"))
    #expect(try Nibble.shell("sh -n '\(folder.path)/out/commands.sh'").status == 0)
  }

  @Test("frontier-researcher: a line a layer, published numbers marked as such, a plan")
  func frontier() throws {
    defer { folder.remove() }
    let run = try Nibble.run(arguments("frontier-researcher", "--seeds", "1"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("condition of H"))
    let lines = try contents("sensitivity.jsonl").split(separator: "\n")
    #expect(lines.count == 12)
    for line in lines {
      let layer = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(layer["bits"] as? Int == 3 && layer["inputs"] as? Int ?? 0 >= 32)
      #expect(layer["relativeError"] as? Double ?? 0 > 0)
      let spectrum = try #require(layer["spectrum"] as? [Double])
      #expect(spectrum.count == layer["inputs"] as? Int && spectrum == spectrum.sorted(by: >))
      #expect(layer["damping"] as? Double ?? 0 >= 0.01)
      #expect(layer["dampingAmount"] as? Double ?? 0 > 0)
      let flow = try #require(layer["flow"] as? [String: Any])
      let (losses, pushes) = (flow["losses"] as? [Double], flow["pushes"] as? [[Double]])
      #expect(losses?.isEmpty == false && pushes?.count == losses?.count)
    }
    try tokensStand(seeds: [0])
    try chartsStand()
    let report = try contents("report.md")
    #expect(report.contains("Published, not measured here") && report.contains("llama-2-13b"))
    let published = try #require(try object("findings.json")["published"] as? [[String: Any]])
    #expect(published.contains { $0["perplexity"] as? Double == 27.65 })
    #expect(published.allSatisfy { ($0["source"] as? String)?.isEmpty == false })
    #expect(folder.names(in: "out").contains("checkpoint"))
  }

  @Test(
    "applied-researcher: registered before the run, every arm of every seed, the verdict its numbers give"
  )
  func researcher() throws {
    defer { folder.remove() }
    let run = try Nibble.run(
      arguments("applied-researcher", "--seeds", "2", "--bits", "3", "--json"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      run.errors.contains("registered before the run: ") && run.errors.contains("refuted by: "))
    let registration = try contents("hypothesis.md")
    #expect(registration.contains("**Hypothesis.**") && registration.contains("at 3 bits"))
    #expect(registration.contains("**Falsifier.**") && registration.contains(" --seeds 2 "))
    func written(_ name: String) throws -> Date {
      let path = folder.path + "/out/" + name
      let found = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
      return try #require(found as? Date)
    }
    #expect(try written("hypothesis.md") < written("findings.json"))
    #expect(try written("hypothesis.md") < written("checkpoint/config.json"))
    try tokensStand(seeds: [0, 1])
    try chartsStand()

    let findings = try object("findings.json")
    let cells = try #require(findings["cells"] as? [[String: Any]])
    #expect(cells.count == 1)
    let cell = try #require(cells.first)
    let arms = try #require(cell["scaled"] as? [[String: Any]])
    #expect(arms.compactMap { $0["alpha"] as? Double } == [0.25, 0.5, 0.75])
    func ratios(_ runs: Any?) throws -> [Double] {
      try #require(runs as? [[String: Any]]).map { run in
        let quality = try #require(run["quality"] as? [String: Any])
        return try #require(quality["logRatio"] as? Double)
      }
    }
    let (scaled, plain) = (try ratios(arms[1]["runs"]), try ratios(cell["plain"]))
    // The mean of two differences, 12.7062 of its standard errors to either side: Student's t of one degree of freedom.
    let (one, other) = (scaled[0] - plain[0], scaled[1] - plain[1])
    let (mean, half) = ((one + other) / 2, 12.7062 * abs(one - other) / 2)
    let expected = mean + half < 0 ? "holds" : mean - half >= 0 ? "fails" : "undecided"
    #expect(try run.json()["verdict"] as? String == expected)
    #expect(try contents("report.md").hasPrefix("# Scaling before GPTQ: \(expected)\n"))

    // Four arms of two seeds, and the checkpoint, which is the scaled arm's recipe block by block.
    let results = try contents("perplexity_results.txt").split(separator: "\n")
    #expect(results.filter { $0.contains("gptq, 3 bits, seed") }.count == 8)
    #expect(results.filter { $0.contains("checkpoint/, read back") }.count == 1)
    #expect(try contents("commands.sh").contains("--fold smoothquant --alpha 0.5"))
    #expect(try Nibble.shell("sh -n '\(folder.path)/out/commands.sh'").status == 0)
  }

  @Test("applied-engineer: a checkpoint that is timed as it runs, and whether it can be served")
  func engineer() throws {
    defer { folder.remove() }
    let run = try Nibble.run(arguments("applied-engineer", "--seeds", "1", "--json"))
    #expect(run.status == 0, "\(run.errors)")
    let report = try run.json()
    #expect(["holds", "fails"].contains(report["verdict"] as? String ?? ""))
    let findings = try object("findings.json")
    #expect(findings["packedLayers"] as? Int ?? 0 > 0 && findings["layers"] as? Int == 12)
    #expect(folder.names(in: "out/checkpoint").contains("config.json"))
    try chartsStand()
    try tokensStand(seeds: [0])
    // What was measured stands in the report: times a request, memory, and the way to a server.
    let page = try contents("report.md")
    for words in ["Per token", "Per request", "keys and values", "nibble load http"] {
      #expect(page.contains(words), "\(words)")
    }
    let packed = try #require(findings["packed"] as? [String: Any])
    #expect(packed["logRatioError"] as? Double ?? 0 > 0)
  }

  @Test("the same build twice gives the same findings")
  func same() throws {
    defer { folder.remove() }
    #expect(try Nibble.run(arguments("cs-student", "--seeds", "1")).status == 0)
    let first = try contents("findings.json")
    #expect(try Nibble.run(arguments("cs-student", "--seeds", "1", "--force")).status == 0)
    #expect(try contents("findings.json") == first)
    #expect(folder.names().filter { $0.hasPrefix(".") }.isEmpty)
  }

  @Test("a folder that exists is refused, and one that is no build even with --force")
  func outputs() throws {
    defer { folder.remove() }
    _ = try folder.file("out/mine.txt", text: "dear to me")
    let refused = try Nibble.run(arguments("cs-student"))
    #expect(refused.status == 73 && refused.errors.contains("--force"))
    let forced = try Nibble.run(arguments("cs-student", "--force"))
    #expect(forced.status == 73 && forced.errors.contains("is no build"), "\(forced.errors)")
    #expect(try contents("mine.txt") == "dear to me")
  }

  @Test(
    "what makes no sense is refused with the way out",
    arguments: [
      (["cs-studnt"], 64, "use one of cs-student"),
      (["cs-student", "--seeds", "0"], 64, "--seeds must be at least 1"),
      (["cs-student", "--bits", "1"], 64, "--bits must be 2 to 8"),
      (["cs-student", "--out", "/"], 64, "name of a folder"),
      (["cs-student", "--model", "nowhere"], 66, "nowhere"),
      (["cs-student", "--dataset", "nowhere.txt"], 66, "nowhere.txt"),
      (["cs-student", "--dataset", "nowhere"], 66, "nowhere"),
    ] as [([String], Int32, String)])
  func refused(_ words: [String], _ status: Int32, _ message: String) throws {
    defer { folder.remove() }
    let run = try Nibble.run(["build"] + words, in: folder.path)
    // A model that is there, for those that get so far.
    if words.contains("--dataset") {
      let own = try Nibble.run(["build"] + words + ["--model", model], in: folder.path)
      #expect(own.status == status && own.errors.contains(message), "\(own.status) \(own.errors)")
    } else {
      #expect(run.status == status && run.errors.contains(message), "\(run.status) \(run.errors)")
    }
    #expect(folder.names().filter { $0.hasPrefix(".") || $0 == "cs-student" }.isEmpty)
  }

  @Test("stopped half-way: 130, and nothing is left")
  func interrupted() throws {
    defer { folder.remove() }
    let live = try LiveRun(
      arguments("cs-student", "--seeds", "2000", "--test-windows", "40"), in: folder)
    let start = ContinuousClock().now
    while !folder.names().contains(where: { $0.hasSuffix(".partial") }),
      ContinuousClock().now - start < .seconds(180)
    {
      usleep(10_000)
    }
    usleep(200_000)
    live.send(SIGINT)
    let end = live.end()
    #expect(end.status == 130, "\(end.status) \(end.errors)")
    #expect(!folder.names().contains { $0 == "out" || $0.hasSuffix(".partial") })
  }
}
