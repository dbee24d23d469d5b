@preconcurrency internal import Glibc  // C's `stdout` is a global variable
internal import Synchronization

/// What a chapter's program calls as it runs: where it is, what it found.
///
/// The program generator lowers a chapter to these calls; nobody writes them by hand. Nothing is judged
/// here: values cross to the judge as data, so that an expectation can be rewritten without compiling
/// or running again.
public enum StepRecording {
  private struct State {
    var step: String?
    var began = ContinuousClock.now
  }

  private static let state = Mutex(State())
  private static let writer = start()
  /// Where a reader lets one step after the other go; nil when nobody holds the program back.
  private static let pause = StepPause(
    path: environment("NIBBLE_STEPS"),
    seconds: environment("NIBBLE_STEP_LIMIT").flatMap { UInt32($0) } ?? 60)
  private static let variant = environment("NIBBLE_VARIANT")
  /// Where variants leave what they found when all are tried in one run.
  private static let forkFolder = environment("NIBBLE_VARIANTS")
  private static let forkSeconds =
    environment("NIBBLE_VARIANT_LIMIT").flatMap { Double($0) } ?? 60

  /// Announces that a step is about to run.
  ///
  /// - Parameter id: The step's id.
  public static func begin(_ id: String) {
    pause?.wait()
    let offset = outputOffset()
    writer.write(.stepBegan(id: id, outputOffset: offset))
    state.withLock { state in
      state.step = id
      state.began = .now
    }
  }

  /// Announces that the running step has come to its end.
  public static func end() {
    let (id, seconds) = state.withLock { state in
      (state.step, (ContinuousClock.now - state.began) / .seconds(1))
    }
    guard let id else { return }
    writer.write(.stepEnded(id: id, outputOffset: outputOffset(), seconds: seconds))
    state.withLock { $0.step = nil }
    pause?.rest()
  }

  /// Announces the top-level statement that is about to run.
  ///
  /// - Parameter line: Its first line in the chapter.
  public static func reached(_ line: Int) {
    writer.write(.reached(line: line))
  }

  /// Records the value of an expectation.
  ///
  /// - Parameters:
  ///   - expectation: Its place in the step, counted from 0.
  ///   - value: The value found.
  public static func value<Value>(_ expectation: Int, _ value: Value) {
    writer.write(.value(expectation: expectation, RecordedValue(recording: value)))
  }

  /// Runs a statement that should throw, and records whether it did.
  ///
  /// - Parameters:
  ///   - expectation: Its place in the step, counted from 0.
  ///   - body: The statement.
  public static func thrown(_ expectation: Int, _ body: () throws -> Void) {
    do {
      try body()
      writer.write(.thrown(expectation: expectation, description: nil))
    } catch {
      writer.write(.thrown(expectation: expectation, description: String(describing: error)))
    }
  }

  /// Records an error that left a variant's code.
  ///
  /// - Parameter error: The error.
  public static func uncaught(_ error: any Error) {
    writer.write(.uncaught(line: 0, description: String(describing: error)))
  }

  /// Whether to go into a variant: a stub, a wrong answer, a block that must trap.
  ///
  /// - Parameter name: The variant's name.
  /// - Returns: Whether to enter its scope.
  public static func isVariant(_ name: String) -> Bool {
    if let folder = forkFolder {
      return VariantForks.enters(
        name, folder: folder, seconds: forkSeconds, records: writer.descriptor)
    }
    return variant == name
  }

  /// The function that a library's steps are, by name.
  public static let entryPoint = "nibble_steps"

  /// Goes on with steps that are compiled later, one library after the other, until the reader leaves.
  public static func goOn() -> Never {
    guard let pause, let next = environment("NIBBLE_NEXT") else { finish() }
    while true { pause.load(from: next) }
  }

  /// Ends the program, keeping what it printed.
  public static func finish() -> Never {
    fflush(nil)
    exit(0)
  }

  static func announce(_ record: StepRecord) {
    writer.write(record)
  }

  /// How many bytes standard output holds, where it is a file; 0 otherwise.
  private static func outputOffset() -> Int {
    fflush(nil)
    return max(0, Int(lseek(STDOUT_FILENO, 0, SEEK_CUR)))
  }

  private static func start() -> RecordWriter {
    // A trap loses what stdio still holds: hand every line over as it is printed.
    setlinebuf(stdout)
    ResourceLimits.set(
      megabytes: environment("NIBBLE_MEMORY_LIMIT").flatMap { Int($0) },
      seconds: environment("NIBBLE_TIME_LIMIT").flatMap { UInt32($0) })
    if let folder = environment("NIBBLE_FOLDER") { chdir(folder) }
    return RecordWriter(path: environment("NIBBLE_RECORDS"))
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
