import Foundation
import LoadTesting
import Testing

/// By hand: bounds, prompts, distributions and the search, without a server.
@Suite("plans, prompts, distributions and the search", .runsAlone)
struct PlanTests {
  /// A result with so many equal times per token, which are all of its percentiles.
  private static func result(
    p95: Double, failures: Int = 0, gaps: Int = 100
  ) throws -> LoadResult {
    var times = LatencyDistribution()
    for _ in 0..<gaps { times.record(.microseconds(Int(p95 * 1000))) }
    let summary = try JSONEncoder().encode(#require(times.summary))
    let failed =
      failures == 0 ? "" : "{\"kind\": \"cut\", \"count\": \(failures), \"example\": \"\"}"
    let json = """
      {"requests": 10, "succeeded": 10, "failures": [\(failed)], "unfinished": 0, "notStarted": 0,
       "seconds": 1, "tokens": 10, "messages": 10, "tokensPerSecond": 10, "requestsPerSecond": 10,
       "partial": false, "perToken": \(String(decoding: summary, as: UTF8.self))}
      """
    return try JSONDecoder().decode(LoadResult.self, from: Data(json.utf8))
  }

  @Test("by hand: percentiles of 1 to 1000 ms, within a thousandth")
  func percentiles() throws {
    var times = LatencyDistribution()
    #expect(times.summary == nil && times.percentile(50) == nil)
    for milliseconds in 1...1000 { times.record(.milliseconds(milliseconds)) }
    let summary = try #require(times.summary)
    #expect(summary.count == 1000)
    for (found, exact) in [
      (summary.p50, 500.0), (summary.p95, 950), (summary.p99, 990), (summary.highest, 1000),
      (summary.mean, 500.5),
    ] {
      // A bucket of three digits is at most a thousandth of its value wide.
      #expect(abs(found - exact) <= exact / 1000, "\(found) for \(exact)")
    }
    var odd = LatencyDistribution()
    odd.record(.seconds(-1))
    odd.record(.seconds(100_000))
    #expect(odd.count == 2 && odd.percentile(0) == 0)
    #expect((odd.percentile(100) ?? 0) >= 3_600_000, "an hour is the most")
  }

  @Test("the percentile text is that of HdrHistogram's tools")
  func percentileText() throws {
    var times = LatencyDistribution()
    for milliseconds in 1...100 { times.record(.milliseconds(milliseconds)) }
    let lines = times.percentileText.split(separator: "\n").map(String.init)
    #expect(
      lines[0].split(separator: " ") == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
    var last = 0.0
    for line in lines.dropFirst() where !line.hasPrefix("#") {
      let fields = line.split(separator: " ").compactMap { Double($0) }
      #expect(fields.count == 4 || (fields.count == 3 && fields[1] == 1), "\(line)")
      #expect(fields[1] >= last && fields[1] <= 1)
      last = fields[1]
    }
    #expect(last == 1)
    #expect(lines.suffix(3).map { $0.prefix(8) } == ["#[Mean  ", "#[Max   ", "#[Bucket"])
    #expect(lines.contains { $0.contains("Total count    =          100") })
  }

  @Test(
    "by hand: the search finds the largest that holds, and measures few",
    arguments: [(1, 64), (2, 64), (3, 64), (7, 64), (37, 64), (63, 64), (64, 64), (5, 5), (1, 1)])
  func search(edge: Int, maximum: Int) async throws {
    // So many hold, one more does not.
    let search = try ConcurrencySearch(target: 80, maximum: maximum)
    let (fast, slow) = try (Self.result(p95: 79), Self.result(p95: 81))
    let outcome = try await search.run { $0 <= edge ? fast : slow }
    #expect(outcome.best == edge && !outcome.isPartial)
    #expect(outcome.steps.count <= search.stepLimit)
    #expect(Set(outcome.steps.map(\.concurrency)).count == outcome.steps.count, "none twice")
    #expect(outcome.steps.allSatisfy { $0.held == ($0.concurrency <= edge) })
    if edge < maximum {
      #expect(outcome.steps.contains { $0.concurrency == edge + 1 }, "its neighbour was measured")
    }
  }

  @Test("by hand: none holds, failures do not hold, too few tokens say nothing")
  func searchEdges() async throws {
    let search = try ConcurrencySearch(target: 80, maximum: 8)
    let (fast, slow) = try (Self.result(p95: 10), Self.result(p95: 100))
    let failed = try Self.result(p95: 10, failures: 1)
    let few = try Self.result(p95: 10, gaps: 19)
    let none = try await search.run { _ in slow }
    #expect(none.best == nil && none.steps.map(\.concurrency) == [1])
    let failing = try await search.run { $0 > 2 ? failed : fast }
    #expect(failing.best == 2)
    await #expect(throws: LoadError.tooFewTokens(concurrency: 1, gaps: 19, needed: 20)) {
      _ = try await search.run { _ in few }
    }
  }

