import ArgumentParser
import Foundation
import Models
import Tokenizers

/// `nibble generate`: a text that goes on from a prompt.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Let a model continue a text.",
    discussion: """
      Prints the prompt and what the model adds; by default always the most probable token, so that \
      the same command gives the same text. With --draft a small model proposes tokens and the model \
      judges several at once: faster, and with exactly the model's own probabilities. Ctrl-C prints \
      what has been written so far.

      Example: nibble generate --model model --prompt "Once upon a time" --stream
      """
  )

  @Option(
    help: ArgumentHelp(
      "A model's folder, a GGUF, a llama2.c file, or a name that nibble fetch knows.",
      valueName: "path"))
  var model: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The text to continue; empty for a new one.", valueName: "text"))
  var prompt: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most tokens to add.", valueName: "count"))
  var maxTokens = 256

  @Option(
    parsing: .unconditional,
    help: "What logits are divided by; 0 takes the most probable token.")
  var temperature = 0.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Choose among the k most probable tokens only.", valueName: "k"))
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Choose among the fewest tokens whose probabilities sum to p; 1: all.",
      valueName: "p"))
  var topP = 1.0

  @Option(parsing: .unconditional, help: "The seed of anything random.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "A smaller model of the same vocabulary that proposes tokens.", valueName: "path"))
  var draft: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --draft: tokens to propose at a time (default 4).", valueName: "count")
  )
  var proposals: Int?

  @OptionGroup var twin: TwinOptions

  @Flag(help: "Print text as soon as it is there.")
  var stream = false

  @Flag(help: "Leave the prompt out of what is printed.")
  var noPrompt = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if stream, json {
      throw ValidationError("--json prints one object at the end; leave --stream out")
    }
    if proposals != nil, draft == nil { throw ValidationError("--proposals goes with --draft") }
    if maxTokens < 1 { throw ValidationError("--max-tokens must be at least 1, not \(maxTokens)") }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more, not \(temperature)")
    }
    if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, not \(topK)") }
    if !(topP > 0 && topP <= 1) {
      throw ValidationError("--top-p must be above 0 and at most 1, not \(topP)")
    }
  }

  func run() throws {
    let text = try TextModel(
      path: ModelPath.resolve(model), withoutOutliers: twin.withoutOutliers)
    let ends = text.endTokens.sorted()
    if let stray = ends.first, Set(ends).isSubset(of: text.transformer.configuration.strayTokens) {
      Output.note(
        "warning: \(model) ends a text with token \(stray), which is not in its vocabulary, 0 to "
          + "\(text.transformer.configuration.vocabularySize - 1): nothing ends this one but its length"
      )
    }
    let decoder = try draft.map {
      try SpeculativeDecoder(
        verifier: text.transformer, draft: Transformer(path: ModelPath.resolve($0)),
        proposals: proposals ?? 4)
    }
    let ids = text.tokenizer.template.prefix + (try text.tokenizer.encode(prompt))
    guard !ids.isEmpty else {
      throw Failure(
        .usage, "the prompt is empty, and this model has no token to begin with; give a --prompt")
    }
    let options = SamplingOptions(temperature: temperature, topK: topK, topP: topP, seed: seed)
    let writer = GeneratedText(
      of: text.tokenizer, after: ids, showsPrompt: !noPrompt,
      printing: json ? .later : stream ? .atOnce : .atTheEnd)
    let clock = ContinuousClock()
    let start = clock.now
    let (prompt, json, stream, limit) = (self.prompt, self.json, self.stream, maxTokens)
    let isDrafted = decoder != nil
    let report: @Sendable (Generation?) -> GenerationReport = { generation in
      let seconds = (clock.now - start).seconds
      let tokens = generation?.tokens ?? writer.tokens
      return GenerationReport(
        prompt: prompt, promptIds: ids, text: writer.text, ids: tokens,
        ending: generation?.ending.rawValue ?? "interrupted", seconds: seconds,
        tokensPerSecond: Double(tokens.count) / seconds, passes: generation?.passes,
        proposed: isDrafted ? generation?.proposed : nil,
        accepted: isDrafted ? generation?.accepted : nil)
    }
    let stopping: @Sendable () -> Void = {
      Output.status("")
      if writer.end(), json { try? Output.json(report(nil)) }
    }
    let generation = try Interrupts.cleaningUp(stopping) {
      let onToken: (Int) -> Bool = { token in
        writer.take(token)
        if !stream { Output.status("\(writer.tokens.count) of \(limit) tokens") }
        return true
      }
      if let decoder {
        return try decoder.generate(
          ids, limit: limit, options: options, stopTokens: text.endTokens, onToken: onToken)
      }
      return try text.transformer.generate(
        ids, limit: limit, options: options, stopTokens: text.endTokens, onToken: onToken)
    }
    Output.status("")
    guard writer.end() else { return }  // Ctrl-C was quicker
    if generation.flatPasses > 0 {
      Output.note(
        "warning: for \(generation.flatPasses) of \(generation.tokens.count) tokens the model held every "
          + "token alike: its weights are empty or damaged; see nibble inspect \(model)")
    }
    let finished = report(generation)
    if json { try Output.json(finished) } else { Output.note(finished.summary) }
  }
}

/// What `--json` prints, and the line that stands on standard error otherwise.
private struct GenerationReport: Encodable, Sendable {
  let schema = 1
  let prompt: String
  let promptIds: [Int]
  let text: String
  let ids: [Int]
  let ending: String
  let seconds: Double
  let tokensPerSecond: Double
  let passes: Int?
  let proposed: Int?
  let accepted: Int?

  var summary: String {
    let reason =
      switch Generation.Ending(rawValue: ending) {
      case .stopToken: "the model ended the text"
      case .contextFull: "the model has no more positions"
      default: "as many as were asked for"
      }
    let draft = proposed.map {
      "; \(accepted ?? 0) of \($0) proposals accepted, \(passes ?? 0) passes"
    }
    return "\(ids.count) tokens, \(Figures.short(tokensPerSecond)) a second; \(reason)"
      + (draft ?? "")
  }
}
