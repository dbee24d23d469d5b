internal import CKernels

/// Follows a recipe: one step after the other, each on the next windows of a source.
///
/// A step's windows are shared out to `shards` passes, which run on threads of their own and leave
/// a gradient each; the gradients are added in the order of the shards. So a run does not depend on
/// how many threads the machine has, only on how many shards the recipe says.
public final class Trainer {
  /// What is followed.
  public let recipe: TrainingRecipe
  /// What learns.
  public let model: TrainableModel
  /// How many steps have been taken.
  public internal(set) var step = 0

  let source: any WindowSource
  let means: FloatBuffer
  let squares: FloatBuffer
  /// What stands between kept and used weights; nil where they are the same.
  let loop: WeightLoop?
  let teacher: TrainableModel?
  let gradients: [FloatBuffer]
  let passes: [TransformerPass]
  let teacherPasses: [TransformerPass]
  let pieces: [Piece]

  /// A part of a tensor that one thread handles at once.
  struct Piece {
    let range: Range<Int>
    let decays: Bool
  }

  /// Parameters a piece has at most: a quarter of a megabyte each of four runs.
  private static let pieceSize = 1 << 16

  /// Begins a run.
  ///
  /// - Parameters:
  ///   - recipe: What is followed.
  ///   - source: Where windows come from.
  ///   - start: A model of the recipe's shape to go on from, which is copied; nil for random weights.
  ///   - teacher: For a recipe with distillation: whom to learn from, of the same vocabulary.
  /// - Throws: `TrainingError.impossibleShape` or `TrainingError.impossibleRecipe`.
  public init(
    _ recipe: TrainingRecipe, source: any WindowSource, startingFrom start: TrainableModel? = nil,
    teacher: TrainableModel? = nil
  ) throws(TrainingError) {
    try recipe.validate()
    try Self.check(start: start, teacher: teacher, recipe)
    self.recipe = recipe
    self.source = source
    self.teacher = teacher
    let model = try TrainableModel(
      recipe.shape, seed: recipe.seed, deviation: recipe.deviation,
      attention: recipe.attention ?? .independent)
    if let start { model.weights.replace(0..<model.layout.count, with: start.allWeights) }
    self.model = model
    loop = recipe.inLoop.map { WeightLoop($0, model: model, seed: recipe.seed) }
    let count = model.layout.count
    means = FloatBuffer(count: count)
    squares = FloatBuffer(count: count)
    gradients = (0..<recipe.shards).map { _ in FloatBuffer(count: count) }
    let share = recipe.windowsPerStep / recipe.shards
    passes = (0..<recipe.shards).map { _ in
      TransformerPass(
        shape: recipe.shape, layout: model.layout, windows: share, length: recipe.length,
        activationSteps: recipe.activationSteps)
    }
    teacherPasses =
      teacher.map { teacher in
        (0..<recipe.shards).map { _ in
          TransformerPass(
            shape: teacher.shape, layout: teacher.layout, windows: share, length: recipe.length,
            isTraining: false, activationSteps: teacher.activationSteps)
        }
      } ?? []
    pieces = model.layout.tensors.flatMap { tensor in
      stride(from: tensor.range.lowerBound, to: tensor.range.upperBound, by: Self.pieceSize).map {
        Piece(
          range: $0..<min($0 + Self.pieceSize, tensor.range.upperBound), decays: tensor.decays)
      }
    }
  }

  /// Takes steps until the schedule's end, or until it is told to stop.
  ///
  /// - Parameters:
  ///   - last: The step after which to return; nil for the schedule's last.
  ///   - threads: How many threads to use; nil for as many as the machine has.
  ///   - report: Called after each step; returns whether to go on.
  /// - Throws: `TrainingError.diverged` or `TrainingError.impossibleWindow`.
  public func run(
    until last: Int? = nil, threads: Int? = nil,
    report: (TrainingProgress) throws(TrainingError) -> Bool = { _ in true }
  ) throws(TrainingError) {
    let last = min(last ?? recipe.schedule.steps, recipe.schedule.steps)
    let clock = ContinuousClock()
    let (start, firstStep) = (clock.now, step)
    while step < last {
      let result = try takeStep(threads: threads ?? Threads.available)
      let elapsed = (clock.now - start) / .seconds(1)
      let done = step - firstStep
      let tokens = Double(done * recipe.windowsPerStep * recipe.length)
      let progress = TrainingProgress(
        step: step, steps: recipe.schedule.steps, loss: result.loss,
        gradientNorm: result.norm, learningRate: recipe.schedule.rate(at: step),
        tokensPerSecond: tokens / elapsed, secondsLeft: elapsed / Double(done) * Double(last - step)
      )
      if !(try report(progress)) { return }
    }
  }

  /// A copy of the model as its passes use it: rounded, or corrected, where the recipe says so.
  ///
  /// - Returns: The model; its passes round inputs as this run's do.
  /// - Throws: `TrainingError.impossibleShape`, never for a run that could begin.
  public func usedModel() throws(TrainingError) -> TrainableModel {
    let copy = try TrainableModel(recipe.shape, seed: recipe.seed, deviation: 0)
    loop?.apply(model.weights, threads: Threads.available)
    let weights = loop?.used ?? model.weights
    copy.weights.replace(0..<weights.count, with: weights.elements(0..<weights.count))
    copy.activationSteps = recipe.activationSteps
    return copy
  }

  /// Refuses models that do not fit the recipe.
  private static func check(
    start: TrainableModel?, teacher: TrainableModel?, _ recipe: TrainingRecipe
  ) throws(TrainingError) {
    if let start, start.shape != recipe.shape {
      throw .impossibleRecipe(reason: "the model to go on from has another shape than the recipe's")
    }
    guard let teacher else {
      guard recipe.distillation == nil else {
        throw .impossibleRecipe(reason: "distillation without a teacher")
      }
      return
    }
    guard recipe.distillation != nil else {
      throw .impossibleRecipe(reason: "a teacher without a rule of distillation")
    }
    guard teacher.shape.vocabularySize == recipe.shape.vocabularySize,
      teacher.shape.contextLength >= recipe.length
    else {
      throw .impossibleRecipe(
        reason: "a teacher with \(teacher.shape.vocabularySize) tokens and a context of "
          + "\(teacher.shape.contextLength); \(recipe.shape.vocabularySize) and \(recipe.length) "
          + "are needed")
    }
  }
}
