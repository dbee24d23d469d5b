internal import StepRecords

/// Runs a chapter's executable in a process and a folder of its own.
///
/// Standard output belongs to the step and goes to a file, records to another. The chapter's working
/// directory is its own and is removed afterwards; in it, `Datasets` leads to the folder of that name
/// beside the chapters folder, and `NIBBLE_COURSE` names the folder that holds both.
struct ProgramRunner: Sendable {
  /// The most of a step's output that is kept, in bytes.
  static let outputKept = 64 << 10
  /// How long a program outlives its limit when nobody is left to stop it.
  private static let grace = 5.0

  let options: VerifyOptions
  let environment: [String: String]
  /// The folder that holds the chapters folder.
  let course: String?

  /// Runs a program, or one variant of it.
  ///
  /// - Parameters:
  ///   - executable: What to run.
  ///   - variant: The variant's name; nil for the chapter's own program.
  ///   - path: The chapter's path, as crash reports name it.
  ///   - folder: A folder to make and leave for the caller to remove.
  /// - Returns: What it left.
  /// - Throws: `ExecutionError` when it cannot be started, or the task is cancelled.
  func run(
    _ executable: String, variant: String?, path: String, in folder: String
  ) async throws(ExecutionError) -> ProcessLog {
    let (output, errors, records) = (folder + "/output", folder + "/errors", folder + "/records")
    let ending = try await launch(
      executable, in: folder, seconds: options.timeLimit, files: [output, errors, records],
      ["NIBBLE_RECORDS": records, "NIBBLE_VARIANT": variant])
    return try Self.log(ending, output: output, errors: errors, records: records, path: path)
  }

  /// Runs a program and tries its variants on the way: it splits at each, and goes on without it.
  ///
  /// What comes before a variant runs once for all of them and for the program itself. The run has one
  /// thread, BLAS included, since a process with more cannot split.
  ///
  /// - Parameters:
  ///   - executable: What to run.
  ///   - variants: Their names.
  ///   - path: The chapter's path.
  ///   - folder: A folder to make and leave for the caller to remove.
  /// - Returns: What the program left, and each variant; one that is missing must be run by itself.
  /// - Throws: `ExecutionError` when the program cannot be started, or the task is cancelled.
  func run(
    _ executable: String, splittingInto variants: [String], path: String, in folder: String
  ) async throws(ExecutionError) -> (main: ProcessLog, variants: [String: ProcessLog]) {
    let left = folder + "/variants"
    Files.makeFolder(left)
    let places = variants.map { "\(left)/\(StepRecording.fileName(ofVariant: $0))" }
    let files = places.flatMap { [$0 + ".output", $0 + ".errors", $0 + ".records"] }
    let (output, errors, records) = (folder + "/output", folder + "/errors", folder + "/records")
    let ending = try await launch(
      executable, in: folder, seconds: options.timeLimit * Double(variants.count + 1),
      files: files + [output, errors, records],
      [
        "NIBBLE_VARIANTS": left, "NIBBLE_VARIANT_LIMIT": String(options.timeLimit),
        "NIBBLE_RECORDS": records, "OPENBLAS_NUM_THREADS": "1",
        // The program's own clock stands still while a variant runs; that one's is watched apart.
        "NIBBLE_TIME_LIMIT": String(Int(options.timeLimit.rounded(.up))),
      ])
    let main = try Self.log(ending, output: output, errors: errors, records: records, path: path)
    var logs: [String: ProcessLog] = [:]
    for (variant, place) in zip(variants, places) {
      guard let text = try? Files.bytes(of: place + ".ending"),
        let ending = ChildProcess.Ending(text: String(decoding: text, as: UTF8.self))
      else { continue }
      logs[variant] = try Self.log(
        ending, output: place + ".output", errors: place + ".errors",
        records: place + ".records", path: path)
    }
    return (main, logs)
  }

