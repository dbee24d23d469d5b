internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Sends requests and notes when each piece of an answer came; reading the pieces is left for later, so
/// that it takes no time from other requests.
///
/// Connections are kept and used again, as a server's clients do.
final class HTTPClient: NSObject, URLSessionDataDelegate, Sendable {
  /// A request under way.
  private struct Exchange {
    var task: URLSessionDataTask
    var continuation: CheckedContinuation<HTTPAnswer, Never>?
    var deadline: ContinuousClock.Instant
    var answer: HTTPAnswer
    var bytes = 0
    /// Whether the session has been told what to do with the head; before, cancelling makes it trap.
    var isHeadDone = false
  }

  /// The most bytes of an answer.
  private static let answerLimit = 64 << 20
  /// How much later than its deadline a request that nobody waits for is ended by the session itself.
  private static let sessionPatience = 30.0

  private let exchanges = Mutex<[Int: Exchange]>([:])
  private let isClosed = Mutex(false)
  private let isCancelled = Mutex(false)
  /// Set once, before any request.
  private nonisolated(unsafe) var session = URLSession.shared

  /// A client.
  ///
  /// - Parameters:
  ///   - connections: The most requests at once.
  ///   - timeout: The longest a request may take, in seconds.
  init(connections: Int, timeout: Double) {
    super.init()
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.httpCookieStorage = nil
    configuration.timeoutIntervalForRequest = timeout + Self.sessionPatience
    // Requests that were given up may hold theirs for a while.
    configuration.httpMaximumConnectionsPerHost = 2 * connections + 8
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1  // so that what comes first is noted first
    session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    Task.detached { [weak self] in
      while let self, !self.isClosed.withLock({ $0 }) {
        self.giveUpLate()
        try? await Task.sleep(for: .milliseconds(10))
      }
    }
  }

  /// Sends a request and waits for all of its answer, or for its deadline.
  ///
  /// - Parameters:
  ///   - request: What is sent.
  ///   - deadline: When waiting ends.
  /// - Returns: All that came, and what went wrong if anything did.
  func send(_ request: HTTPRequest, until deadline: ContinuousClock.Instant) async -> HTTPAnswer {
    let task = session.dataTask(with: Self.urlRequest(request))
    return await withCheckedContinuation { continuation in
      exchanges.withLock { exchanges in
        exchanges[task.taskIdentifier] = Exchange(
          task: task, continuation: continuation, deadline: deadline,
          answer: HTTPAnswer(end: deadline))
      }
      task.resume()
      // One that begins while all are being cancelled is among them, or sees it here.
      if isCancelled.withLock({ $0 }) { give(up: task.taskIdentifier, .cancelled) }
    }
  }

  /// Gives up every request that is under way, and those that follow.
  func cancelAll() {
    isCancelled.withLock { $0 = true }
    let numbers = exchanges.withLock { Array($0.keys) }
    for number in numbers { give(up: number, .cancelled) }
  }

  /// Sends nothing any more; what was given up is left to end by itself.
  func close() {
    isClosed.withLock { $0 = true }
    session.finishTasksAndInvalidate()
  }

  private static func urlRequest(_ request: HTTPRequest) -> URLRequest {
    var plain = URLRequest(url: request.url)
    plain.setValue("nibble", forHTTPHeaderField: "User-Agent")
    plain.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    plain.setValue("text/event-stream, application/json", forHTTPHeaderField: "Accept")
    if let key = request.key {
      plain.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    }
    if let body = request.body {
      plain.httpMethod = "POST"
      plain.setValue("application/json", forHTTPHeaderField: "Content-Type")
      plain.httpBody = body
    }
    return plain
  }

  private func giveUpLate() {
    let now = ContinuousClock().now
    let late = exchanges.withLock { exchanges in
      exchanges.filter { $0.value.continuation != nil && $0.value.deadline <= now }.map(\.key)
    }
    for number in late { give(up: number, .timedOut) }
  }

  /// Answers whoever waits, and ends the request as soon as the session bears it.
  private func give(up number: Int, _ failure: TransportFailure) {
    let (waiting, task) = exchanges.withLock { exchanges in
      guard var exchange = exchanges[number] else {
        return (
          nil as (CheckedContinuation<HTTPAnswer, Never>, HTTPAnswer)?, nil as URLSessionTask?
        )
      }
      exchange.answer.failure = failure
      exchange.answer.end = ContinuousClock().now
      let waiting = exchange.continuation.map { ($0, exchange.answer) }
      exchange.continuation = nil
      exchange.answer.arrivals = []
      exchanges[number] = exchange
      return (waiting, exchange.isHeadDone ? exchange.task : nil)
    }
    if let (continuation, answer) = waiting { continuation.resume(returning: answer) }
    task?.cancel()
  }

  // MARK: What the session says

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)  // the redirection itself is then the answer: a POST would become a GET
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    let isWanted = exchanges.withLock { exchanges in
      guard exchanges[dataTask.taskIdentifier]?.continuation != nil else { return false }
      let response = response as? HTTPURLResponse
      exchanges[dataTask.taskIdentifier]?.answer.status = response?.statusCode
      exchanges[dataTask.taskIdentifier]?.answer.type =
        response?.value(forHTTPHeaderField: "Content-Type")
      return true
    }
    completionHandler(isWanted ? .allow : .cancel)
    if isWanted { exchanges.withLock { $0[dataTask.taskIdentifier]?.isHeadDone = true } }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let now = ContinuousClock().now
    let isTooLong = exchanges.withLock { exchanges in
      guard exchanges[dataTask.taskIdentifier]?.continuation != nil else { return false }
      exchanges[dataTask.taskIdentifier]?.answer.arrivals.append(Arrival(at: now, bytes: data))
      exchanges[dataTask.taskIdentifier]?.bytes += data.count
      return (exchanges[dataTask.taskIdentifier]?.bytes ?? 0) > Self.answerLimit
    }
    if isTooLong {
      give(
        up: dataTask.taskIdentifier,
        .malformed(reason: "the answer has more than \(Self.answerLimit >> 20) MiB"))
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let now = ContinuousClock().now
    let exchange = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
    guard let exchange, let continuation = exchange.continuation else { return }
    var answer = exchange.answer
    answer.end = now
    if let error {
      answer.failure = Self.failure(error)
    } else if answer.status == nil {
      answer.failure = .malformed(reason: "the answer is not HTTP")
    }
    continuation.resume(returning: answer)
  }

  /// The session's errors, by what they say of the server.
  private static func failure(_ error: any Error) -> TransportFailure {
    let reason = error.localizedDescription
    guard let code = (error as? URLError)?.code else { return .cut(reason: reason) }
    switch code {
    case .cannotFindHost, .dnsLookupFailed:
      return .refused(reason: "no such host is known here")
    case .notConnectedToInternet:
      return .refused(reason: "there is no network")
    case .cannotConnectToHost:
      return .refused(reason: "the host takes no connection")
    case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
      .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
      return .refused(reason: "no secure connection: \(reason)")
    case .timedOut:
      return .timedOut
    case .networkConnectionLost:
      return .cut(reason: "the connection was lost")
    case .unsupportedURL, .badServerResponse, .cannotParseResponse, .cannotDecodeRawData:
      return .malformed(reason: "the answer is not HTTP")
    default:
      return .cut(reason: reason)
    }
  }
}
