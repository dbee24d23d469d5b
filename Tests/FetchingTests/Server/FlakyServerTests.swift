import Fetching
import Testing

/// By law: what the other tests stand on.
@Suite("the server of these tests")
struct FlakyServerTests {
  @Test("a server that was stopped answers nobody in the place of those that came after it")
  func stopped() throws {
    let content = madeUpBytes(1000)
    for _ in 0..<200 {
      // Stopped while its thread is on the way to the next connection.
      let old = try FlakyServer { _, _ in FlakyResponse() }
      old.stop()
      let new = try FlakyServer { request, _ in .file(content, for: request) }
      defer { new.stop() }
      let work = try Workplace()
      #expect(try work.failure(entry(content), from: new.address) == nil)
      #expect(new.requests.count == 1)
    }
  }
}
