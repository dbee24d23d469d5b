import Course
import Foundation
import Pipelines

/// One persona's build.
protocol PersonaBuild: Sendable {
  /// Whose it is.
  var persona: Persona { get }
  /// What it does, in one line.
  var summary: String { get }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - job: What was asked.
  ///   - folder: Where to put a checkpoint and files of its own; the report is written by the caller.
  /// - Returns: What there is to say.
  /// - Throws: What the study throws.
  func run(_ job: BuildJob, into folder: BuildFolder) throws -> BuildOutcome
}

/// The builds there are.
///
/// A new one is one file, and one more line here.
enum BuildKind {
  static let all: [any PersonaBuild] = [
    StudentBuild(), EngineerBuild(), ResearcherBuild(), FrontierBuild(),
  ]

  /// The personas that have one.
  static var names: [String] { all.map { $0.persona.rawValue } }

  /// A line a build, for the help.
  static var listing: String {
    all.map { "\($0.persona.rawValue): \($0.summary)." }.joined(separator: "\n")
  }
}

/// What was asked of a build.
struct BuildJob {
  let flags: BuildFlags
  let persona: String
  let out: String

  /// The build's folder as a command names it that runs where the build ran: relative below there.
  var place: String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return out.hasPrefix(here) ? String(out.dropFirst(here.count)) : out
  }

  /// The command that was given, with what it took by default.
  var command: String { command(out: place) }

  /// The same into another folder, beside the first.
  var commandBeside: String { command(out: place + "-again") }

  private func command(out: String) -> String {
    var words = ["nibble", "build", persona]
    if let model = flags.model { words += ["--model", model] }
    words += ["--dataset", flags.dataset] + flags.written
    words += ["--out", out]
    return words.map(Self.quoted).joined(separator: " ")
  }

  /// A word as a shell reads it back.
  static func quoted(_ word: String) -> String {
    word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,".contains($0) } && !word.isEmpty
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}

/// What a build has to say at its end.
struct BuildOutcome {
  /// The models it ran on.
  let models: [String]
  /// A few lines for the terminal.
  let lines: [String]
  /// What its numbers say of its question.
  let verdict: StudyVerdict?
  /// Everything measured.
  let findings: any Encodable
  /// The report.
  let document: BuildDocument
  /// The lines of `perplexity_results.txt`.
  let perplexities: [PerplexityLine]
  /// Commands that do parts of it by hand, each with what it is for.
  let commands: [(purpose: String, command: String)]
}

/// A line of `perplexity_results.txt`.
struct PerplexityLine {
  let model: String
  let what: String
  let quality: StudyQuality?
  /// Of a model without a comparison: the float model itself.
  var perplexity: Double?
}
