import ArgumentParser
import Models
import Tensors

/// `nibble logits`: what a model holds of every token to come next, for other programs to compare with.
struct LogitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Write a model's logits after each of some tokens.",
    discussion: """
      The file holds `logits`, F32 [tokens, vocabulary]: row t is what comes after token t. No \
      tokenizer is needed, and no token is added.

      Example: nibble logits --model model --ids 1,403,407 --out logits.safetensors
      """
  )

  @Option(
    help: ArgumentHelp(
      "A model's folder, a GGUF, a llama2.c file, or a name that nibble fetch knows.",
      valueName: "path"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Ids with commas between them, or a file with a JSON array.", valueName: "list|file.json"))
  var ids: String

  @Option(help: ArgumentHelp("Where the logits go.", valueName: "file.safetensors"))
  var out: String

  @OptionGroup var twin: TwinOptions

  @Flag(help: "Replace --out if it exists.")
  var force = false

  func run() throws {
    let list = try IDList(ids)
    _ = try OutputFile(out, force: force)
    let model = try Transformer(
      path: ModelPath.resolve(self.model), withoutOutliers: twin.withoutOutliers)
    try list.check(vocabulary: model.configuration.vocabularySize)
    let logits = try model.logits(list.ids)
    var writer = SafetensorsWriter(metadata: ["format": "nibble-logits"])
    try writer.add("logits", logits)
    try Interrupts.uninterrupted { try writer.write(to: out, replacing: force) }
    Output.note("wrote \(out): \(logits.rows) × \(logits.columns)")
    let flat = (0..<logits.rows).count { row in Set(logits.row(row)).count == 1 }
    if flat > 0, logits.columns > 1 {
      Output.note(
        "warning: in \(flat) of \(logits.rows) rows every token has the same logit: the model's weights "
          + "are empty or damaged; see nibble inspect \(self.model)")
    }
  }
}