  @Test("plans and searches out of bounds are refused in words")
  func bounds() throws {
    for make: () throws -> Void in [
      { _ = try LoadPlan(pace: .closed(concurrency: 0)) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1025)) },
      { _ = try LoadPlan(pace: .open(rate: 0, arrivals: .even)) },
      { _ = try LoadPlan(pace: .open(rate: .nan, arrivals: .even)) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1), duration: 0) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1), duration: 3601) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1), requestLimit: 0) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1), timeout: .infinity) },
      { _ = try LoadPlan(pace: .closed(concurrency: 1), maximumTokens: 0) },
      { _ = try ConcurrencySearch(target: 0) }, { _ = try ConcurrencySearch(maximum: 0) },
      { _ = try PromptSet([]) }, { _ = try PromptSet([""]) },
      { _ = try PromptSet(seed: 0, words: 0) },
    ] {
      do {
        try make()
        Issue.record("nothing was refused")
      } catch let error as LoadError {
        #expect(error.kind == .badRequest)
        #expect("\(error)".count > 20)
      }
    }
  }

  @Test("made-up prompts have their length, repeat by seed, and differ from request to request")
  func prompts() throws {
    let prompts = try PromptSet(seed: 3, words: 40)
    let again = try PromptSet(seed: 3, words: 40)
    let texts = (0..<50).map { prompts[$0] }
    #expect(texts == (0..<50).map { again[$0] })
    #expect(Set(texts).count == 50)
    #expect(texts.allSatisfy { $0.split(separator: " ").count == 40 })
    #expect(try PromptSet(seed: 4, words: 40)[0] != texts[0])
    let given = try PromptSet(["a", "b"])
    #expect((0..<4).map { given[$0] } == ["a", "b", "a", "b"])
  }

  @Test("prompts of files: lines, JSON lines, and what is wrong with them")
  func promptFiles() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-prompts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
      let url = folder.appendingPathComponent(name)
      try Data(Array(bytes)).write(to: url)
      return url.path
    }
    let plain = try PromptSet(file: file("a.txt", "one\r\n\n two \n".utf8))
    #expect((0..<3).map { plain[$0] } == ["one", "two", "one"])
    let lines = try PromptSet(
      file: file("a.jsonl", "{\"prompt\": \"p\", \"id\": 1}\n{\"text\": \"t\"}\n".utf8))
    #expect(lines[0] == "p" && lines[1] == "t")
    for (path, words) in [
      (try file("empty.txt", "\n\n".utf8), "it has no prompt"),
      (try file("bad.txt", [0xFF, 0xFE]), "not UTF-8"),
      (
        try file("bad.jsonl", "{\"prompt\": \"p\"}\n{\"id\": 2}\n".utf8), "bad.jsonl:2: expected is"
      ),
      (folder.path + "/none.txt", "no such file"), (folder.path, "not a file that may be read"),
    ] {
      do {
        _ = try PromptSet(file: path)
        Issue.record("\(path) was taken")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
      }
    }
  }
}
