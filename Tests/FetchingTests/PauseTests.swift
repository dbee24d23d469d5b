import Fetching
import Testing

/// By hand: how long to wait, and what a broken head of a response means.
@Suite("pauses and heads")
struct PauseTests {
  @Test("pauses double up to the longest, whatever the host asks for, and progress forgives")
  func pauses() throws {
    let work = try Workplace()
    let content = madeUpBytes(100_000)
    let server = try FlakyServer { request, index in
      switch index {
      case 3: .file(content, for: request).cut(after: 60_000)  // progress
      case 4: FlakyResponse(status: 503, [("Retry-After", "0.03")])
      case 5: FlakyResponse(status: 503, [("Retry-After", "3600")])
      case 6...: .file(content, for: request)
      default: FlakyResponse(status: 503)
      }
    }
    defer { server.stop() }
    let policy = RetryPolicy(
      attempts: 9, firstPause: 0.01, longestPause: 0.05, silence: 5, progress: 60_000)
    try work.fetch(entry(content), from: server.address, policy: policy)
    #expect(work.pauses == [0.01, 0.02, 0.04, 0.01, 0.03, 0.05])
  }

  @Test(
    "a host may say when to come back as a time: by its own clock, or by this machine's",
    arguments: [
      ("Sun, 06 Nov 2033 08:49:37 GMT", "Sun, 06 Nov 2033 08:49:07 GMT", 30),
      ("Sun, 06 Nov 2033 08:49:37 GMT", "Sun, 06 Nov 2033 08:59:37 GMT", 0.01),  // over
      ("Sun, 06 Nov 2033 08:49:37 GMT", nil, 40),  // years away: the longest pause
      ("Sun, 06 Nov 1994 08:49:37 GMT", nil, 0.01), ("soon", nil, 0.01), ("nan", nil, 0.01),
      ("-5", nil, 0.01), ("inf", nil, 0.01),
    ] as [(String, String?, Double)])
  func retryAfter(field: String, date: String?, pause: Double) throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in
      FlakyResponse(
        status: 503, [("Retry-After", field)] + (date.map { [("Date", $0)] } ?? []))
    }
    defer { server.stop() }
    // What is asked for is told before it is waited for; two attempts are the end, so nobody waits long.
    let policy = RetryPolicy(
      attempts: 3, firstPause: 0.01, longestPause: 40, silence: 5, progress: 1)
    let patient = RetryPolicy(
      attempts: 3, firstPause: 0.01, longestPause: 0.02, silence: 5, progress: 1)
    _ = try work.failure(
      entry(madeUpBytes(10)), from: server.address, policy: pause > 1 ? patient : policy)
    // A pause that would be long is cut to the longest, which shows that it was asked for.
    #expect(work.pauses.first == (pause > 1 ? 0.02 : pause))
  }

  @Test(
    "a part that is not named well is not joined",
    arguments: [
      "", "bytes", "bytes 199999-50000/200000", "bytes -5/200000", "items 50000-199999/200000",
      "bytes 50000-199999/x", "bytes 50000-199999", "bytes */200000",
    ])
  func badRange(field: String) throws {
    let work = try Workplace()
    let content = madeUpBytes(200_000)
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { request, index in
      guard index == 0 else { return .file(content, for: request) }
      return FlakyResponse(
        status: 206, [("Content-Range", field)], body: Array(content[50_000...]))
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(work.restarts == ["the host does not say which part it sends"])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a part of a file whose length is not said is joined", arguments: [true, false])
  func openRange(saysLength: Bool) throws {
    let work = try Workplace()
    let content = madeUpBytes(200_000)
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { _, _ in
      var response = FlakyResponse(
        status: 206, [("Content-Range", "Bytes 50000-199999/\(saysLength ? "200000" : "*")")],
        body: Array(content[50_000...]))
      if !saysLength { response.promise = nil }
      return response
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(server.requests.count == 1)
    #expect(work.restarts == [])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a part of a file of another length is no part of the published one")
  func otherTotal() throws {
    let work = try Workplace()
    let content = madeUpBytes(200_000)
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { _, _ in
      FlakyResponse(
        status: 206, [("Content-Range", "bytes 50000-299999/300000")],
        body: madeUpBytes(250_000))
    }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect("\(failure)".contains("the host has 300000 bytes"))
  }
}
