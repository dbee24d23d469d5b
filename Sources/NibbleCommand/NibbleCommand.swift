import ArgumentParser

/// The root of the command line: one verb a file, and the only module that prints.
@main
struct NibbleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nibble",
    abstract: "A course in post-training quantization that runs, and the quantizer behind it.",
    discussion: """
      Learn:     nibble learn 1
      Verify:    nibble verify
      Quantize:  nibble layer weights.safetensors --method rtn --bits 4
      Measure:   nibble eval --model model --text wiki.test.raw

      Exit codes: 0 done or held, 1 did not hold, 64 usage, 65 bad input data,
      66 no such input, 69 a needed program is missing, 70 our fault, 73 cannot
      write output, 130 interrupted.
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Course",
        subcommands: [
          ListCommand.self, LearnCommand.self, ExerciseCommand.self, TranscriptCommand.self,
          VerifyCommand.self, SiteCommand.self, NewCommand.self, BuildCommand.self,
        ]),
      CommandGroup(
        name: "One layer",
        subcommands: [
          ObserveCommand.self, LayerCommand.self, CompareCommand.self, MethodsCommand.self,
          InspectCommand.self,
        ]),
      CommandGroup(
        name: "Whole models",
        subcommands: [
          FetchCommand.self, TokenizeCommand.self, LogitsCommand.self, GenerateCommand.self,
          EvalCommand.self, QuantizeCommand.self, PlanCommand.self, TrainCommand.self,
        ]),
      CommandGroup(
        name: "Measure", subcommands: [LoadCommand.self, LatencyCommand.self, BenchCommand.self]),
    ]
  )

  /// Runs the command; every error becomes words and an exit code here and nowhere else.
  static func main() async {
    Output.openStandardDescriptors()
    Interrupts.install()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      Interrupts.waitIfEnding()
    } catch {
      TerminalReport.exit(reporting: error)
    }
  }
}

/// What `nibble --version` says, and what caches are keyed by.
enum Version {
  static let text = "0.1.0"
}
