import Testing
import Training

@Suite("quantization in the loop: what can be learned through rounding is learned")
struct FineTuningTests {
  private let judged = (0..<12).map { Counting().window(at: $0, length: 10) }

  private func recipe(
    steps: Int, peak: Double = 0.01, _ inLoop: QuantizationInLoop? = nil,
    _ distillation: Distillation? = nil
  ) -> TrainingRecipe {
    TrainingRecipe(
      shape: SmallModels.shape(.llama, groups: 2), seed: 4, deviation: 0.1, length: 10,
      windowsPerStep: 4,
      schedule: LearningRateSchedule(peak: peak, warmupSteps: 5, steps: steps), inLoop: inLoop,
      distillation: distillation)
  }

  /// A model that has learned to count, in full precision.
  private func learned() throws -> TrainableModel {
    let trainer = try Trainer(recipe(steps: 300), source: Counting())
    try trainer.run()
    return trainer.model
  }

  /// The loss of a recipe's model before its first step, after its last one, and the model.
  private func run(
    _ recipe: TrainingRecipe, from start: TrainableModel? = nil, teacher: TrainableModel? = nil
  ) throws -> (before: Double, after: Double, trainer: Trainer) {
    let trainer = try Trainer(
      recipe, source: Counting(), startingFrom: start, teacher: teacher)
    let before = try trainer.usedModel().loss(judged).mean
    try trainer.run()
    return (before, try trainer.usedModel().loss(judged).mean, trainer)
  }

  private func levels(of model: TrainableModel, perRow: Bool) throws -> Int {
    var most = 0
    for name in model.tensorNames where name.contains(".layers.") {
      let sizes = try model.shape(of: name)
      guard sizes.count == 2 else { continue }
      let values = try model.values(of: name)
      let width = perRow ? sizes[1] : values.count
      for start in stride(from: 0, to: values.count, by: width) {
        most = max(most, Set(values[start..<start + width]).count)
      }
    }
    return most
  }

  @Test("two bits that ruin a model when rounded afterwards carry it when trained with")
  func straightThrough() throws {
    let model = try learned()
    let floor = try model.loss(judged).mean
    for isMasked in [true, false] {
      let rule = StraightThrough(bits: 2, clipShare: 0.7, isMasked: isMasked)
      let (before, after, trainer) = try run(
        recipe(steps: 300, .straightThrough(rule)), from: model)
      // At least three quarters of what rounding cost are won back.
      #expect(after - floor < (before - floor) / 4, "\(floor) \(before) \(after)")
      #expect(try levels(of: trainer.usedModel(), perRow: true) <= 4)
    }
  }

  @Test("steps are learned beside the weights")
  func learnedStepSize() throws {
    let model = try learned()
    let floor = try model.loss(judged).mean
    let (before, after, trainer) = try run(
      recipe(steps: 300, .learnedStepSize(LearnedStepSize(bits: 2))), from: model)
    #expect(after - floor < (before - floor) / 4, "\(floor) \(before) \(after)")
    #expect(try levels(of: trainer.usedModel(), perRow: true) <= 4)
  }

  @Test("a ternary model is learned from scratch")
  func ternary() throws {
    let (before, after, trainer) = try run(recipe(steps: 600, peak: 0.02, .ternary))
    // A uniform guess among 19 tokens is 2.94 nats; what cannot be known is a tenth of ln 3.
    #expect(before > 2.5)
    #expect(after < 1, "\(after)")
    #expect(try levels(of: trainer.usedModel(), perRow: false) == 3)
  }

  @Test("a correction is learned on a frozen 4-bit base, and the base does not move")
  func lowRank() throws {
    let model = try learned()
    model.roundToNormalFloat4()
    // The base knows how to count by 1, 2 and 3; now it must count by two more.
    let trainer = try Trainer(
      recipe(steps: 300, peak: 0.02, .lowRank(LowRankAdapter(rank: 4, alpha: 8))),
      source: CountingOn(), startingFrom: model)
    let judged = (0..<12).map { CountingOn().window(at: $0, length: 10) }
    let before = try model.loss(judged).mean
    // The correction begins at zero: the first model is the base itself.
    #expect(try trainer.usedModel().loss(judged).mean == before)
    try trainer.run()
    let after = try trainer.usedModel().loss(judged).mean
    #expect(after < before / 2, "\(before) \(after)")
    for name in model.tensorNames {
      #expect(try trainer.model.values(of: name) == model.values(of: name))
    }
  }

  @Test("a student that sees no target learns from its teacher's opinion alone")
  func distillation() throws {
    let teacher = try learned()
    for temperature in [1.0, 2.0] {
      var recipe = recipe(steps: 400, nil, Distillation(temperature: temperature, share: 1))
      recipe.seed = 11
      let (before, after, _) = try run(recipe, teacher: teacher)
      #expect(before > 2.5)
      #expect(after < 0.5, "\(after)")
    }
  }

  @Test("by law: a run with a loop resumes bit for bit, its steps and corrections too")
  func resumes() throws {
    for loop: QuantizationInLoop in [
      .learnedStepSize(LearnedStepSize(bits: 3)), .lowRank(LowRankAdapter(rank: 2, alpha: 4)),
    ] {
      try withTemporaryFolder { folder in
        let whole = try Trainer(recipe(steps: 20, loop), source: Counting())
        try whole.run()
        let first = try Trainer(recipe(steps: 20, loop), source: Counting())
        try first.run(until: 8)
        try first.saveState(to: folder + "/state.safetensors")
        let second = try Trainer(recipe(steps: 20, loop), source: Counting())
        try second.resume(from: folder + "/state.safetensors")
        try second.run()
        let (one, other) = (try whole.usedModel(), try second.usedModel())
        for name in one.tensorNames {
          #expect(try one.values(of: name) == other.values(of: name))
        }
      }
    }
  }

  @Test("a loop that does not fit the model is refused")
  func refusals() throws {
    let grouped = recipe(steps: 9, .straightThrough(StraightThrough(bits: 4, groupSize: 5)))
    #expect(
      throws: TrainingError.impossibleRecipe(reason: "groups of 5 do not divide rows of 16")
    ) { try grouped.validate() }
    #expect(throws: TrainingError.self) {
      try recipe(steps: 9, .learnedStepSize(LearnedStepSize(bits: 1))).validate()
    }
    #expect(throws: TrainingError.impossibleRecipe(reason: "distillation without a teacher")) {
      try Trainer(recipe(steps: 9, nil, Distillation()), source: Counting())
    }
  }
}

/// Counting by 4 and 5.
struct CountingOn: WindowSource {
  func window(at index: Int, length: Int) -> TokenWindow {
    let step = 4 + index % 2
    return TokenWindow((0...length).map { Int32((index * 7 + $0 * step) % 19) })
  }
}
