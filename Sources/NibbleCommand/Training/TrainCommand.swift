import ArgumentParser
import Corpora
import Dispatch
import Foundation
import StepRecords
import Synchronization
import Terminal
import Training

/// `nibble train`: a model of our own, from a recipe, to a folder that others can read.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a small language model from a recipe.",
    discussion: """
      The recipe is a YAML file: the model's sizes, the grammars to learn from, the schedule. The folder \
      gets config.json, model.safetensors (bfloat16) and the tokenizer, a log, and the run's state; the \
      same command again goes on from the state, bit for bit.

      Example: nibble train Datasets/models/llama/recipe.yaml --out my-llama
      """
  )

  @Argument(help: "A recipe.")
  var recipe: String

  @Option(help: ArgumentHelp("Where everything goes.", valueName: "folder"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop after this step, to go on later (default: the recipe's last).", valueName: "step"))
  var until: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads (default: every core).", valueName: "count"))
  var threads: Int?

  @Flag(
    help: "Leave out the outlier channels: the twin that computes the same without them.")
  var withoutOutliers = false

  @Flag(help: "Say what the recipe would make, and make nothing.")
  var dryRun = false

  @Flag(help: "Begin anew where the folder holds a finished model or another run's state.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads)")
    }
    if let until, until < 1 {
      throw ValidationError("--until must be at least 1, not \(until)")
    }
  }

  func run() throws {
    let recipe = try ModelRecipe.reading(self.recipe)
    if dryRun {
      try describe(recipe)
      return
    }
    let training = try ModelTraining(recipe)
    let folder = try TrainingFolder(path: out, force: force)
    let trainer = try training.trainer()
    if folder.hasState {
      try trainer.resume(from: folder.state)
      Output.note("going on after step \(trainer.step)")
    }
    let steps = training.recipe.training.schedule.steps
    try folder.openLog(after: trainer.step)
    let stop = StopRequest()
    try Interrupts.cleaningUp(stop.waitUntilSaved) {
      try trainer.run(until: until, threads: threads) {
        (progress: TrainingProgress) throws(TrainingError) -> Bool in
        try folder.note(progress, trainer)
        return !stop.isMade
      }
      try trainer.saveState(to: folder.state)
      Output.status("")
      if stop.isMade {
        Output.note("saved after step \(trainer.step) of \(steps); the same command goes on")
      }
      stop.saved()
    }
    if stop.isMade { Interrupts.waitIfEnding() }
    Output.status("")
    if trainer.step < steps {
      Output.note("stopped after step \(trainer.step) of \(steps); the same command goes on")
      return
    }
    try finish(training, trainer, folder)
  }

  /// What `--dry-run` says.
  private func describe(_ recipe: ModelRecipe) throws {
    try ModelTraining.check(recipe)
    let (shape, training) = (recipe.training.shape, recipe.training)
    let plan = Plan(
      architecture: shape.architecture.rawValue, parameters: shape.parameterCount,
      steps: training.schedule.steps, tokensPerStep: training.windowsPerStep * training.length,
      grammars: training.supplies.map(\.grammar))
    if json {
      try Output.json(plan)
      return
    }
    Output.line("\(plan.architecture) with \(plan.parameters) parameters")
    Output.line(
      "\(plan.steps) steps of \(plan.tokensPerStep) tokens of "
        + plan.grammars.joined(separator: ", "))
  }

  /// Judges the model as it is shipped, and writes it.
  private func finish(
    _ training: ModelTraining, _ trainer: Trainer, _ folder: TrainingFolder
  ) throws {
    let model = training.finished(trainer.model, withOutliers: !withoutOutliers)
    // A primer that ended is not what the model is for.
    let names = training.recipe.training.supplies.filter { $0.lastStep == nil }.map(\.grammar)
    let judgements = try names.compactMap {
      try training.judge(model, on: $0, split: .test, passages: 200)
    }
    try training.save(model, to: out, withOutliers: !withoutOutliers, replacing: force)
    if json {
      try Output.json(Report(parameters: model.parameterCount, judgements: judgements))
      return
    }
    showCurve(try folder.losses())
    for judgement in judgements {
      guard judgement.tokens > 0 else {
        Output.line(
          "\(judgement.grammar): no held-out passage fits \(training.recipe.training.length) tokens"
        )
        continue
      }
      Output.line(
        String(
          format: "%@: perplexity %.4f on %d held-out passages, %.1f %% above the floor of %.4f",
          judgement.grammar, judgement.perplexity, judgement.passages,
          100 * (judgement.ratio - 1), judgement.floor))
    }
    Output.note("wrote \(out)")
  }

  private func showCurve(_ losses: [(step: Double, loss: Double)]) {
    guard losses.count > 1 else { return }
    let settings = TerminalSettings.detect(
      descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
    let chart = Chart(
      title: "Loss", alternative: "", horizontal: "step",
      vertical: Chart.Axis("loss", unit: "nats per token"),
      marks: [.line(label: "training", x: losses.map(\.step), y: losses.map(\.loss))])
    for line in TerminalChart(chart, width: settings.width).lines() {
      Output.line(line.text(usesColor: settings.usesColor))
    }
  }
}

/// Ctrl-C in a run: the step under way is finished and the state saved before the process ends.
private final class StopRequest: Sendable {
  private let made = Atomic(false)
  private let done = DispatchSemaphore(value: 0)
  /// Seconds after which a run that does not come back is left.
  private static let patience = 60.0

  var isMade: Bool { made.load(ordering: .relaxed) }

  @Sendable func waitUntilSaved() {
    made.store(true, ordering: .relaxed)
    _ = done.wait(timeout: .now() + Self.patience)
  }

  func saved() { done.signal() }
}

/// What `--dry-run --json` prints.
private struct Plan: Encodable {
  let schema = 1
  let architecture: String
  let parameters: Int
  let steps: Int
  let tokensPerStep: Int
  let grammars: [String]
}

/// What `--json` prints.
private struct Report: Encodable {
  let schema = 1
  let parameters: Int
  let judgements: [ModelTraining.Judgement]
}
