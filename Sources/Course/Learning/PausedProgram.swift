internal import Glibc
internal import StepRecords
internal import Synchronization

/// A chapter's program that waits before each of its steps to be let go.
///
/// It runs in a process and a folder of its own, like a program that is verified, and so under the same
/// limits; only that a reader decides when a step runs. Nothing is compiled here, and what a step
/// declared is there for the next one.
final class PausedProgram {
  /// The steps it goes through, in order; those of libraries it loaded come last.
  private(set) var steps: [String]

  private let runner: ProgramRunner
  private let path: String
  private let folder: String
  private let process: pid_t
  private let gate: Int32
  private let records: Int32
  private var unread: [UInt8] = []
  private var announced: [StepRecord] = []
  /// How many steps were let go.
  private var released = 0
  private var ending: ChildProcess.Ending?
  private var isStopped = false

  /// Starts a program, which stops before its first step.
  ///
  /// - Parameters:
  ///   - executable: The program.
  ///   - steps: The ids of its steps, in the order they run.
  ///   - path: The chapter's path, as crash reports name it.
  ///   - runner: The limits, the variables and the course's folder.
  /// - Throws: `ExecutionError` when it cannot be started.
  init(
    _ executable: String, steps: [String], path: String, runner: ProgramRunner
  ) throws(ExecutionError) {
    self.steps = steps
    self.runner = runner
    self.path = path
    folder = try Files.temporaryFolder(environment: runner.environment)
    let pipe = folder + "/steps"
    let work = folder + "/work"
    Files.makeFolder(work)
    runner.linkDatasets(into: work)
    // Open for both ends, so that neither side waits for the other to open it.
    let gate = mkfifo(pipe, 0o600) == 0 ? open(pipe, O_RDWR | O_CLOEXEC) : -1
    let records = open(folder + "/records", O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard gate >= 0, records >= 0 else {
      if gate >= 0 { close(gate) }
      if records >= 0 { close(records) }
      Files.remove(folder)
      throw .cannotWrite(path: folder, reason: String(cString: strerror(errno)))
    }
    self.gate = gate
    self.records = records
    let limit = Int(runner.options.timeLimit.rounded(.up)) + 5
    var variables = runner.childEnvironment(
      [
        "NIBBLE_RECORDS": folder + "/records", "NIBBLE_STEPS": pipe,
        "NIBBLE_STEP_LIMIT": String(limit), "NIBBLE_NEXT": folder + "/next",
      ],
      seconds: runner.options.timeLimit, folder: work)
    // The whole sitting may take hours; a step's own clock is set as it is let go.
    variables["NIBBLE_TIME_LIMIT"] = nil
    do throws(ExecutionError) {
      process = try ChildProcess.spawn(
        ChildProcess.Command(
          program: executable, arguments: [], environment: variables,
          output: folder + "/output", errors: folder + "/errors"))
    } catch {
      close(gate)
      close(records)
      Files.remove(folder)
      throw error
    }
    _ = Self.left.withLock { $0.updateValue(process, forKey: folder) }
  }

  /// What must go should this process end early: every program's folder, and the program's own number
  /// while it is not buried.
  ///
  /// The number of one that is may be anybody's by now.
  private static let left = Mutex<[String: pid_t?]>([:])

  /// Kills every paused program and removes its folder; whoever waits for one sees that it ended.
  static func endAll() {
    for (folder, process) in left.withLock({ $0 }) {
      if let process { ProcessTree.kill(process) }
      Files.remove(folder)
    }
  }

  /// Takes leave of a process that has ended or was killed, and says how it ended.
  @discardableResult
  private func bury() -> ChildProcess.Ending {
    _ = Self.left.withLock { $0.updateValue(nil, forKey: folder) }
    return ChildProcess.end(process)
  }

  deinit {
    stop()
  }

  /// Whether the program has ended, as it does when a step fails.
  var hasEnded: Bool { ending != nil }

  /// Whether a step was let go.
  func hasRun(_ step: String) -> Bool {
    steps.prefix(released).contains(step)
  }

  /// Lets every step go up to one, and waits for its end or the program's.
  ///
  /// - Parameters:
  ///   - step: The step; one that has run already returns at once.
  ///   - waiting: Called now and then with the seconds waited for a step so far; false gives up, which
  ///     ends the program.
  func run(through step: String, waiting: (Double) -> Bool = { _ in true }) {
    guard let place = steps.lastIndex(of: step), place >= released, ending == nil else { return }
    for next in steps[released...place] {
      var byte: UInt8 = 1
      while write(gate, &byte, 1) < 0, errno == EINTR {}
      released += 1
      wait(for: next, waiting: waiting)
      if ending != nil { return }
    }
  }

  /// Has the program, which has come to its end and waits, go on with a step from a library.
  ///
  /// - Parameters:
  ///   - step: The step's id.
  ///   - library: The library, which stays the caller's.
  ///   - waiting: Called now and then with the seconds waited for the step so far; false gives up.
  /// - Throws: `ExecutionError` when the program cannot be told.
  func run(
    _ step: String, from library: String, waiting: (Double) -> Bool = { _ in true }
  ) throws(ExecutionError) {
    try Files.write(Array(library.utf8), to: folder + "/next")
    steps.append(step)
    var load: UInt8 = 2
    while write(gate, &load, 1) < 0, errno == EINTR {}
    run(through: step, waiting: waiting)
  }

  /// What it left so far; the ending is that of a program that ran to its end until another is known.
  func log() throws(ExecutionError) -> ProcessLog {
    let ending = self.ending ?? .exited(0)
    return ProcessLog(
      records: announced,
      outputs: try ProgramRunner.outputs(announced, in: folder + "/output"), ending: ending,
      crash: try ProgramRunner.crash(ending, errors: folder + "/errors", path: path))
  }

  /// Ends the program and removes what it left.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    if ending == nil {
      ProcessTree.kill(process)
      ending = bury()
    }
    close(gate)
    close(records)
    Files.remove(folder)
    _ = Self.left.withLock { $0.removeValue(forKey: folder) }
  }

  // MARK: Waiting

  private func wait(for step: String, waiting: (Double) -> Bool) {
    let began = ContinuousClock.now
    var pause: UInt32 = 300
    var looks = 0
    let limits = ChildProcess.Limits(
      seconds: runner.options.timeLimit, megabytes: runner.options.memoryLimit,
      files: [folder + "/output", folder + "/errors", folder + "/records"])
    while true {
      let hasEnded = ChildProcess.hasEnded(process)
      if readRecords(endOf: step) { return }
      if hasEnded {
        ending = bury()
        return
      }
      looks += 1
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      // The limits are looked at every few milliseconds only: that opens files.
      if looks % 8 == 0, let broken = ChildProcess.broken(limits, by: process, since: began) {
        return end(with: broken)
      }
      if pause > 5000, !waiting(seconds) { return end(with: .signalled(Int(SIGTERM))) }
      usleep(pause)
      pause = min(pause * 5 / 4, 20_000)
    }
  }

  private func end(with ending: ChildProcess.Ending) {
    ProcessTree.kill(process)
    bury()
    _ = readRecords(endOf: "")
    self.ending = ending
  }

  /// Reads what was announced since the last look; true when a step has come to its end.
  private func readRecords(endOf step: String) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(records, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      unread += buffer.prefix(count)
    }
    guard let end = unread.lastIndex(of: UInt8(ascii: "\n")) else { return false }
    let new = StepRecord.records(in: Array(unread[...end]))
    unread.removeSubrange(...end)
    announced += new
    return new.contains { record in
      guard case .stepEnded(let id, _, _) = record else { return false }
      return id == step
    }
  }
}
