import Course
import Foundation
import Glibc

/// How long the course takes, as a person waits for it: whole processes, started and ended.
enum CourseBenchmarks {
  private static let runs = 5

  /// Each chapter cold, all of them cold with two jobs, all of them warm, the site and its largest
  /// page, and what a learner and an author wait for.
  static func all(chapters folder: String) async throws -> [Figure] {
    let files = try CourseFolder(path: folder).chapters
    let cache = NSTemporaryDirectory() + "nibble-bench-" + UUID().uuidString
    let removeCache: @Sendable () -> Void = { try? FileManager.default.removeItem(atPath: cache) }
    defer { removeCache() }
    var figures = try Interrupts.cleaningUp(removeCache) {
      try measure(files, folder: folder, cache: cache)
    }
    figures += try await LearningBenchmark(
      files: files, environment: try await CourseResults.find()
    ).figures()
    return figures
  }

  private static func measure(
    _ files: [ChapterFile], folder: String, cache: String
  ) throws -> [Figure] {
    var figures: [Figure] = []
    for file in files {
      figures.append(
        try time("\(file.id), cold", ["verify", file.path, "--no-cache"], cache: cache, goal: 2))
    }
    let verify = ["verify", "--chapters", folder, "--jobs", "2"]
    figures.append(
      try time(
        "\(files.count) chapters, cold, 2 jobs", verify + ["--no-cache"], cache: cache, goal: 6))
    figures.append(try time("\(files.count) chapters, warm", verify, cache: cache, goal: 0.3))
    figures.append(
      try time(
        "site, results cached", ["site", "--chapters", folder, "--out", cache + "/site"],
        cache: cache, goal: 1))
    figures.append(largestPage(files, in: cache + "/site"))
    if let first = files.first {
      figures.append(
        try ServingBenchmark(folder: folder, chapter: first, cache: cache).savedWords(runs: runs))
    }
    return figures
  }

  /// What a reader's browser loads for the largest chapter, style and scripts included.
  private static func largestPage(_ files: [ChapterFile], in site: String) -> Figure {
    func kilobytes(_ path: String) -> Double {
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return Double(size ?? 0) / 1000
    }
    let assets = ["nibble.css", "nibble.js", "mark.svg"].map { kilobytes("\(site)/assets/\($0)") }
    let pages = files.map {
      max(kilobytes("\(site)/\($0.id).html"), kilobytes("\(site)/\($0.id)/index.html"))
    }
    let largest = (pages.max() ?? 0) + assets.reduce(0, +)
    return Figure(
      name: "the largest chapter page with its assets", unit: "kB", values: [largest],
      against: Figure.Probe(name: "goal of 300 kB", values: [300]))
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
