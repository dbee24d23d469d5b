internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Glibc

/// Serves the files of one folder to browsers on this machine, and tells open pages when to load again.
public final class PageServer: Sendable {
  /// How often a connection is tried, to find out that its page is gone.
  private static let heartbeat = Duration.seconds(15)

  /// The port listened at.
  public let port: UInt16
  private let events: PageEvents
  private let running: Task<Void, any Error>

  /// Where a browser finds the first page.
  public var address: String { "http://127.0.0.1:\(port)/" }

  /// Starts to serve a folder, which need not exist yet.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - port: The port, of 127.0.0.1 alone; 0 for any that is free.
  /// - Throws: ``ServingError`` when the port is taken or refused.
  public init(folder: String, port: UInt16) async throws(ServingError) {
    let events = PageEvents()
    let start = await Self.start(
      PageResponses(folder: ServedFolder(folder), events: events), port: port)
    switch start {
    case .success(let started):
      self.events = events
      (self.port, running) = started
    case .failure(let error):
      throw error
    }
  }

  /// Starts at the first port that is free.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - ports: The ports to try, in order.
  /// - Returns: The server.
  /// - Throws: ``ServingError/portsInUse(_:)`` when none is free.
  public static func start(
    folder: String, firstFreeOf ports: ClosedRange<UInt16>
  ) async throws(ServingError) -> PageServer {
    for port in ports {
      do throws(ServingError) {
        return try await PageServer(folder: folder, port: port)
      } catch .portInUse {
        continue
      }
    }
    throw .portsInUse(ports)
  }

  /// Serves until the task is cancelled.
  ///
  /// - Throws: ``ServingError/ended(reason:)`` when the server ends by itself.
  public func run() async throws(ServingError) {
    let beating = Task { [events] in
      while true {
        try await Task.sleep(for: Self.heartbeat)
        events.repeatAll()
      }
    }
    let result = await withTaskCancellationHandler {
      await running.result
    } onCancel: {
      running.cancel()
    }
    beating.cancel()
    if case .failure(let error) = result, !Task.isCancelled {
      throw .ended(reason: error.localizedDescription)
    }
  }

  /// Tells open pages that files changed; what was wrong before is forgotten.
  public func reload() {
    events.advance()
  }

  /// Tells open pages what is wrong with what should have been rendered; nil when nothing is any more.
  ///
  /// - Parameter trouble: Text for the author of the pages.
  public func tell(_ trouble: String?) {
    events.tell(trouble ?? "")
  }

  private static func start(
    _ responses: PageResponses, port: UInt16
  ) async -> Result<(UInt16, Task<Void, any Error>), ServingError> {
    let server: HTTPServer
    do {
      server = HTTPServer(
        config: HTTPServer.Configuration(
          address: try .inet(ip4: "127.0.0.1", port: port), logger: .disabled),
        handler: responses)
    } catch {
      return .failure(.refused(port: port, reason: error.localizedDescription))
    }
    // Whichever comes first: it listens, or it ended before it did.
    let (starts, start) = AsyncStream.makeStream(of: Result<UInt16, ServingError>.self)
    let running = Task {
      do {
        try await server.run()
      } catch {
        start.yield(.failure(Self.words(for: error, port: port)))
        throw error
      }
    }
    let waiting = Task {
      try await server.waitUntilListening(timeout: 60)
      guard case .ip4(_, let port) = await server.listeningAddress else { return }
      start.yield(.success(port))
    }
    defer { waiting.cancel() }
    for await first in starts {
      switch first {
      case .success(let port): return .success((port, running))
      case .failure(let error): return .failure(error)
      }
    }
    return .failure(.refused(port: port, reason: "the server did not start"))
  }

  private static func words(for error: any Error, port: UInt16) -> ServingError {
    guard case SocketError.failed(_, let number, let message) = error else {
      return .refused(port: port, reason: error.localizedDescription)
    }
    return number == EADDRINUSE ? .portInUse(port) : .refused(port: port, reason: message)
  }
}
