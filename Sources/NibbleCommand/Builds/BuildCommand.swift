import ArgumentParser
import Course
import Foundation
import Pipelines

/// `nibble build`: a persona's own project, run from beginning to end.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Run a persona's project: a study, its checkpoint, its report.",
    discussion: """
      \(BuildKind.listing)

      Leaves a folder with checkpoint/, perplexity_results.txt, report.html, report.md with charts/, \
      findings.json, tokens.json (all that was read, as token ids, for whoever checks a number), and commands.sh, \
      which makes it again. The folder appears when all of it is there.

      Without --model it takes the course's own, llama and opt, which need no network; any model that nibble reads \
      will do. Texts have two parts that share nothing: stories and ledgers are told anew for each, a data set in \
      the cache has splits of its own, and a file is cut in the middle.

      Example: nibble build cs-student --model opt --dataset ledgers --out my-first-quantization
      """
  )

  @Argument(
    help: ArgumentHelp(
      "\(BuildKind.names.joined(separator: ", ")).", valueName: "persona"))
  var persona: String

  @OptionGroup var flags: BuildFlags

  @Option(help: ArgumentHelp("The folder to make (default: the persona's name).", valueName: "dir"))
  var out: String?

  @Flag(help: "Replace --out if it is a build.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    guard kind == nil else { return }
    throw ValidationError(
      "there is no build '\(persona)'; use one of \(BuildKind.names.joined(separator: ", "))")
  }

  private var kind: (any PersonaBuild)? {
    BuildKind.all.first { $0.persona.rawValue == persona }
  }

  func run() throws {
    guard let kind else { throw Failure(.usage, "there is no build '\(persona)'") }
    let folder = try BuildFolder(out ?? persona, force: force)
    let job = BuildJob(flags: flags, persona: persona, out: folder.path)
    let outcome = try Interrupts.cleaningUp {
      folder.discard()
    } during: {
      do {
        try folder.begin()
        let outcome = try kind.run(job, into: folder)
        try folder.write(outcome, of: job)
        try folder.finish()
        return outcome
      } catch {
        folder.discard()
        throw error
      }
    }
    if json {
      try Output.json(BuildSummary(job, outcome, files: folder.names))
    } else {
      Output.line("\(folder.path)  \(persona)")
      for line in outcome.lines { Output.line("  " + line) }
      Output.line("  the report: \(folder.path)/report.html")
    }
  }
}

/// What a build says at its end as JSON, and keeps beside its results.
struct BuildSummary: Encodable {
  let schema = 1
  let persona: String
  let out: String
  let models: [String]
  let dataset: String
  let verdict: StudyVerdict?
  let summary: [String]
  let files: [String]
  let findings: AnyEncodable

  init(_ job: BuildJob, _ outcome: BuildOutcome, files: [String]) {
    persona = job.persona
    out = job.out
    models = outcome.models
    dataset = job.flags.dataset
    verdict = outcome.verdict
    summary = outcome.lines
    self.files = files
    findings = AnyEncodable(outcome.findings)
  }
}

/// Something that can be encoded, whatever it is.
struct AnyEncodable: Encodable {
  private let value: any Encodable

  init(_ value: any Encodable) {
    self.value = value
  }

  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
