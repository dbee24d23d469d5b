internal import Synchronization

/// One request, from when it was due to its end.
struct RequestSample: Sendable {
  var due: ContinuousClock.Instant
  var sent: ContinuousClock.Instant
  var end: ContinuousClock.Instant
  var outcome: Result<ReadAnswer, RequestFailure>
}

/// Takes in what happens to requests, from any thread, and says at any time what it amounts to.
final class LoadRecorder: Sendable {
  private struct State {
    var started = 0
    var inFlight = 0
    var succeeded = 0
    var unfinished = 0
    var notStarted = 0
    var failures: [RequestFailure.Kind: (count: Int, example: String)] = [:]
    var first: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?
    var tokens = 0
    var messages = 0
    var perToken = LatencyDistribution()
    var firstToken = LatencyDistribution()
    var perRequest = LatencyDistribution()
    var startDelay = LatencyDistribution()
  }

  private let state = Mutex(State())

  /// A request is being sent.
  func began(at instant: ContinuousClock.Instant) {
    state.withLock { state in
      state.started += 1
      state.inFlight += 1
      state.first = min(state.first ?? instant, instant)
    }
  }

  /// A request was under way when the test was stopped.
  func abandoned() {
    state.withLock { state in
      state.inFlight -= 1
      state.unfinished += 1
    }
  }

  /// A request was due and never began.
  func skipped() { state.withLock { $0.notStarted += 1 } }

  /// A request has ended.
  func ended(_ sample: RequestSample) {
    state.withLock { state in
      state.inFlight -= 1
      state.last = max(state.last ?? sample.end, sample.end)
      state.startDelay.record(sample.sent - sample.due)
      switch sample.outcome {
      case .failure(let failure):
        let before = state.failures[failure.kind]
        state.failures[failure.kind] = (
          (before?.count ?? 0) + 1, before?.example ?? failure.detail
        )
      case .success(let answer):
        state.succeeded += 1
        state.tokens += answer.tokens
        state.messages += answer.times.count
        state.perRequest.record(sample.end - sample.due)
        guard answer.isStreamed else {
          if answer.tokens > 0 { state.perToken.record((sample.end - sample.sent) / answer.tokens) }
          return
        }
        if let first = answer.times.first { state.firstToken.record(first - sample.due) }
        for (earlier, later) in zip(answer.times, answer.times.dropFirst()) {
          state.perToken.record(later - earlier)
        }
      }
    }
  }

  /// How many requests have begun, and how many tokens have come.
  var counts: (started: Int, inFlight: Int, failed: Int, tokens: Int) {
    state.withLock { state in
      (
        state.started, state.inFlight, state.failures.values.reduce(0) { $0 + $1.count },
        state.tokens
      )
    }
  }

  /// The distributions: per token, to the first token, per request.
  var distributions: LoadDistributions {
    state.withLock { state in
      LoadDistributions(
        perToken: state.perToken, timeToFirstToken: state.firstToken, perRequest: state.perRequest)
    }
  }

  /// What there is so far.
  func result(isPartial: Bool) -> LoadResult {
    state.withLock { state in
      let seconds: Double =
        if let first = state.first, let last = state.last { (last - first) / .seconds(1) } else {
          0
        }
      func perSecond(_ count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
      let failures = state.failures
        .map { LoadResult.Failures(kind: $0.name, count: $1.count, example: $1.example) }
        .sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
      return LoadResult(
        requests: state.started, succeeded: state.succeeded, failures: failures,
        unfinished: state.unfinished, notStarted: state.notStarted, seconds: seconds,
        tokens: state.tokens, messages: state.messages, tokensPerSecond: perSecond(state.tokens),
        requestsPerSecond: perSecond(state.succeeded), perToken: state.perToken.summary,
        timeToFirstToken: state.firstToken.summary, perRequest: state.perRequest.summary,
        startDelay: state.startDelay.summary, isPartial: isPartial)
    }
  }
}

/// The distributions behind a result's figures.
public struct LoadDistributions: Sendable {
  /// From one message of an answer to its next.
  public let perToken: LatencyDistribution
  /// From when a request was due to its first text.
  public let timeToFirstToken: LatencyDistribution
  /// From when a request was due to the end of its answer.
  public let perRequest: LatencyDistribution
}
