/// All that decides what a training run gives: with the same recipe, the same weights.
///
/// To the last bit on one machine; another processor's BLAS adds in another order.
public struct TrainingRecipe: Sendable, Equatable, Codable {
  /// A grammar to learn from and how often.
  public struct Supply: Sendable, Equatable, Codable {
    /// The grammar's name.
    public var grammar: String
    /// Its share of the windows.
    public var share: Double
    /// The last step that learns from it, as a primer's; nil for the whole run.
    public var lastStep: Int?

    /// Makes a supply.
    ///
    /// - Parameters:
    ///   - grammar: The grammar's name.
    ///   - share: Its share of the windows.
    ///   - lastStep: The last step that learns from it; nil for the whole run.
    public init(grammar: String, share: Double, lastStep: Int? = nil) {
      self.grammar = grammar
      self.share = share
      self.lastStep = lastStep
    }
  }

  /// The model's sizes.
  public var shape: ModelShape
  /// Which weights it begins with, and which windows begin where.
  public var seed: UInt64
  /// The normal distribution's deviation of the first weights.
  public var deviation: Double
  /// How the matrices of attention begin; nil for each on its own.
  public var attention: AttentionInitialization?
  /// What is learned from.
  public var supplies: [Supply]
  /// Which text of those grammars.
  public var textSeed: UInt32
  /// The share of windows that begin with a document.
  public var alignedShare: Double
  /// Tokens a window.
  public var length: Int
  /// Windows a step.
  public var windowsPerStep: Int
  /// Parts of a step that are computed apart and added in order; as many threads can work.
  public var shards: Int
  /// How the learning rate rises and falls, and how many steps there are.
  public var schedule: LearningRateSchedule
  /// How slopes become steps.
  public var optimizer: AdamW
  /// The largest norm of all slopes together; nil for no limit.
  public var clip: Double?
  /// What stands between the weights that are kept and those that passes use; nil for nothing.
  public var inLoop: QuantizationInLoop?
  /// How another model is learned from; nil for the next token alone.
  public var distillation: Distillation?

  /// Steps on either side of zero for inputs of linear layers: BitNet's 127 for ternary weights.
  var activationSteps: Float? { inLoop == .ternary ? 127 : nil }

  /// Makes a recipe; ``validate()`` tells whether it can be followed.
  ///
  /// - Parameters:
  ///   - shape: The model's sizes.
  ///   - seed: Which weights it begins with.
  ///   - deviation: The deviation of the first weights.
  ///   - attention: How the matrices of attention begin; nil for each on its own.
  ///   - supplies: What is learned from.
  ///   - textSeed: Which text of those grammars.
  ///   - alignedShare: The share of windows that begin with a document.
  ///   - length: Tokens a window.
  ///   - windowsPerStep: Windows a step.
  ///   - shards: Parts of a step that are computed apart.
  ///   - schedule: How the learning rate rises and falls.
  ///   - optimizer: How slopes become steps.
  ///   - clip: The largest norm of all slopes together.
  ///   - inLoop: What stands between the weights that are kept and those that passes use.
  ///   - distillation: How another model is learned from.
  public init(
    shape: ModelShape, seed: UInt64 = 1, deviation: Double = 0.02,
    attention: AttentionInitialization? = nil, supplies: [Supply] = [], textSeed: UInt32 = 1,
    alignedShare: Double = 0.8, length: Int, windowsPerStep: Int,
    shards: Int = 2, schedule: LearningRateSchedule, optimizer: AdamW = AdamW(), clip: Double? = 1,
    inLoop: QuantizationInLoop? = nil, distillation: Distillation? = nil
  ) {
    self.shape = shape
    self.seed = seed
    self.deviation = deviation
    self.attention = attention
    self.supplies = supplies
    self.textSeed = textSeed
    self.alignedShare = alignedShare
    self.length = length
    self.windowsPerStep = windowsPerStep
    self.shards = shards
    self.schedule = schedule
    self.optimizer = optimizer
    self.clip = clip
    self.inLoop = inLoop
    self.distillation = distillation
  }

