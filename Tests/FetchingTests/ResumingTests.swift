import Digests
import Fetching
import Foundation
import Testing

/// By hand, against a server that breaks off: what is asked for next, and what is left.
@Suite("a download that breaks off goes on")
struct ResumingTests {
  private let content = madeUpBytes(200_000)

  @Test("a whole file comes in one request that asks for no part")
  func whole() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, _ in .file(content, for: request) }
    defer { server.stop() }
    let entry = entry(content)
    let files = try work.fetch(entry, from: server.address + "/mirror/")
    #expect(files.map(\.outcome) == [.downloaded])
    #expect(server.requests.map(\.path) == ["/mirror/some/one/resolve/abc/weights.bin"])
    #expect(server.requests[0]["Range"] == nil)
    #expect(server.requests[0]["Accept-Encoding"] == "identity")
    #expect(work.bytes("weights.bin", of: entry) == content)
    #expect(work.names(of: entry) == ["weights.bin"])
    #expect(work.cache.holds(entry))
    // Again: it is read, and nobody is asked.
    #expect(try work.fetch(entry, from: server.address).map(\.outcome) == [.alreadyThere])
    #expect(server.requests.count == 1)
  }

  @Test("after a break the rest of the same version is asked for")
  func resumes() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, index in
      let response = FlakyResponse.file(content, for: request)
      return index < 2 ? response.cut(after: 70_000) : response
    }
    defer { server.stop() }
    let entry = entry(content)
    try work.fetch(entry, from: server.address)
    #expect(server.requests.map { $0["Range"] } == [nil, "bytes=70000-", "bytes=140000-"])
    #expect(server.requests.map { $0["If-Range"] } == [nil, "\"one\"", "\"one\""])
    #expect(work.bytes("weights.bin", of: entry) == content)
    #expect(work.restarts == [])
  }

  @Test("what an earlier run left is gone on with")
  func laterRun() throws {
    let work = try Workplace()
    let entry = entry(content)
    let broken = try FlakyServer { [content] request, _ in
      .file(content, for: request).cut(after: 10_000)
    }
    let failure = try work.failure(entry, from: broken.address)
    broken.stop()
    guard case .gaveUp(_, 4, _, let kept, 200_000)? = failure else {
      Issue.record("ended with \(String(describing: failure))")
      return
    }
    // Four attempts of 10,000 bytes each, none of them the 50,000 that count as progress.
    #expect(kept == 40_000)
    #expect(work.names(of: entry) == ["weights.bin.part", "weights.bin.part.from"])
    #expect(work.bytes("weights.bin.part", of: entry) == Array(content[..<40_000]))
    #expect(!work.cache.holds(entry))
    let whole = try FlakyServer { [content] request, _ in .file(content, for: request) }
    defer { whole.stop() }
    try work.fetch(entry, from: whole.address)
    #expect(whole.requests.map { $0["Range"] } == ["bytes=40000-"])
    // Another address: what the first called the version means nothing to it.
    #expect(whole.requests.map { $0["If-Range"] } == [nil])
    #expect(work.bytes("weights.bin", of: entry) == content)
    #expect(work.names(of: entry) == ["weights.bin"])
  }

  @Test("progress is forgiven: more breaks than attempts, each after enough bytes")
  func progress() throws {
    let work = try Workplace()
    let content = madeUpBytes(600_000)
    let server = try FlakyServer { request, _ in
      .file(content, for: request).cut(after: 60_000)
    }
    defer { server.stop() }
    try work.fetch(entry(content), from: server.address)
    #expect(server.requests.count == 10)
  }

  @Test("a host that knows no ranges sends all of it again")
  func noRanges() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, index in
      let response = FlakyResponse.file(content, for: request, takesRanges: false)
      return index == 0 ? response.cut(after: 70_000) : response
    }
    defer { server.stop() }
    let entry = entry(content)
    try work.fetch(entry, from: server.address)
    #expect(server.requests.count == 2)
    #expect(work.restarts == ["the host sends the file from its beginning"])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a host that knows no ranges and always breaks off is given up, however much it sends")
  func noRangesAndNoEnd() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, _ in
      .file(content, for: request, takesRanges: false).cut(after: 150_000)
    }
    defer { server.stop() }
    guard case .gaveUp? = try work.failure(entry(content), from: server.address) else {
      Issue.record("did not give up")
      return
    }
    // The first attempt is progress and is forgiven; four more bring nothing new.
    #expect(server.requests.count == 4)
  }

  @Test(
    "only a name that stands for the very bytes is sent back",
    arguments: [
      ("ETag", nil, nil), ("ETag", "W/\"one\"", nil),
      ("Last-Modified", "Tue, 15 Aug 2023 10:00:00 GMT", "Tue, 15 Aug 2023 10:00:00 GMT"),
    ] as [(String, String?, String?)])
  func versions(field: String, version: String?, sent: String?) throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, index in
      let response = FlakyResponse.file(
        content, for: request, version: version, headedBy: field)
      return index == 0 ? response.cut(after: 70_000) : response
    }
    defer { server.stop() }
    try work.fetch(entry(content), from: server.address)
    #expect(server.requests.map { $0["Range"] } == [nil, "bytes=70000-"])
    #expect(server.requests.map { $0["If-Range"] } == [nil, sent])
  }

  @Test("a file that changed on the host is begun anew", arguments: [true, false])
  func changed(hostHeedsVersions: Bool) throws {
    let work = try Workplace()
    let old = madeUpBytes(200_000, seed: 2)
    let server = try FlakyServer { [content] request, index in
      if index == 0 {
        return .file(old, for: request, version: "\"old\"").cut(after: 70_000)
      }
      var response = FlakyResponse.file(content, for: request, version: "\"new\"")
      if !hostHeedsVersions, index == 1, let offset = request.offset {
        response = FlakyResponse(
          status: 206,
          [
            ("ETag", "\"new\""),
            ("Content-Range", "bytes \(offset)-\(content.count - 1)/\(content.count)"),
          ], body: Array(content[offset...]))
      }
      return response
    }
    defer { server.stop() }
    let entry = entry(content)
    try work.fetch(entry, from: server.address)
    #expect(work.bytes("weights.bin", of: entry) == content)
    #expect(
      work.restarts == [
        hostHeedsVersions
          ? "the host sends the file from its beginning" : "the file changed on the host"
      ])
  }

  @Test("pieces of different files are found out by the digest, and the file begun anew, once")
  func joined() throws {
    let work = try Workplace()
    let entry = entry(content)
    try work.place("weights.bin.part", madeUpBytes(50_000, seed: 3), of: entry)
    let server = try FlakyServer { [content] request, _ in
      .file(content, for: request, version: nil)
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(server.requests.map { $0["Range"] } == ["bytes=50000-", nil])
    #expect(work.restarts == ["the pieces do not make the published file"])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a beginning that is longer than the file is none; a whole one needs no host")
  func lengths() throws {
    let work = try Workplace()
    let entry = entry(content)
    let server = try FlakyServer { [content] request, _ in .file(content, for: request) }
    try work.place("weights.bin.part", content + [0], of: entry)
    try work.fetch(entry, from: server.address)
    #expect(server.requests.map { $0["Range"] } == [nil])
    server.stop()
    try FileManager.default.removeItem(atPath: work.cache.folder(of: entry) + "/weights.bin")
    try work.place("weights.bin.part", content, of: entry)
    try work.fetch(entry, from: server.address)
    #expect(work.names(of: entry) == ["weights.bin"])
  }

  @Test("a connection that stays open after the last byte is no failure, however it ends")
  func noEnd() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, _ in
      var response = FlakyResponse.file(content, for: request)
      response.promise = nil  // so that only the end of the connection would be the end
      response.silence = 90
      return response
    }
    defer { server.stop() }
    var policy = Workplace.policy
    (policy.silence, policy.attempts) = (5, 1)
    try work.fetch(entry(content), from: server.address, policy: policy)
    #expect(work.pauses == [])
    #expect(server.requests.count == 1)
  }

  @Test("silence breaks a connection, slowness does not")
  func silence() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, index in
      var response = FlakyResponse.file(content, for: request)
      if index == 0 {
        response = response.cut(after: 70_000)
        response.silence = 90
      } else {
        // 130,000 bytes in 13 pieces over 3.9 seconds, longer than the three of silence.
        response.drops = (10_000, 0.3)
      }
      return response
    }
    defer { server.stop() }
    let entry = entry(content)
    var policy = Workplace.policy
    policy.silence = 3
    let time = try ContinuousClock().measure {
      try work.fetch(entry, from: server.address, policy: policy)
    }
    #expect(server.requests.map { $0["Range"] } == [nil, "bytes=70000-"])
    #expect(work.bytes("weights.bin", of: entry) == content)
    // Three seconds of silence and 3.9 of drops, on a machine that may be busy; not the first connection's 90.
    #expect(time < .seconds(60))
  }

  @Test("a host in trouble is asked again, and told apart from one that has not the file")
  func trouble() throws {
    let work = try Workplace()
    let server = try FlakyServer { [content] request, index in
      switch index {
      case 0: FlakyResponse(status: 503, [("Retry-After", "3600")])
      case 1: FlakyResponse(status: 500)
      case 2: FlakyResponse(status: 429)
      default: .file(content, for: request)
      }
    }
    defer { server.stop() }
    let entry = entry(content)
    try work.fetch(entry, from: server.address)
    #expect(server.requests.count == 4)
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a part that the host says it has not is no beginning of its file")
  func notSatisfiable() throws {
    let work = try Workplace()
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { [content] request, index in
      index == 0 ? FlakyResponse(status: 416) : .file(content, for: request)
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(server.requests.map { $0["Range"] } == ["bytes=50000-", nil])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a part other than the one asked for is not joined to what is there")
  func misplaced() throws {
    let work = try Workplace()
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { [content] request, index in
      guard index == 0 else { return .file(content, for: request) }
      let range = "bytes 40000-199999/200000"
      return FlakyResponse(
        status: 206, [("Content-Range", range)], body: Array(content[40_000...]))
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(work.restarts == ["the host sends another part than was asked for"])
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a redirection is followed with the part that was asked for")
  func redirected() throws {
    let work = try Workplace()
    let entry = entry(content)
    try work.place("weights.bin.part", Array(content[..<50_000]), of: entry)
    let server = try FlakyServer { [content] request, _ in
      request.path.hasPrefix("/elsewhere")
        ? .file(content, for: request)
        : FlakyResponse(status: 302, [("Location", "/elsewhere/a?signature=b")])
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(
      server.requests.map(\.path) == [
        "/some/one/resolve/abc/weights.bin", "/elsewhere/a?signature=b",
      ])
    #expect(server.requests[1]["Range"] == "bytes=50000-")
    #expect(work.bytes("weights.bin", of: entry) == content)
  }
}
