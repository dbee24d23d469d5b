internal import Foundation
internal import Synchronization

/// Presses a server as a plan says, and measures it from outside.
public final class LoadTest: Sendable {
  /// How far a test has come.
  public struct Progress: Sendable, Hashable {
    /// Seconds since it began.
    public let seconds: Double
    /// Requests that have begun.
    public let requests: Int
    /// Requests that are under way.
    public let inFlight: Int
    /// Requests that failed.
    public let failed: Int
    /// Tokens of whole answers so far.
    public let tokens: Int
  }

  private let endpoint: Endpoint
  private let prompts: PromptSet
  private let plan: LoadPlan
  private let firstPrompt: Int
  private let recorder = LoadRecorder()
  private let started = Mutex(0)

  /// A test, which runs once.
  ///
  /// - Parameters:
  ///   - endpoint: What is pressed.
  ///   - prompts: What it is asked.
  ///   - plan: How hard, and for how long.
  ///   - firstPrompt: The number of the first prompt, so that a second test asks something new.
  public init(endpoint: Endpoint, prompts: PromptSet, plan: LoadPlan, firstPrompt: Int = 0) {
    self.endpoint = endpoint
    self.prompts = prompts
    self.plan = plan
    self.firstPrompt = firstPrompt
  }

  /// The distributions of what has been measured so far.
  public var distributions: LoadDistributions { recorder.distributions }

  /// Runs the test; whoever cancels the task gets what has been found by then, soon.
  ///
  /// - Parameter report: Told ten times a second how far it has come.
  /// - Returns: What was found; `isPartial` after a cancellation.
  public func run(
    reporting report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async -> LoadResult {
    let client = HTTPClient(connections: plan.connections, timeout: plan.timeout)
    defer { client.close() }
    let start = ContinuousClock.now
    let narrator = Task.detached { [recorder] in
      while !Task.isCancelled {
        let counts = recorder.counts
        report(
          Progress(
            seconds: (.now - start) / .seconds(1), requests: counts.started,
            inFlight: counts.inFlight, failed: counts.failed, tokens: counts.tokens))
        try? await Task.sleep(for: .milliseconds(100))
      }
    }
    defer { narrator.cancel() }
    let end = start + .seconds(plan.duration)
    await withTaskCancellationHandler {
      switch plan.pace {
      case .closed(let concurrency):
        await closedLoop(concurrency, until: end, client)
      case .open(let rate, let arrivals):
        await openLoop(
          ArrivalSchedule(rate: rate, arrivals: arrivals, end: plan.duration, seed: plan.seed),
          from: start, until: end, client)
      }
    } onCancel: {
      client.cancelAll()
    }
    return recorder.result(isPartial: Task.isCancelled)
  }

  /// Every user asks, waits for the answer, and asks again.
  private func closedLoop(
    _ concurrency: Int, until end: ContinuousClock.Instant, _ client: HTTPClient
  ) async {
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<concurrency {
        group.addTask { [self] in
          // Once at least, however late the machine lets it begin.
          repeat {
            guard !Task.isCancelled, let number = nextNumber() else { return }
            await carryOut(number, due: .now, client)
          } while .now < end
        }
      }
    }
  }

  /// Requests begin when they are due; behind a full house they wait, and are timed from when they were due.
  private func openLoop(
    _ schedule: ArrivalSchedule, from start: ContinuousClock.Instant,
    until end: ContinuousClock.Instant, _ client: HTTPClient
  ) async {
    await withTaskGroup(of: Void.self) { group in
      var inFlight = 0
      for seconds in schedule {
        let due = start + .seconds(seconds)
        if due > .now { try? await Task.sleep(until: due, clock: .continuous) }
        if inFlight >= plan.inFlightLimit, .now < end {
          await group.next()
          inFlight -= 1
        }
        if Task.isCancelled { break }
        if inFlight >= plan.inFlightLimit || .now >= end {
          recorder.skipped()
          continue
        }
        guard let number = nextNumber() else { break }
        inFlight += 1
        group.addTask { [self] in await carryOut(number, due: due, client) }
      }
    }
  }

  /// The number of the next request; nil when there have been enough.
  private func nextNumber() -> Int? {
    started.withLock { started in
      guard started < plan.requestLimit else { return nil }
      defer { started += 1 }
      return started
    }
  }

  private func carryOut(
    _ number: Int, due: ContinuousClock.Instant, _ client: HTTPClient
  ) async {
    let request = endpoint.request(
      prompts[firstPrompt + number], tokens: plan.maximumTokens)
    let sent = ContinuousClock.now
    recorder.began(at: sent)
    let answer = await client.send(request, until: sent + .seconds(plan.timeout))
    if answer.failure == .cancelled { return recorder.abandoned() }
    let reader = AnswerReader(interface: endpoint.interface, isStreamed: endpoint.isStreamed)
    let outcome: Result<ReadAnswer, RequestFailure>
    do throws(RequestFailure) {
      outcome = .success(try reader.read(answer))
    } catch {
      outcome = .failure(error)
    }
    recorder.ended(RequestSample(due: due, sent: sent, end: answer.end, outcome: outcome))
  }
}
