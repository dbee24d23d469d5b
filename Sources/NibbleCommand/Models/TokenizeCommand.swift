import ArgumentParser
import Foundation
import Models
import Tokenizers

/// `nibble tokenize`: text to a model's token ids, and back.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Turn text into a model's token ids, or ids into text.",
    discussion: """
      Prints ids with commas between them, which --ids of this command and of `nibble logits` read. \
      Special tokens written out in the text, such as <|endoftext|>, become their ids, as in Hugging \
      Face's tokenizers; in SentencePiece models they never do.

      Example: nibble tokenize --model model "Once upon a time"
      """
  )

  @Argument(help: "The text.")
  var text: String?

  @Option(
    help: ArgumentHelp(
      "A model's folder, a tokenizer.json, a tokenizer.model, a GGUF or llama2.c's file.",
      valueName: "path"))
  var model: String

  @Option(help: ArgumentHelp("Take the text from a file instead, UTF-8.", valueName: "file"))
  var file: String?

  @Flag(help: "Turn the ids of --ids into text.")
  var decode = false

  @Option(
    help: ArgumentHelp(
      "Ids with commas between them, or a file with a JSON array.", valueName: "list|file.json"))
  var ids: String?

  @Flag(help: "Add BOS and EOS, where the tokenizer has them; with --decode, show special tokens.")
  var special = false

  @Flag(help: "Print a line a token: its id and its piece, as the vocabulary writes it.")
  var pieces = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if decode {
      guard ids != nil else { throw ValidationError("--decode needs --ids") }
      guard text == nil, file == nil else {
        throw ValidationError("--decode takes --ids, and no text")
      }
      guard !pieces else { throw ValidationError("--pieces goes with a text, not with --decode") }
    } else {
      guard ids == nil else { throw ValidationError("--ids goes with --decode") }
      guard text == nil || file == nil else {
        throw ValidationError("there is a text and --file; give one of them")
      }
      guard text != nil || file != nil else {
        throw ValidationError("give a text, or --file, or --decode with --ids")
      }
    }
  }

  func run() throws {
    if let ids {
      let list = try IDList(ids)
      let tokenizer = try Tokenizer.ofModel(at: ModelPath.resolve(model))
      try list.check(vocabulary: tokenizer.vocabularySize)
      let text = try tokenizer.decode(list.ids, skippingSpecial: !special)
      if json { try Output.json(DecodedReport(text: text)) } else { Output.line(text) }
      return
    }
    let text = try file.map { try TextFile.text(of: $0) } ?? self.text ?? ""
    let tokenizer = try Tokenizer.ofModel(at: ModelPath.resolve(model))
    let ids = try tokenizer.encode(text, special: special ? .beginAndEnd : .none)
    let texts = pieces ? try ids.map { try tokenizer.text(of: $0) } : nil
    if json {
      try Output.json(EncodedReport(ids: ids, pieces: texts))
    } else if let texts {
      for (id, piece) in zip(ids, texts) {
        // As Swift writes it, so that a piece neither breaks the line nor steers the terminal.
        Output.line("\(id)\t\(piece.debugDescription)")
      }
    } else {
      Output.line(ids.map(String.init).joined(separator: ","))
    }
  }
}

/// What `--json` prints of a text.
private struct EncodedReport: Encodable {
  let schema = 1
  let ids: [Int]
  let pieces: [String]?
}

/// What `--json` prints of ids.
private struct DecodedReport: Encodable {
  let schema = 1
  let text: String
}
