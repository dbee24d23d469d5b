import Testing
import Training

/// Windows of a text that a small model can learn: every token is the one before plus a step.
struct Counting: WindowSource {
  func window(at index: Int, length: Int) -> TokenWindow {
    let step = 1 + index % 3
    return TokenWindow((0...length).map { Int32((index * 7 + $0 * step) % 19) })
  }
}

@Suite("training runs")
struct TrainerTests {
  private func recipe(
    _ architecture: ModelShape.Architecture = .llama, steps: Int = 60, shards: Int = 2,
    peak: Double = 0.01
  ) -> TrainingRecipe {
    TrainingRecipe(
      shape: SmallModels.shape(architecture, groups: architecture == .opt ? 4 : 2), seed: 4,
      deviation: 0.1, length: 10, windowsPerStep: 4, shards: shards,
      schedule: LearningRateSchedule(peak: peak, warmupSteps: 5, steps: steps))
  }

  private func weights(of model: TrainableModel) throws -> [[UInt32]] {
    try model.tensorNames.map { try model.values(of: $0).map(\.bitPattern) }
  }

  @Test("by law: what can be learned is learned", arguments: [ModelShape.Architecture.opt, .llama])
  func learns(architecture: ModelShape.Architecture) throws {
    let trainer = try Trainer(recipe(architecture, steps: 400), source: Counting())
    var losses: [Double] = []
    try trainer.run { progress in
      losses.append(progress.loss)
      #expect(progress.step == losses.count)
      #expect(progress.tokensPerSecond > 0 && progress.secondsLeft >= 0)
      return true
    }
    // From a uniform guess, ln 19 = 2.94, to where only each window's first step is unknown: after
    // one token three may follow, so a tenth of ln 3 is the floor.
    #expect(abs((losses.first ?? 0) - 2.94) < 0.5)
    #expect((losses.last ?? 9) < 0.3)
    #expect(losses.count == 400)
    #expect(trainer.step == 400)
  }

  @Test("by law: a resumed run is the uninterrupted one, bit for bit")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let whole = try Trainer(recipe(), source: Counting())
      try whole.run(until: 20)
      let first = try Trainer(recipe(), source: Counting())
      try first.run { $0.step < 9 }
      #expect(first.step == 9)
      try first.saveState(to: folder + "/state.safetensors")
      let second = try Trainer(recipe(), source: Counting())
      try second.resume(from: folder + "/state.safetensors")
      #expect(second.step == 9)
      #expect(try weights(of: second.model) == weights(of: first.model))
      try second.run(until: 20)
      #expect(try weights(of: second.model) == weights(of: whole.model))
      #expect(try weights(of: second.model) != weights(of: first.model))
    }
  }

  @Test("by law: one thread gives what two give, bit for bit")
  func threadsDoNotMatter() throws {
    let one = try Trainer(recipe(), source: Counting())
    try one.run(until: 12, threads: 1)
    let two = try Trainer(recipe(), source: Counting())
    try two.run(until: 12, threads: 2)
    #expect(try weights(of: one.model) == weights(of: two.model))
  }

  @Test("a state of another run, or none at all, is refused and changes nothing")
  func refusesOtherStates() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/state.safetensors"
      let trainer = try Trainer(recipe(), source: Counting())
      try trainer.run(until: 2)
      try trainer.saveState(to: path)
      let other = try Trainer(recipe(peak: 0.02), source: Counting())
      let before = try weights(of: other.model)
      #expect(
        throws: TrainingError.differentRun(path: path, reason: "its recipe differs in schedule")
      ) { try other.resume(from: path) }
      try trainer.model.save(to: folder, startToken: 0, endToken: 0)
      #expect(throws: TrainingError.self) { try other.resume(from: folder + "/model.safetensors") }
      #expect(throws: TrainingError.self) { try other.resume(from: folder + "/none.safetensors") }
      #expect(try weights(of: other.model) == before)
      #expect(other.step == 0)
    }
  }

  @Test("a run that diverges says so instead of going on")
  func divergence() throws {
    let trainer = try Trainer(recipe(.opt, peak: 1e30), source: Counting())
    do {
      try trainer.run()
      Issue.record("a learning rate of 1e30 went well")
    } catch TrainingError.diverged(let step, _, _) {
      #expect(step <= 10)
      #expect(trainer.step == step - 1)
    }
  }

  @Test("impossible recipes and windows are refused with their numbers")
  func refusals() throws {
    var impossible = recipe()
    impossible.length = 13
    #expect(
      throws: TrainingError.impossibleRecipe(
        reason: "windows of 13 tokens; the model's context is 12")
    ) {
      try impossible.validate()
    }
    impossible = recipe(shards: 3)
    #expect(throws: TrainingError.self) { try impossible.validate() }
    impossible = recipe(peak: .nan)
    #expect(throws: TrainingError.self) { try impossible.validate() }
    var shape = SmallModels.shape(.llama)
    shape.heads = 5
    #expect(
      throws: TrainingError.impossibleShape(reason: "5 heads do not divide a hidden size of 16")
    ) { try TrainableModel(shape, seed: 1) }
    shape = SmallModels.shape(.llama)
    (shape.layers, shape.hiddenSize) = (1 << 24, 1 << 24)
    #expect(throws: TrainingError.self) { try shape.validate() }
    impossible = recipe()
    impossible.windowsPerStep = 1 << 60
    #expect(throws: TrainingError.self) { try impossible.validate() }
    let model = try SmallModels.filled(SmallModels.shape(.opt))
    #expect(throws: TrainingError.impossibleWindow(reason: "token 19 of a vocabulary of 19")) {
      try model.loss([TokenWindow([1, 19, 2])])
    }
    #expect(throws: TrainingError.self) { try model.logits([]) }
    #expect(throws: TrainingError.self) { try model.logits([Int32](repeating: 1, count: 13)) }
    #expect(throws: TrainingError.self) {
      try model.values(of: "model.decoder.layers.0.fc3.weight")
    }
    #expect(throws: TrainingError.self) {
      try model.setValues(of: "model.decoder.layers.0.fc1.bias", to: [1])
    }
  }
}
