import Foundation
import TestSupport
import Testing

/// The command around the load test: words, codes, JSON and Ctrl-C, against a server of this process.
@Suite("nibble load")
struct LoadTests {
  private static func server(gap: Double = 0.002) throws -> ModelServer {
    try ModelServer { request, _ in
      request.path == "/v1/completions"
        ? .completion(tokens: 4, gap: gap, counts: true) : .refusal(404, "no")
    }
  }

  @Test("a run says what was asked and what came, as text and as JSON")
  func run() throws {
    let server = try Self.server()
    defer { server.stop() }
    let arguments = [
      "load", server.address, "--concurrency", "2", "--requests", "10", "--max-tokens", "4",
      "--seed", "5",
    ]
    let text = try Nibble.run(arguments)
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.hasPrefix("\(server.address)/v1/completions: openai-completions\n"))
    #expect(text.output.contains("2 at a time: 10 requests, 10 whole answers\n"))
    #expect(text.output.contains("\n40 tokens in "))
    for row in ["per token", "to the first token", "per request"] {
      #expect(text.output.contains("\n\(row)  "), "\(text.output)")
    }
    let run = try Nibble.run(arguments + ["--json"])
    #expect(run.status == 0)
    let json = try run.json()
    #expect(json["schema"] as? Int == 1 && json["partial"] as? Bool == false)
    let result = try #require(json["result"] as? [String: Any])
    #expect(result["tokens"] as? Int == 40 && result["succeeded"] as? Int == 10)
    let perToken = try #require(result["perToken"] as? [String: Any])
    #expect(Set(perToken.keys) == ["count", "mean", "p50", "p95", "p99", "highest"])
    #expect(perToken["count"] as? Int == 30)
    // Each run probes once, and both ask the same prompts in some order.
    let prompts = server.requests.filter { $0.json["max_tokens"] as? Int == 4 }
      .compactMap { $0.json["prompt"] as? String }
    #expect(prompts.count == 20 && Set(prompts).count == 10)
  }

  @Test("the histogram is written whole, and one that exists is not replaced")
  func histogram() throws {
    let server = try Self.server()
    defer { server.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = folder.path + "/tokens.hgrm"
    let arguments = [
      "load", server.address, "--requests", "4", "--histogram", path, "--prompt", "hello",
    ]
    #expect(try Nibble.run(arguments).status == 0)
    let written = text(of: path)
    #expect(written.contains("Total count    =           12"), "\(written)")
    let asked = server.requests.count
    let again = try Nibble.run(arguments)
    #expect(again.status == 73 && again.errors.contains("exists already"))
    #expect(server.requests.count == asked, "refused before the server is asked anything")
    #expect(try Nibble.run(arguments + ["--force", "--histogram-of", "request"]).status == 0)
    #expect(text(of: path).contains("Total count    =            4"))
  }

  @Test("a target is searched alone and checked with a pace; missing it is 1")
  func target() throws {
    // 30 ms between tokens: 5 ms are missed and 20 s are met on any machine.
    let server = try Self.server(gap: 0.03)
    defer { server.stop() }
    let base = ["load", server.address, "--requests", "12"]
    let missed = try Nibble.run(base + ["--concurrency", "1", "--target-p95", "5"])
    #expect(missed.status == 1 && missed.output.contains("within 5 ms: did not hold"))
    let met = try Nibble.run(base + ["--concurrency", "1", "--target-p95", "20000"])
    #expect(met.status == 0 && met.output.contains("within 20000 ms: held"))
    let none = try Nibble.run(base + ["--target-p95", "5", "--max-concurrency", "2"])
    #expect(none.status == 1 && none.output.contains("not even for one at a time"))
    let found = try Nibble.run(
      base + ["--target-p95", "20000", "--max-concurrency", "2", "--json"])
    #expect(found.status == 0)
    let json = try found.json()
    #expect(json["best"] as? Int == 2 && (json["steps"] as? [Any])?.count == 2)
    #expect(found.errors == "", "with --json the steps are in the object")
  }

  @Test("failures are counted by kind; nothing but failures is 1")
  func failures() throws {
    let server = try ModelServer { request, index in
      if request.path != "/v1/completions" { return .refusal(404, "no") }
      return index == 0 ? .completion(tokens: 2) : .refusal(429, "slow down")
    }
    defer { server.stop() }
    let run = try Nibble.run("load", server.address, "--requests", "5")
    #expect(run.status == 1)
    #expect(run.output.contains("http-429: 5, the first: slow down"), "\(run.output)")
    #expect(run.errors.contains("no request had a whole answer"))
  }

  @Test("Ctrl-C gives what there is, says that it is partial, and ends with 130")
  func interrupted() throws {
    let server = try ModelServer { request, index in
      if request.path != "/v1/completions" { return .refusal(404, "no") }
      return .completion(tokens: 2, first: index < 4 ? 0 : 200)
    }
    defer { server.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try LiveRun(
      ["load", server.address, "--concurrency", "1", "--duration", "300", "--timeout", "300"],
      in: folder)
    for _ in 0..<12_000 {
      if server.requests.count(where: { $0.path == "/v1/completions" }) >= 5 { break }
      usleep(10_000)
    }
    run.send(SIGINT)
    let ended = run.end()
    #expect(ended.status == 130)
    #expect(ended.output.contains("3 whole answers, 1 unfinished"), "\(ended.output)")
    #expect(ended.output.contains("partial: stopped before its 300 s were over"))
    #expect(ended.errors.hasSuffix("nibble: stopped\n"))
  }

  @Test("a server that is not there is 66, with one message; what is no model's server is 65")
  func absent() throws {
    let nobody = try Nibble.run("load", "http://127.0.0.1:9", "--requests", "1")
    #expect(nobody.status == 66 && nobody.output == "")
    #expect(nobody.errors.contains("http://127.0.0.1:9: no server answers there"))
    #expect(nobody.errors.split(separator: "\n").count == 1)
    let page = try ModelServer { _, _ in
      ModelServer.Reply(type: "text/html", [.init("<html>Welcome</html>")])
    }
    defer { page.stop() }
    let wrong = try Nibble.run("load", page.address)
    #expect(wrong.status == 65, "\(wrong.errors)")
    #expect(wrong.errors.contains("not what a model's server answers"))
  }

  @Test(
    "requests that mean nothing are usage errors",
    arguments: [
      (["nonsense"], "'nonsense' is not a server's address"),
      (["http://127.0.0.1:9", "--concurrency", "0"], "the concurrency must be 1 to 1024"),
      (["http://127.0.0.1:9", "--rate", "0"], "the rate must be 0.01 to"),
      (["http://127.0.0.1:9", "--duration", "-1"], "the duration must be above 0"),
      (["http://127.0.0.1:9", "--rate", "1", "--concurrency", "1"], "not both"),
      (["http://127.0.0.1:9", "--search", "--rate", "1"], "--search chooses the concurrency"),
      (["http://127.0.0.1:9", "--target-p95", "0"], "the target must be above 0"),
      (["http://127.0.0.1:9", "--prompt", ""], "a prompt needs at least one character"),
      (["http://127.0.0.1:9", "--key-variable", "NIBBLE_NO_SUCH"], "nothing in the environment"),
      (["http://127.0.0.1:9", "--api", "soap"], "--api"),
    ])
  func usage(arguments: [String], words: String) throws {
    let run = try Nibble.run(["load"] + arguments)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.output == "" && run.errors.contains(words), "\(run.errors)")
  }
}
