import Foundation
import Glibc
import Pipelines
import Site

/// The folder a build makes: put together under another name, and whole when it has its own.
final class BuildFolder: Sendable {
  /// Its own name.
  let path: String
  /// Where it is put together.
  let work: String
  private let force: Bool

  /// The file by which a build is known.
  private static let mark = "build.json"

  /// Checks that it may be made.
  init(_ path: String, force: Bool) throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let name = path.lastPathName
    guard !name.isEmpty, name != ".", name != ".." else {
      throw Failure(.usage, "--out takes the name of a folder, not '\(path)'")
    }
    self.path = path
    self.force = force
    let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    work = OutputFolder.parent(of: path) + "/.\(name.prefix(64)).\(suffix).partial"
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard force else {
      throw Failure(.cannotWrite, "\(path): exists already; use --force to replace it")
    }
    guard FileManager.default.fileExists(atPath: path + "/" + Self.mark) else {
      throw Failure(
        .cannotWrite,
        "\(path): exists and is no build (there is no \(Self.mark)), so --force does not replace it; give --out "
          + "another name")
    }
  }

  /// Makes the folder in which everything is put together.
  func begin() throws {
    try OutputFolder.make(OutputFolder.parent(of: path))
    try OutputFolder.make(work)
  }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    let place = work + "/" + name
    try OutputFolder.make(OutputFolder.parent(of: place))
    try OutputFile(place, force: true).write(Array(text.utf8))
  }

  /// Writes the report and everything that is written of every build.
  func write(_ outcome: BuildOutcome, of job: BuildJob) throws {
    var document = outcome.document
    document.add(
      .heading("The same again"), .code(job.commandBeside), .heading("In this folder"),
      .list(contents))
    try write(document.html, to: "report.html")
    try write(document.markdown, to: "report.md")
    for (name, svg) in document.drawings { try write(svg, to: "charts/\(name)") }
    try write(PerplexityTable.text(outcome.perplexities), to: "perplexity_results.txt")
    try write(Self.commands(outcome, of: job), to: "commands.sh")
    try write(try JSONText.of(AnyEncodable(outcome.findings)) + "\n", to: "findings.json")
    let summary = BuildSummary(job, outcome, files: names)
    try write(try JSONText.of(BuildMark(summary)) + "\n", to: Self.mark)
  }

  /// What lies beside the report, and what it is for.
  private var contents: [String] {
    let known = [
      ("hypothesis.md", "what was claimed, written before the first model was quantized"),
      (
        "checkpoint/",
        "the quantized model; nibble eval, generate and inspect read it, and others do"
      ),
      (
        "checkpoint-layers.csv",
        "what was done to each of its layers: errors, damping, bits, seconds"
      ),
      ("perplexity_results.txt", "every model that was judged, a line each"),
      ("sensitivity.jsonl", "a line a layer: its spectrum, damping, error flow and scores"),
      ("mmlu/", "the questions, laid out as MMLU is"),
      ("findings.json", "every number of this report, and those that found no room in it"),
      ("tokens.json", "what was calibrated with and judged by, as token ids"),
      ("commands.sh", "this build again, and its parts by hand"),
    ]
    let written = names + ["findings.json", "perplexity_results.txt", "commands.sh"]
    return known.filter { name, _ in written.contains { $0.hasPrefix(name) } }
      .map { "\($0): \($1)." }
  }

  private static func commands(_ outcome: BuildOutcome, of job: BuildJob) -> String {
    var lines = [
      "#!/bin/sh", "# The build again, and its parts by hand. nibble \(Version.text).",
      "# To be run in the folder where the build was run, with nibble on the PATH.", "set -e",
      "",
      "# All of it, beside the first.", job.commandBeside,
    ]
    for (purpose, command) in outcome.commands { lines += ["", "# \(purpose)", command] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Everything in it, by its path from the folder, in order.
  var names: [String] {
    let place = FileManager.default.fileExists(atPath: work) ? work : path
    let found = (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? []
    return found.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(place)/\($0)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }.sorted()
  }

  /// Gives it its name; an older one steps aside in one move.
  func finish() throws {
    try Interrupts.uninterrupted {
      let old = work + ".replaced"
      let isReplacing = FileManager.default.fileExists(atPath: path)
      if isReplacing {
        guard force, rename(path, old) == 0 else {
          throw Failure(.cannotWrite, "\(path): exists already; use --force to replace it")
        }
      }
      guard rename(work, path) == 0 else {
        let reason = String(cString: strerror(errno))
        if isReplacing { rename(old, path) }
        throw Failure(.cannotWrite, "\(path): cannot be written: \(reason)")
      }
      if isReplacing { try? FileManager.default.removeItem(atPath: old) }
    }
  }

  /// Takes away what was put together so far.
  func discard() {
    // Work that is still going on may add a file meanwhile.
    for _ in 0..<20 where FileManager.default.fileExists(atPath: work) {
      if (try? FileManager.default.removeItem(atPath: work)) != nil { return }
      usleep(20_000)
    }
  }
}

/// What makes a folder a build: who, of what, with which result; the findings stand beside it.
private struct BuildMark: Encodable {
  let schema = 1
  let version = Version.text
  let persona: String
  let models: [String]
  let dataset: String
  let verdict: String?
  let summary: [String]

  init(_ summary: BuildSummary) {
    persona = summary.persona
    models = summary.models
    dataset = summary.dataset
    verdict = summary.verdict?.rawValue
    self.summary = summary.summary
  }
}

/// `perplexity_results.txt`.
enum PerplexityTable {
  static func text(_ lines: [PerplexityLine]) -> String {
    var table = TextTable(
      "model", "quantized by", "perplexity", "standard error", "ln of ratio", "its error",
      "KL, nats",
      "tokens")
    for line in lines {
      guard let quality = line.quality else {
        table.add(line.model, line.what, line.perplexity.map(number) ?? "", "", "", "", "", "")
        continue
      }
      table.add(
        line.model, line.what, number(quality.perplexity), number(quality.perplexityError),
        number(quality.logRatio), number(quality.logRatioError), number(quality.divergence),
        "\(quality.tokens)")
    }
    return """
      Perplexity is e to the mean of -ln p over the scored tokens: windows that follow each other, each begun with
      the beginning token where the tokenizer asks for one, every token after a window's first scored. The ratio is
      over the float model's, on the same tokens; KL is KL(float || model).

      \(table.lines.joined(separator: "\n"))

      """
  }

  private static func number(_ value: Double) -> String { String(format: "%.5f", value) }
}