  private func launch(
    _ executable: String, in folder: String, seconds: Double, files: [String],
    _ variables: [String: String?]
  ) async throws(ExecutionError) -> ChildProcess.Ending {
    let work = folder + "/work"
    Files.makeFolder(work)
    linkDatasets(into: work)
    let command = ChildProcess.Command(
      program: executable, arguments: [],
      environment: childEnvironment(variables, seconds: seconds, folder: work),
      output: folder + "/output", errors: folder + "/errors")
    return try await ChildProcess.run(
      command, limits: .init(seconds: seconds, megabytes: options.memoryLimit, files: files))
  }

  private static func log(
    _ ending: ChildProcess.Ending, output: String, errors: String, records: String, path: String
  ) throws(ExecutionError) -> ProcessLog {
    let announced = (try? Files.bytes(of: records)).map(StepRecord.records(in:)) ?? []
    return ProcessLog(
      records: announced, outputs: try outputs(announced, in: output), ending: ending,
      crash: try crash(ending, errors: errors, path: path))
  }

  /// Makes the course's data reachable from the folder that a program runs in.
  func linkDatasets(into work: String) {
    guard let course, Files.isFolder(course + "/Datasets") else { return }
    Files.link(course + "/Datasets", at: work + "/Datasets")
  }

  /// The variables of a program that runs in a folder, its own among them; nil takes one away.
  func childEnvironment(
    _ own: [String: String?], seconds: Double, folder: String
  ) -> [String: String] {
    var variables = environment
    for name in [
      "NIBBLE_VARIANT", "NIBBLE_VARIANTS", "NIBBLE_VARIANT_LIMIT", "NIBBLE_STEPS",
      "NIBBLE_STEP_LIMIT",
    ] {
      variables[name] = nil
    }
    variables["NIBBLE_MEMORY_LIMIT"] = String(options.memoryLimit)
    variables["NIBBLE_TIME_LIMIT"] = String(Int(seconds + Self.grace))
    variables["NIBBLE_COURSE"] = course
    variables["TMPDIR"] = folder
    variables["NIBBLE_FOLDER"] = folder
    // A crash costs 5 ms more with a backtrace, and without one an overflow says nothing at all.
    variables["SWIFT_BACKTRACE"] =
      "enable=yes,color=no,sanitize=no,threads=crashed,images=none,registers=none,"
      + "interactive=no,limit=32,top=16"
    for (name, value) in own { variables[name] = value }
    return variables
  }

  /// What a program that a signal ended said of it.
  static func crash(
    _ ending: ChildProcess.Ending, errors: String, path: String
  ) throws(ExecutionError) -> CrashReport? {
    guard case .signalled(let signal) = ending else { return nil }
    let text = String(decoding: try Files.bytes(of: errors).suffix(outputKept), as: UTF8.self)
    return CrashReport(errors: text, path: path, signal: signal)
  }

  /// What each step printed, cut where it is too long.
  static func outputs(
    _ records: [StepRecord], in file: String
  ) throws(ExecutionError) -> [String: String] {
    let bytes = try Files.bytes(of: file)
    var starts: [String: Int] = [:]
    var ends: [String: Int] = [:]
    for record in records {
      switch record {
      case .stepBegan(let id, let offset): starts[id] = min(offset, bytes.count)
      case .stepEnded(let id, let offset, _): ends[id] = min(offset, bytes.count)
      default: break
      }
    }
    return starts.mapValues { $0 }.reduce(into: [:]) { outputs, entry in
      let end = max(entry.value, ends[entry.key] ?? bytes.count)
      let printed = bytes[entry.value..<end]
      guard !printed.isEmpty else { return }
      let kept = String(decoding: printed.prefix(outputKept), as: UTF8.self)
      let rest = printed.count - outputKept
      outputs[entry.key] = rest > 0 ? kept + "\n… (\(rest) bytes more)\n" : kept
    }
  }
}
