import ArgumentParser

/// What every build may be told; each has defaults of its own.
struct BuildFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "llama or opt, a model's folder, or a name that nibble fetch knows (default: the course's own).",
      valueName: "name|dir"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "stories, ledgers, a data set in the cache, or a file of text.", valueName: "name|file"))
  var dataset = "stories"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The width of the study's main part.", valueName: "bits"))
  var bits: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many calibrations each method gets; the engineer's: how many rounds are timed.",
      valueName: "count"))
  var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Calibration windows of a run.", valueName: "count"))
  var samples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Tokens of a window (default 2048, or the model's positions if fewer).", valueName: "tokens"))
  var sequenceLength: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Windows that models are judged by.", valueName: "count"))
  var testWindows: Int?

  func validate() throws {
    for (name, value) in [
      ("--seeds", seeds), ("--samples", samples), ("--test-windows", testWindows),
    ] {
      if let value, !(1...1 << 20 ~= value) {
        throw ValidationError("\(name) must be at least 1, not \(value)")
      }
    }
    if let sequenceLength, sequenceLength < 2 {
      throw ValidationError("--sequence-length must be at least 2, not \(sequenceLength)")
    }
    if let bits, !(2...8 ~= bits) {
      throw ValidationError("--bits must be 2 to 8, not \(bits)")
    }
  }

  /// What was said, as it would be typed again.
  var written: [String] {
    [
      ("--bits", bits), ("--seeds", seeds), ("--samples", samples),
      ("--sequence-length", sequenceLength), ("--test-windows", testWindows),
    ].flatMap { name, value in value.map { [name, "\($0)"] } ?? [] }
  }
}
