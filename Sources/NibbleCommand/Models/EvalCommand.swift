import ArgumentParser
import Foundation
import Models
import Tokenizers

/// `nibble eval`: how well a model reads a text and answers questions, alone or against another.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure a model: perplexity, distance to another model, right answers.",
    discussion: """
      Protocols, by which the same model and text give different numbers: gptq-N cuts windows of N \
      tokens and scores all but each first one; llama.cpp-N scores the second half of each window, \
      whose first token is the beginning token; strided-N-S begins windows of N tokens S apart and \
      scores every token once.

      Tasks: mmlu asks all subjects of MMLU, once nibble fetch mmlu brought it, mmlu:SUBJECT one of \
      them; mmlu:DIR and mmlu:DIR:SUBJECT read DIR/test/SUBJECT_test.csv, with examples from \
      DIR/dev/SUBJECT_dev.csv; questions:FILE.jsonl asks a file of questions as Datasets has them.

      Ctrl-C prints what has been measured, says that it is partial, and ends with 130; the same \
      command goes on from there.

      Example: nibble eval --model quantized --against float --text wiki.test.raw --json
      """
  )

  @Option(
    help: ArgumentHelp(
      "A model's folder, a GGUF, a llama2.c file, or a name that nibble fetch knows.",
      valueName: "path"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "A model of the same vocabulary to compare with, such as the one this was made from.",
      valueName: "path"))
  var against: String?

  @Option(help: ArgumentHelp("The text to read, UTF-8.", valueName: "file"))
  var text: String?

  @Option(
    help: ArgumentHelp(
      "A data set in the cache to read instead: wikitext-2, once nibble fetch brought it.",
      valueName: "name"))
  var dataset: String?

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "gptq-N, llama.cpp-N or strided-N-S (default gptq-2048, or the model's positions if fewer).",
      valueName: "name"))
  var protocolName: String?

  @OptionGroup var twin: TwinOptions

  @Flag(
    exclusivity: .exclusive,
    help: "Put the beginning token before the text, or not (default: what the tokenizer asks for).")
  var beginning: BeginningFlag?

  @Option(help: ArgumentHelp("Questions to ask, with commas between them.", valueName: "list"))
  var tasks: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Examples before a question of MMLU.", valueName: "count"))
  var shots = 5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Read only so many tokens of the text.", valueName: "tokens"))
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Ask only so many questions of each task.", valueName: "count"))
  var questions: Int?

  @Flag(help: "Begin anew where an earlier run was stopped.")
  var noResume = false

  @Option(help: ArgumentHelp("Write a page with tables and charts here.", valueName: "file"))
  var html: String?

  @Flag(help: "Replace --html if it exists.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if text != nil, dataset != nil { throw ValidationError("give --text or --dataset, not both") }
    let hasText = text != nil || dataset != nil
    guard hasText || tasks != nil else {
      throw ValidationError("there is nothing to measure; give --text, --dataset or --tasks")
    }
    if !hasText, protocolName != nil { throw ValidationError("--protocol goes with a text") }
    if !hasText, limit != nil { throw ValidationError("--limit goes with a text") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit)") }
    if tasks == nil, questions != nil { throw ValidationError("--questions goes with --tasks") }
    if let questions, questions < 1 {
      throw ValidationError("--questions must be at least 1, not \(questions)")
    }
    if !(0...100 ~= shots) { throw ValidationError("--shots must be 0 to 100, not \(shots)") }
  }

  func run() throws {
    let page = try html.map { try OutputFile($0, force: force) }
    let asked = try protocolName.map { try EvaluationProtocol(name: $0) }
    let tasks = try self.tasks.map {
      try ChoiceTask.named($0, shots: shots, limit: questions)
    }
    let job = try job(asked, tasks ?? [])
    let file = EvaluationStateFile(
      models: try ([model] + (against.map { [$0] } ?? [])).map(ModelPath.resolve)
        + (twin.withoutOutliers ? ["without outliers"] : []),
      reading: job.reading, tasks: job.tasks,
      beginning: job.beginning)
    let (json, html) = (self.json, self.html)
    try EvaluationRun(job, file: file, resumes: !noResume).run { found, isPartial in
      let report = EvaluationReport(job, found, isPartial: isPartial)
      if json {
        try Output.json(report)
      } else {
        for line in report.lines { Output.line(line) }
      }
      if let page, let html {
        try page.write(Array(EvaluationPage(report).html.utf8))
        Output.note("wrote \(html)")
      }
    }
  }

  /// Everything opened, encoded and cut.
  private func job(
    _ asked: EvaluationProtocol?, _ tasks: [ChoiceTask]
  ) throws -> EvaluationJob {
    // A text that is not there is said before a model is opened.
    let early = try text.map { try EvaluationText(file: $0) }
    let model = try TextModel(
      path: ModelPath.resolve(self.model), withoutOutliers: twin.withoutOutliers)
    let base = try against.map {
      (path: $0, model: try Transformer(path: ModelPath.resolve($0)))
    }
    let beginning = try beginningToken(of: model)
    let positions = min(
      model.transformer.configuration.contextLength, base?.model.configuration.contextLength ?? .max
    )
    let used = asked ?? .gptq(window: min(2048, positions))
    guard used.window <= positions || (text == nil && dataset == nil) else {
      throw Failure(
        .usage,
        "\(used.name) has windows of \(used.window) tokens and the model has \(positions) positions; "
          + "choose shorter windows, as in gptq-\(positions)")
    }
    let source = try early ?? dataset.map { try EvaluationText(dataset: $0, for: used) }
    let reading = try source.map { try self.reading($0, used, model.tokenizer, beginning) }
    if let base, base.model.head.outputs != model.transformer.head.outputs {
      throw ModelError.vocabulariesDiffer(
        model.transformer.head.outputs, base.model.head.outputs)
    }
    return EvaluationJob(
      model: model, withoutOutliers: twin.withoutOutliers, base: base, reading: reading,
      tasks: tasks, beginning: beginning)
  }

  private func reading(
    _ source: EvaluationText, _ used: EvaluationProtocol, _ tokenizer: Tokenizer, _ beginning: Int?
  ) throws -> EvaluationJob.Reading {
    // llama.cpp reads special tokens written in a text as text; transformers, and so the others, do not.
    let findsSpecial = if case .llamaCpp = used { false } else { true }
    var tokens = try tokenizer.encode(source.text, findingSpecial: findsSpecial)
    let whole = tokens.count
    guard whole > 0 else {
      throw Failure(.badData, "\(source.name): the text is empty; there is nothing to measure")
    }
    if let limit { tokens = Array(tokens.prefix(limit)) }
    return EvaluationJob.Reading(
      name: source.name, usedProtocol: used, ids: tokens,
      windows: try windows(of: tokens, whole, used, beginning))
  }

  /// The windows of a text; where too little is left of it, whether the text is to blame or `--limit`.
  private func windows(
    of tokens: [Int], _ whole: Int, _ used: EvaluationProtocol, _ beginning: Int?
  ) throws -> [EvaluationWindow] {
    do throws(ModelError) {
      return try used.windows(of: tokens, beginning: beginning)
    } catch {
      guard case .tooFewTokens(_, let needed, let name) = error, let limit, whole >= needed else {
        throw error
      }
      throw Failure(
        .usage,
        "\(name) needs at least \(needed) tokens and --limit leaves \(limit) of the text's \(whole); "
          + "give a higher limit, or shorter windows with --protocol")
    }
  }

  private func beginningToken(of model: TextModel) throws -> Int? {
    switch beginning {
    case .noBos: return nil
    case nil: return model.tokenizer.template.prefix.first
    case .bos:
      guard let token = model.beginningToken else {
        throw Failure(
          .usage,
          "--bos: neither tokenizer nor configuration of \(self.model) names a beginning token")
      }
      let vocabulary = model.transformer.configuration.vocabularySize
      guard (0..<vocabulary).contains(token) else {
        throw Failure(
          .badData,
          "\(self.model): its beginning token is \(token), which is not in its vocabulary, 0 to "
            + "\(vocabulary - 1); mend its configuration, or measure with --no-bos")
      }
      return token
    }
  }
}

/// Whether a text begins with the beginning token.
enum BeginningFlag: String, EnumerableFlag {
  case bos
  case noBos
}
