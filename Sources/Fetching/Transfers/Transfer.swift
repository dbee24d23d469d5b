internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Whoever takes in what a transfer brings; called from one thread at a time.
protocol TransferReceiver: AnyObject, Sendable {
  /// The head came; throwing ends the transfer.
  func begin(_ head: ResponseHead) throws(TransferFailure)
  /// More of the body came; throwing ends the transfer.
  func take(_ bytes: UnsafeRawBufferPointer) throws(TransferFailure)
}

/// One GET, from request to the last byte or to whatever goes wrong.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
  /// A request.
  struct Request: Sendable {
    var url: URL
    /// The first byte that is wanted.
    var offset = 0
    /// The version that the bytes before it are of, where the host gave it a name.
    var version: String?
    /// How long nothing may come.
    var silence: Double
  }

  private static let redirectionLimit = 10
  /// How long the session may take to end what has failed, in seconds.
  private static let endingPatience = 10.0

  private struct State {
    var redirections = 0
    /// What the receiver said, or what was found wrong here; the session's own error only follows.
    var failure: TransferFailure?
    var outcome: Result<Void, TransferFailure>?
    /// When anything last happened.
    var lastSign = ContinuousClock().now
    /// Whether the session waits for an answer: it traps when the task is cancelled as well.
    var isAsked = false
  }

  private let request: Request
  private let receiver: any TransferReceiver
  private let state = Mutex(State())
  private let isDone = DispatchSemaphore(value: 0)

  private init(_ request: Request, _ receiver: any TransferReceiver) {
    self.request = request
    self.receiver = receiver
  }

  /// Carries out a request and waits for its end.
  ///
  /// - Parameters:
  ///   - request: What is wanted.
  ///   - receiver: Who takes in what comes.
  /// - Throws: What went wrong first.
  static func run(_ request: Request, into receiver: any TransferReceiver) throws(TransferFailure) {
    try Transfer(request, receiver).run()
  }

  private func run() throws(TransferFailure) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.timeoutIntervalForRequest = request.silence
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1  // so that what comes first is taken in first
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    let task = session.dataTask(with: asking(URLRequest(url: request.url)))
    task.resume()
    while isDone.wait(timeout: .now() + 1) == .timedOut {
      guard isStuck else { continue }
      if state.withLock({ !$0.isAsked }) { task.cancel() }
      break
    }
    session.finishTasksAndInvalidate()
    if case .failure(let failure)? = state.withLock({ $0.outcome }) { throw failure }
  }

  /// Whether the session has said nothing for so long that it will not; whatever it says later is not
  /// taken in.
  private var isStuck: Bool {
    state.withLock { state in
      if state.outcome != nil { return false }
      let quiet = ContinuousClock().now - state.lastSign
      let patience = state.failure == nil ? request.silence + 30 : Self.endingPatience
      guard quiet > .seconds(patience) else { return false }
      let failure = state.failure ?? .dropped(reason: "nothing came for too long")
      state.failure = failure
      state.outcome = .failure(failure)
      return true
    }
  }

  /// A request with this one's headers, which a redirection may have lost.
  private func asking(_ plain: URLRequest) -> URLRequest {
    var request = plain
    request.timeoutInterval = self.request.silence
    request.setValue("nibble", forHTTPHeaderField: "User-Agent")
    // Packed on the way, bytes could be neither counted nor gone on with.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if self.request.offset > 0 {
      request.setValue("bytes=\(self.request.offset)-", forHTTPHeaderField: "Range")
      if let version = self.request.version {
        request.setValue(version, forHTTPHeaderField: "If-Range")
      }
    }
    return request
  }

  // MARK: What the session says

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    let count = state.withLock { state in
      state.redirections += 1
      state.isAsked = true
      state.lastSign = ContinuousClock().now
      return state.redirections
    }
    let schemes = [request.url, newRequest.url].map { $0?.scheme?.lowercased() }
    let isDowngrade = schemes[0] == "https" && schemes[1] != "https"
    if count > Self.redirectionLimit || isDowngrade {
      // The session then hands on the redirection itself as the response, which ends the transfer.
      note(.status(response.statusCode, retryAfter: nil))
      completionHandler(nil)
    } else {
      completionHandler(asking(newRequest))
    }
    state.withLock { $0.isAsked = false }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    // The session traps when a task that it has asked about is cancelled as well: the answer does it.
    state.withLock { $0.isAsked = true }
    guard let response = response as? HTTPURLResponse else {
      note(.dropped(reason: "the answer is not HTTP"))
      completionHandler(.cancel)
      state.withLock { $0.isAsked = false }
      return
    }
    let isWanted = handOn { receiver throws(TransferFailure) in
      try receiver.begin(ResponseHead(response))
    }
    completionHandler(isWanted ? .allow : .cancel)
    state.withLock { $0.isAsked = false }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let hasFailed = state.withLock { $0.failure != nil || $0.outcome != nil }
    if hasFailed { return }  // it is being cancelled
    let isWanted = data.withUnsafeBytes { bytes in
      handOn { receiver throws(TransferFailure) in try receiver.take(bytes) }
    }
    if !isWanted { dataTask.cancel() }
  }

  /// Lets the receiver take something in, unless the transfer is over; whether more is wanted.
  ///
  /// Under the lock: once the transfer has ended, whoever waited for it has the receiver to itself.
  private func handOn(
    _ body: (any TransferReceiver) throws(TransferFailure) -> Void
  ) -> Bool {
    state.withLock { state in
      if state.failure != nil || state.outcome != nil { return false }
      do throws(TransferFailure) { try body(receiver) } catch { state.failure = error }
      state.lastSign = ContinuousClock().now
      return state.failure == nil
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    state.withLock { state in
      if state.outcome != nil { return }
      if let failure = state.failure {
        state.outcome = .failure(failure)
      } else if let error {
        state.outcome = .failure(Self.failure(error))
      } else {
        state.outcome = .success(())
      }
    }
    isDone.signal()
  }

  /// Remembers what went wrong first.
  private func note(_ failure: TransferFailure) {
    state.withLock { state in
      state.failure = state.failure ?? failure
      state.lastSign = ContinuousClock().now
    }
  }

  /// The session's errors, by what can be done about them.
  private static func failure(_ error: any Error) -> TransferFailure {
    let reason = error.localizedDescription
    guard let code = (error as? URLError)?.code else { return .dropped(reason: reason) }
    switch code {
    case .cannotFindHost, .dnsLookupFailed:
      return .unreachable(reason: "no such host is known here; is there a network?")
    case .notConnectedToInternet:
      return .unreachable(reason: "there is no network")
    case .cannotConnectToHost:
      return .unreachable(reason: "the host takes no connection")
    case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
      .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
      return .unreachable(reason: "no secure connection: \(reason)")
    case .timedOut:
      return .dropped(reason: "nothing came for too long")
    case .networkConnectionLost:
      return .dropped(reason: "the connection was lost")
    default:
      return .dropped(reason: reason)
    }
  }
}
