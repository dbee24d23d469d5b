import Course
import Foundation

/// Results of chapters: verified now, or those kept from before where nothing can be compiled.
struct CourseResults {
  /// The results there are, in the order of the chapters.
  let results: [ChapterResult]
  /// What verified them, for whoever runs more of them.
  let verifier: ChapterVerifier
  /// Chapters without a result, and why there is none.
  private let missing: (chapters: [String], reason: ExecutionError)?

  /// Verifies chapters, or says on standard error why kept results stand in.
  static func gather(
    _ chapters: [ParsedChapter], in known: VerifyEnvironment? = nil
  ) async throws -> CourseResults {
    let environment = if let known { known } else { try await find() }
    let verifier = ChapterVerifier(environment: environment, options: VerifyOptions())
    guard let reason = environment.missing else {
      let task = Task { try await verifier.verify(chapters) { _ in } }
      return CourseResults(
        results: try await Interrupts.cancelling(task), verifier: verifier, missing: nil)
    }
    var kept: [ChapterResult] = []
    var without: [String] = []
    for parsed in chapters {
      if let result = environment.store.latest(for: parsed.chapter) {
        kept.append(result)
      } else {
        without.append(parsed.chapter.id)
      }
    }
    if without.isEmpty { Output.note("results are those kept from before: \(reason)") }
    return CourseResults(
      results: kept, verifier: verifier, missing: without.isEmpty ? nil : (without, reason))
  }

  /// Fails where a chapter was shown without its results, because nothing here could run it.
  func requireAll() throws {
    guard let missing else { return }
    throw Failure(
      .missingProgram,
      "shown without results: \(missing.chapters.joined(separator: ", ")); \(missing.reason)")
  }

  /// What this machine has to run chapters with; the compiler it asks is stopped with the command.
  static func find() async throws -> VerifyEnvironment {
    let task = Task<VerifyEnvironment, any Error> {
      await VerifyEnvironment.find(
        executable: Installation.executable, environment: ProcessInfo.processInfo.environment)
    }
    return try await Interrupts.cancelling(task)
  }
}
