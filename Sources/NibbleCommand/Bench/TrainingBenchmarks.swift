import Tensors
import Training

/// Training steps of the course's own Llama, beside the machine's single-precision products.
enum TrainingBenchmarks {
  private static let runs = 5
  private static let steps = 8

  /// Arithmetic a second of whole steps, data and optimizer included.
  ///
  /// A parameter of a linear layer costs six operations a token: one multiplication and one addition forward,
  /// twice as many backward. Attention's products count for the pairs of tokens that it looks at, half of all.
  static func all() throws -> [Figure] {
    let shape = ModelShape(
      architecture: .llama, vocabularySize: 928, hiddenSize: 256, layers: 4, heads: 4,
      keyValueHeads: 2, feedForwardSize: 768, contextLength: 256)
    let recipe = TrainingRecipe(
      shape: shape, length: 256, windowsPerStep: 8, shards: 2,
      schedule: LearningRateSchedule(peak: 1e-3, warmupSteps: 10, steps: (runs + 1) * steps))
    let trainer = try Trainer(recipe, source: RandomWindows(vocabulary: shape.vocabularySize))
    try trainer.run(until: steps)  // warm-up
    let operations = operations(of: recipe) * Double(steps)
    let probe = ProductProbe()
    var (rates, bounds) = ([Double](), [Double]())
    for run in 1...runs {
      bounds.append(probe.operationsPerSecond() / 1e9)
      let seconds = try Stopwatch.seconds { () throws(TrainingError) in
        try trainer.run(until: (run + 1) * steps)
      }
      rates.append(operations / seconds / 1e9)
    }
    return [
      Figure(
        name: "training, 3.4M parameters, 8 × 256 tokens a step", unit: "GFLOP/s", values: rates,
        against: Figure.Probe(name: "OpenBLAS, sgemm of 1,024", values: bounds))
    ]
  }

  private static func operations(of recipe: TrainingRecipe) -> Double {
    let shape = recipe.shape
    let keyWidth = shape.hiddenSize / shape.heads * shape.keyValueHeads
    let block =
      2 * shape.hiddenSize * (shape.hiddenSize + keyWidth)
      + 3 * shape.hiddenSize * shape.feedForwardSize
    let linear = shape.layers * block + shape.vocabularySize * shape.hiddenSize
    let attention = shape.layers * shape.hiddenSize * recipe.length
    return 6 * Double(linear + attention) * Double(recipe.windowsPerStep * recipe.length)
  }
}

/// Tokens that mean nothing; a step takes as long whatever they are.
private struct RandomWindows: WindowSource {
  let vocabulary: Int

  func window(at index: Int, length: Int) -> TokenWindow {
    TokenWindow((0...length).map { Int32((index * 7919 + $0 * 37) % vocabulary) })
  }
}

/// What the machine reaches in one large product, on every thread.
private struct ProductProbe {
  private let matrix = Matrix(rows: 1024, columns: 1024, drawnFrom: .normal(), seed: 1)

  func operationsPerSecond() -> Double {
    let times = 8
    let seconds = Stopwatch.seconds { for _ in 0..<times { _ = matrix * matrix } }
    return Double(times) * 2 * 0x1p30 / seconds
  }
}
