internal import Synchronization

/// What open pages are told: which state of the site is the newest, and what is wrong with it.
///
/// Whoever listens hears the present state at once, and again whenever it changes. Each message says
/// everything, so a listener that is slow may skip some and misses nothing.
final class PageEvents: Sendable {
  private struct State {
    var count = 0
    var trouble = ""
    var nextKey = 0
    var listeners: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
  }

  private let state = Mutex(State())
  /// Tells this server from one at the same address before or after it.
  private let server: String

  init() {
    server = String(UInt32.random(in: 0...UInt32.max), radix: 36)
  }

  /// The name of the present state.
  var version: String { state.withLock { version(of: $0) } }

  /// Says that files changed.
  func advance() {
    change { state in
      state.count += 1
      state.trouble = ""
    }
  }

  /// Says what is wrong, or with an empty text that nothing is.
  func tell(_ trouble: String) {
    change { $0.trouble = trouble }
  }

  /// Says everything again, so that a connection whose page is gone is found out.
  func repeatAll() {
    change { _ in }
  }

  /// Messages for one page, from now until it is closed.
  func listen() -> AsyncStream<[UInt8]> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingNewest(1))
    let key = state.withLock { state in
      state.nextKey += 1
      state.listeners[state.nextKey] = continuation
      continuation.yield(message(of: state))
      return state.nextKey
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { $0.listeners[key] = nil }
    }
    return stream
  }

  /// How many pages listen.
  var listenerCount: Int { state.withLock { $0.listeners.count } }

  private func change(_ change: (inout State) -> Void) {
    state.withLock { state in
      change(&state)
      let message = message(of: state)
      for listener in state.listeners.values { listener.yield(message) }
    }
  }

  private func version(of state: State) -> String { "\(server)-\(state.count)" }

  /// The state as server-sent events; a text of several lines has `data:` before each.
  private func message(of state: State) -> [UInt8] {
    let lines = state.trouble.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let trouble = lines.map { "data: \($0)\n" }.joined()
    return Array("data: \(version(of: state))\n\nevent: trouble\n\(trouble)\n".utf8)
  }
}
