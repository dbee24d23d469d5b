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
  private let gradients: [FloatBuffer]
  private let passes: [TransformerPass]
  private let pieces: [Piece]

  /// A part of a tensor that one thread handles at once.
  private struct Piece {
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
  /// - Throws: `TrainingError.impossibleShape` or `TrainingError.impossibleRecipe`.
  public init(_ recipe: TrainingRecipe, source: any WindowSource) throws(TrainingError) {
    try recipe.validate()
    self.recipe = recipe
    self.source = source
    let model = try TrainableModel(recipe.shape, seed: recipe.seed, deviation: recipe.deviation)
    self.model = model
    let count = model.layout.count
    means = FloatBuffer(count: count)
    squares = FloatBuffer(count: count)
    gradients = (0..<recipe.shards).map { _ in FloatBuffer(count: count) }
    let share = recipe.windowsPerStep / recipe.shards
    passes = (0..<recipe.shards).map { _ in
      TransformerPass(
        shape: recipe.shape, layout: model.layout, windows: share, length: recipe.length)
    }
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

  /// One step: loss, slopes, clipping, AdamW.
  private func takeStep(threads: Int) throws(TrainingError) -> (loss: Double, norm: Double) {
    let windows = (0..<recipe.windowsPerStep).map {
      source.window(at: step * recipe.windowsPerStep + $0, length: recipe.length)
    }
    for window in windows { try model.check(window) }
    let scored = max(1, windows.reduce(0) { $0 + $1.scored })
    let loss = differentiate(windows, scored: scored, threads: threads)
    let norm = gatherGradients(threads: threads)
    guard loss.isFinite, norm.isFinite else {
      throw .diverged(step: step + 1, loss: loss, gradientNorm: norm)
    }
    step += 1
    update(scale: GradientClipping.factor(norm: norm, limit: recipe.clip), threads: threads)
    return (loss, norm)
  }

  /// Every shard's gradient, each in its own buffer; the mean loss.
  private func differentiate(_ windows: [TokenWindow], scored: Int, threads: Int) -> Double {
    let share = recipe.windowsPerStep / recipe.shards
    let weights = model.weights.start
    var sums = [Double](repeating: 0, count: recipe.shards)
    sums.withUnsafeMutableBufferPointer { sums in
      Threads.each(recipe.shards, threads: threads) { shard in
        let (pass, gradient) = (passes[shard], gradients[shard])
        let part = windows[shard * share..<(shard + 1) * share]
        gradient.zero()
        pass.forward(
          part.flatMap(\.inputs), windows: share, length: recipe.length, weights: weights)
        sums[shard] = pass.loss(
          against: part.flatMap(\.targets), weights: weights, gradient: gradient.start,
          factor: Float(1 / Double(scored)))
        pass.backward(weights: weights, gradient: gradient.start)
      }
    }
    return sums.reduce(0, +) / Double(scored)
  }

  /// Adds all shards' gradients to the first one's, in order; the norm of the sum.
  private func gatherGradients(threads: Int) -> Double {
    var sums = [Double](repeating: 0, count: pieces.count)
    sums.withUnsafeMutableBufferPointer { sums in
      Threads.each(pieces.count, threads: threads) { index in
        let range = pieces[index].range
        let target = gradients[0].start + range.lowerBound
        for other in gradients.dropFirst() {
          nibble_add(other.start + range.lowerBound, target, range.count)
        }
        sums[index] = nibble_sum_of_squares(target, range.count)
      }
    }
    return sums.reduce(0, +).squareRoot()
  }

  private func update(scale: Double, threads: Int) {
    let rate = recipe.schedule.rate(at: step)
    let rules = [false, true].map {
      recipe.optimizer.rule(step: step, rate: rate, decays: $0, gradientScale: scale)
    }
    rules.withUnsafeBufferPointer { rules in
      guard let first = rules.baseAddress else { return }
      Threads.each(pieces.count, threads: threads) { index in
        let (range, decays) = (pieces[index].range, pieces[index].decays)
        let start = range.lowerBound
        nibble_adamw(
          model.weights.start + start, gradients[0].start + start, means.start + start,
          squares.start + start, range.count, first + (decays ? 1 : 0))
      }
    }
  }
}
