import ArgumentParser
import Course

/// `nibble bench`: how fast, beside what this machine can do in the same run.
struct BenchCommand: AsyncParsableCommand {
  /// What can be measured.
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case rtn
    case nf4
    case methods
    case models
    case training
    case quantize
    case course
  }

  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure speed: medians, spread, and ratios to a probe of this machine.",
    discussion: """
      Names: \(Name.allCases.map(\.rawValue).joined(separator: ", ")). Kernels stand beside a probe \
      that reads 256 MiB with one thread, run in turn with them, and count the allocation of their \
      outputs; methods and models stand beside the peer of each, where there is a Python (python3, \
      or NIBBLE_PYTHON) that has it; the course stands beside its goals: whole processes from start \
      to end, and what a learner waits for.

      Example: nibble bench rtn --json
      """
  )

  @Argument(help: ArgumentHelp("What to measure (default: everything).", valueName: "name"))
  var names: [Name] = []

  @OptionGroup var course: FolderOptions

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() async throws {
    let chosen = names.isEmpty ? Name.allCases : names
    var figures: [Figure] = []
    for (index, name) in chosen.enumerated() {
      Output.note("measuring \(name.rawValue) (\(index + 1) of \(chosen.count))")
      switch name {
      case .rtn: figures += try EngineBenchmarks.roundToNearest()
      case .nf4: figures += try EngineBenchmarks.normalFloat()
      case .methods: figures += try MethodBenchmarks.all()
      case .models: figures += try ModelBenchmarks.all()
      case .training: figures += try TrainingBenchmarks.all()
      case .quantize:
        figures += try QuantizeBenchmarks.all() + LlamaFileBenchmarks.all()
      case .course: figures += try await CourseBenchmarks.all(chapters: course.path)
      }
    }
    if json {
      try Output.json(Report(schema: 1, figures: figures))
      return
    }
    var table = TextTable("figure", "median", "lowest", "highest", "unit", "ratio", "to")
    for figure in figures {
      table.add(
        figure.name, Figures.short(figure.median), Figures.short(figure.lowest),
        Figures.short(figure.highest), figure.unit, figure.ratio.map(Figures.short) ?? "",
        figure.ratioTo ?? "")
    }
    for line in table.lines { Output.line(line) }
  }

  private struct Report: Encodable {
    let schema: Int
    let figures: [Figure]
  }
}
