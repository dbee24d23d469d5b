import TestSupport
import Testing

/// By eye: the words of every command, kept as snapshots.
@Suite("nibble --help")
struct HelpTests {
  @Test(
    "every command's help is the text that was looked at, on standard output alone",
    arguments: [
      "", "list", "learn", "exercise", "exercise list", "exercise check", "exercise hint",
      "exercise reset", "transcript", "verify", "site", "new", "new chapter", "build", "observe",
      "layer",
      "compare", "methods", "inspect", "fetch", "tokenize", "logits", "generate", "eval",
      "quantize", "plan", "train", "load", "latency", "bench",
    ])
  func helpIsAsKept(command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let run = try Nibble.run(words + ["--help"])
    #expect(run.status == 0)
    #expect(run.errors == "")
    let name = words.isEmpty ? "nibble" : words.joined(separator: "-")
    try expectSnapshot(run.output, "help-\(name).txt")
    if !words.isEmpty {
      let example = run.output.split(separator: "\n").filter { $0.hasPrefix("Example: nibble ") }
      #expect(example.count == 1, "one example a command")
    }
  }

  @Test("the version is one line")
  func versionIsOneLine() throws {
    let run = try Nibble.run("--version")
    #expect(run.status == 0)
    #expect(run.output == "0.1.0\n")
    #expect(run.errors == "")
  }

  @Test("a command that does not exist is a usage error that says so, on standard error alone")
  func unknownCommand() throws {
    let run = try Nibble.run("quantise")
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains("Unexpected argument 'quantise'"))
  }

  @Test(
    "commands that are not built yet do not exist",
    arguments: [
      "convert", "serve", "prove", "report",
    ])
  func noStubs(command: String) throws {
    #expect(try Nibble.run(command).status == 64)
    #expect(try !Nibble.run("--help").output.contains("\n  \(command) "))
  }

  @Test("nothing at all prints the overview")
  func nothing() throws {
    let run = try Nibble.run([])
    #expect(run.status == 0)
    #expect(run.output == (try Nibble.run("--help").output))
  }
}
