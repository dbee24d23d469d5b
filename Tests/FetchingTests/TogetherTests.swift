import Fetching
import Foundation
import Synchronization
import Testing

/// By hand: two runs that want the same entry.
@Suite("two runs at once")
struct TogetherTests {
  @Test("one fetches, the other waits and finds the file")
  func together() async throws {
    let content = madeUpBytes(100_000)
    let entry = entry(content)
    let first = try Workplace()
    let (hasBegun, otherWaits) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let server = try FlakyServer { request, _ in
      hasBegun.signal()
      // Nothing comes before the other has met the lock, however busy the machine is.
      _ = otherWaits.wait(timeout: .now() + 60)
      return FlakyResponse.file(content, for: request)
    }
    defer { server.stop() }
    let results = Mutex<[String: [FetchedFile.Outcome]]>([:])
    let waited = Mutex(false)
    let group = DispatchGroup()
    let (cache, mirror) = (first.cache, try Mirror(server.address))
    func start(_ name: String, _ report: @escaping @Sendable (FetchEvent) -> Void) {
      group.enter()
      Thread {
        let fetcher = Fetcher(cache: cache, mirror: mirror, report: report)
        let outcomes = (try? fetcher.fetch(entry))?.map(\.outcome)
        results.withLock { $0[name] = outcomes }
        group.leave()
      }.start()
    }
    start("first") { _ in }
    await withCheckedContinuation { continuation in
      Thread {
        hasBegun.wait()
        continuation.resume()
      }.start()
    }
    start("second") { event in
      guard event == .waiting else { return }
      waited.withLock { $0 = true }
      otherWaits.signal()
    }
    await withCheckedContinuation { continuation in
      group.notify(queue: .global()) { continuation.resume() }
    }
    #expect(results.withLock { $0 } == ["first": [.downloaded], "second": [.alreadyThere]])
    #expect(waited.withLock { $0 })
    #expect(server.requests.count == 1)
  }
}
