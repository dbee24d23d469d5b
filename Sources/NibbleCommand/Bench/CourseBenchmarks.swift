import Course
import Foundation
import Glibc

/// How long the course takes, as a person waits for it: whole processes, started and ended.
enum CourseBenchmarks {
  private static let runs = 5

  /// Each chapter cold, all of them cold with two jobs, all of them warm, and the site.
  static func all(chapters folder: String) throws -> [Figure] {
    let files = try CourseFolder(path: folder).chapters
    let cache = NSTemporaryDirectory() + "nibble-bench-" + UUID().uuidString
    let removeCache: @Sendable () -> Void = { try? FileManager.default.removeItem(atPath: cache) }
    defer { removeCache() }
    return try Interrupts.cleaningUp(removeCache) {
      try measure(files, folder: folder, cache: cache)
    }
  }

  private static func measure(
    _ files: [ChapterFile], folder: String, cache: String
  ) throws -> [Figure] {
    var figures: [Figure] = []
    for file in files {
      figures.append(
        try time("\(file.id), cold", ["verify", file.path, "--no-cache"], cache: cache, goal: 1))
    }
    let verify = ["verify", "--chapters", folder, "--jobs", "2"]
    figures.append(
      try time(
        "\(files.count) chapters, cold, 2 jobs", verify + ["--no-cache"], cache: cache, goal: 4))
    figures.append(try time("\(files.count) chapters, warm", verify, cache: cache, goal: 0.3))
    figures.append(
      try time(
        "site, results cached", ["site", "--chapters", folder, "--out", cache + "/site"],
        cache: cache, goal: 0.5))
    if let first = files.first {
      figures.append(
        try ServingBenchmark(folder: folder, chapter: first, cache: cache).savedWords(runs: runs))
    }
    return figures
  }

  /// Runs the command itself, after one run that does not count.
  private static func time(
    _ name: String, _ arguments: [String], cache: String, goal: Double
  ) throws -> Figure {
    var values: [Double] = []
    for run in 0...runs {
      let seconds = try Stopwatch.seconds { try launch(arguments, cache: cache) }
      if run > 0 { values.append(seconds) }
    }
    return Figure(
      name: name, unit: "s", values: values,
      against: Figure.Probe(
        name: "goal of \(Figures.short(goal)) s",
        values: Array(repeating: goal, count: values.count)))
  }

  private static func launch(_ arguments: [String], cache: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Installation.executable)
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["NIBBLE_CACHE"] = cache
    process.environment = environment
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let child = process.processIdentifier
    Interrupts.cleaningUp {
      kill(child, SIGTERM)
      waitpid(child, nil, 0)
    } during: {
      process.waitUntilExit()
    }
    guard process.terminationStatus == 0 else {
      throw Failure(
        .didNotHold,
        "nibble \(arguments.joined(separator: " ")) ended with \(process.terminationStatus); "
          + "a course that does not hold is not timed")
    }
  }
}