  /// Checks that the recipe can be followed.
  ///
  /// - Throws: `TrainingError.impossibleShape` or `TrainingError.impossibleRecipe`.
  public func validate() throws(TrainingError) {
    try shape.validate()
    guard length >= 1, length <= shape.contextLength else {
      throw .impossibleRecipe(
        reason: "windows of \(length) tokens; the model's context is \(shape.contextLength)")
    }
    guard shards >= 1, windowsPerStep >= shards, windowsPerStep % shards == 0 else {
      throw .impossibleRecipe(
        reason: "\(windowsPerStep) windows a step cannot be shared out evenly to \(shards) shards")
    }
    let scores =
      Double(windowsPerStep) * Double(shape.heads) * Double(length) * Double(length)
      * Double(shape.layers)
    guard scores <= 0x1p33 else {
      throw .impossibleRecipe(
        reason: "\(windowsPerStep) windows of \(length) tokens a step would need "
          + "\(Int(min(scores * 4 / 0x1p30, 1e12))) GB for attention; use fewer or shorter ones")
    }
    guard schedule.steps >= 1, schedule.warmupSteps >= 0, schedule.warmupSteps <= schedule.steps
    else {
      throw .impossibleRecipe(
        reason: "\(schedule.warmupSteps) steps of warm-up in \(schedule.steps) steps")
    }
    let positive = [("learning rate", schedule.peak), ("epsilon", optimizer.epsilon)]
    for (name, value) in positive where !(value > 0 && value.isFinite) {
      throw .impossibleRecipe(reason: "a \(name) of \(value); a positive number is needed")
    }
    let shares = [("mean decay", optimizer.meanDecay), ("square decay", optimizer.squareDecay)]
    for (name, value) in shares where !(value >= 0 && value < 1) {
      throw .impossibleRecipe(reason: "a \(name) of \(value); 0 to below 1 is needed")
    }
    guard deviation >= 0, deviation.isFinite, 0...1 ~= alignedShare, 0...1 ~= schedule.finalShare
    else {
      throw .impossibleRecipe(
        reason:
          "a deviation of \(deviation), an aligned share of \(alignedShare) and a final share "
          + "of \(schedule.finalShare); the first is 0 or more, the others are from 0 to 1")
    }
    for supply in supplies {
      guard supply.share > 0, supply.share.isFinite, 1...schedule.steps ~= supply.lastStep ?? 1
      else {
        throw .impossibleRecipe(
          reason: "a share of \(supply.share) of '\(supply.grammar)' until step "
            + "\(supply.lastStep.map(String.init) ?? "the run's last"); a positive share "
            + "and a step of the \(schedule.steps) are needed")
      }
    }
    guard supplies.isEmpty || supplies.contains(where: { $0.lastStep == nil }) else {
      throw .impossibleRecipe(reason: "every grammar has a last step; one must last the whole run")
    }
    if let clip, !(clip > 0) {
      throw .impossibleRecipe(reason: "a gradient limit of \(clip); a positive number is needed")
    }
    try validateLoop()
    for supply in supplies where !(supply.share > 0 && supply.share.isFinite) {
      throw .impossibleRecipe(
        reason: "a share of \(supply.share) for \(supply.grammar); a positive number is needed")
    }
  }

  /// Checks that the matrices can be grouped and rounded as the recipe says.
  private func validateLoop() throws(TrainingError) {
    func check(bits: Int, groupSize: Int?) throws(TrainingError) {
      guard (2...8).contains(bits) else {
        throw .impossibleRecipe(reason: "\(bits) bits in the loop; 2 to 8 are possible")
      }
      for width in [shape.hiddenSize, shape.feedForwardSize] {
        if let groupSize, groupSize < 1 || width % groupSize != 0 {
          throw .impossibleRecipe(reason: "groups of \(groupSize) do not divide rows of \(width)")
        }
      }
    }
    switch inLoop {
    case nil, .ternary: break
    case .straightThrough(let rule):
      try check(bits: rule.bits, groupSize: rule.groupSize)
      guard rule.clipShare > 0, rule.clipShare <= 1 else {
        throw .impossibleRecipe(reason: "a clip share of \(rule.clipShare); 0 to 1 is possible")
      }
    case .learnedStepSize(let rule): try check(bits: rule.bits, groupSize: rule.groupSize)
    case .lowRank(let adapter):
      guard adapter.rank >= 1, adapter.rank <= shape.hiddenSize, adapter.alpha.isFinite else {
        throw .impossibleRecipe(
          reason: "rank \(adapter.rank) for matrices with \(shape.hiddenSize) columns")
      }
    }
    if let rule = distillation {
      guard rule.temperature > 0, rule.temperature.isFinite, (0...1).contains(rule.share) else {
        throw .impossibleRecipe(
          reason: "distillation at temperature \(rule.temperature) with a share of \(rule.share)")
      }
    }
  }
}
