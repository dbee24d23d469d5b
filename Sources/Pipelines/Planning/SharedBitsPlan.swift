internal import Models
internal import Quantization

/// What sharing bits out among a model's layers will take and give, as far as it is known before anything is measured.
///
/// Which layer gets which width is not: that is what the profile measures, and it follows from the weights. Known are
/// what each width costs each layer, so what all of them may take together, and the memory and the work of the
/// profile and of the run after it.
public struct SharedBitsPlan: Sendable {
  /// A width that layers may have.
  public struct Width: Sendable {
    /// The bits of a code.
    public let bits: Int
    /// The run in which every layer has it.
    public let plan: ModelPlan
  }

  /// The bits a weight that were asked for, everything counted, all layers together.
  public let target: Double
  /// The widths to choose from, the narrowest first.
  public let widths: [Width]
  /// The most bytes of the output's tensors; nil where what the method stores depends on the weights.
  public let bytesAtMost: Int?
  /// Floating-point operations of the profile's products and factors, part by part.
  public let profileWork: [ModelPlan.Part]
  /// What goes on when most memory is taken, in the profile or in the run.
  public let peakMoment: String
  /// Bytes that must be there at the same time at that moment, part by part.
  public let memory: [ModelPlan.Part]

  /// Plans a run whose bits are to be shared out.
  ///
  /// - Parameters:
  ///   - run: The run, with a recipe whose bits do not matter.
  ///   - widths: The widths to choose from; one or more (a precondition).
  ///   - target: Bits a weight.
  /// - Throws: `PipelineError` for what the profile would refuse: no calibration, a method without bits, a width
  ///   that method or format does not have, and a target below what the narrowest widths take.
  public init(_ run: QuantizationRun, widths: [Int], target: Double) throws(PipelineError) {
    precondition(!widths.isEmpty, "no widths to choose from")
    guard run.calibration != nil else { throw .profileWithoutCalibration }
    for plan in run.plans {
      if let rule = plan.rule, !rule.method.options.contains(.bits) { throw .noBits(rule.method) }
    }
    self.target = target
    var found: [(run: PlannedRun, width: Width)] = []
    for bits in widths.sorted() {
      var own = try QuantizationRun(
        run.source, recipe: run.recipe.withBits(bits), calibration: run.calibration,
        format: run.format, version: run.version)
      (own.inTurn, own.shardSize) = (run.inTurn, run.shardSize)
      found.append((PlannedRun(own), Width(bits: bits, plan: ModelPlan(own))))
    }
    self.widths = found.map(\.width)
    bytesAtMost = try Self.bytes(of: self.widths, target: target)
    profileWork = found[0].run.profileWork(widths: widths.count)
    let moments = found.flatMap { [$0.run.profilePeak, $0.run.peak] }
    let peak = moments.max { $0.bytes < $1.bytes } ?? found[0].run.peak
    (peakMoment, memory) = (peak.moment, peak.parts)
  }

  /// All parts of the memory.
  public var peakBytes: Double { memory.reduce(0) { $0 + $1.amount } }
  /// All parts of the profile's products.
  public var profileOperations: Double { profileWork.reduce(0) { $0 + $1.amount } }

  /// The width whose run is most like the one that the profile will lead to: nearest to the target.
  public var nearest: Width {
    widths.min {
      abs(($0.plan.bitsPerWeight ?? Double($0.bits)) - target)
        < abs(($1.plan.bitsPerWeight ?? Double($1.bits)) - target)
    } ?? widths[0]
  }

  /// The output's bytes when all of the budget is spent; refuses one that is too small, as the allocation does.
  private static func bytes(
    of widths: [Width], target: Double
  ) throws(PipelineError) -> Int? {
    guard let widest = widths.last, let all = widest.plan.bytesAfter else { return nil }
    var profiles: [SensitivityProfile] = []
    for place in widest.plan.layers.indices where widest.plan.layers[place].settings != nil {
      let layer = widest.plan.layers[place]
      let weights = layer.outputs * layer.inputs
      var choices: [SensitivityProfile.Choice] = []
      for width in widths {
        guard let bits = width.plan.layers[place].bitsPerWeight else { return nil }
        // Equal losses, so that the fewest bytes are the only choice.
        choices.append(
          .init(
            bits: width.bits, bytes: Int((bits * Double(weights) / 8).rounded()), loss: 0))
      }
      profiles.append(
        try asLayerWork(layer.name) { () throws(QuantizationError) in
          try SensitivityProfile(name: layer.name, weights: weights, choices: choices)
        })
    }
    let budget = try asLayerWork("the layers") { () throws(QuantizationError) in
      try BitBudget(profiles)
    }
    _ = try budget.allocation(forBitsPerWeight: target)
    let most = budget.uniform(bits: widest.bits)?.bytes ?? 0
    let isPlain = Set(widths.map { $0.plan.bytesAfter ?? 0 }).count == 1 && widths.count > 1
    // Plain numbers take the same whatever their codes were.
    if isPlain { return all }
    return all - most + min(most, budget.bytes(forBitsPerWeight: target))
  }
}

extension QuantizationRecipe {
  /// The same with one width for every layer that is quantized.
  func withBits(_ bits: Int) -> QuantizationRecipe {
    var recipe = self
    recipe.rule.options.bits = bits
    recipe.exceptions = exceptions.map { exception in
      guard var rule = exception.rule else { return exception }
      rule.options.bits = bits
      return Exception(exception.pattern, rule)
    }
    return recipe
  }
}

extension PipelineError {
  /// Bits cannot be shared out among layers of which nothing is known.
  static var profileWithoutCalibration: PipelineError {
    .request("what layers lose is measured on a calibration; give --calibration")
  }

  /// A method whose width is what it is.
  static func noBits(_ method: LayerMethod) -> PipelineError {
    .request(
      "\(method.name) has no bits to choose, so they cannot be shared out; use a method that has, such as "
        + "gptq or rtn")
  }
}

// What the profile computes and has in memory, as Transformer.sensitivities goes about it.
extension PlannedRun {
  /// Products of the profile: the float model's passes once, each layer's method and error at each width.
  func profileWork(widths count: Int) -> [ModelPlan.Part] {
    let tokens = Double(tokens)
    var (passes, hessians, solving, measuring) = (0.0, 0.0, 0.0, 0.0)
    for (index, groups) in blocks.enumerated() {
      if let last = groups.last?.plans.first?.id.role {
        passes += passCost(upTo: last) * (groups.contains(where: \.needsExact) ? 2 : 1)
      }
      if index + 1 < blocks.count { passes += passCost(upTo: nil) }
      for group in groups {
        let width = Double(group.columns)
        hessians += tokens * width * width * (group.precision == .double ? 2 : 1)
        for plan in group.plans {
          guard let rule = plan.rule else { continue }
          solving +=
            Double(count)
            * rule.solvingCost(outputs: plan.outputs, inputs: plan.inputs, tokens: tokens)
          // The layer's own power once, the error's at each width.
          measuring += Double(count + 1) * 2 * Double(plan.outputs) * width * width
        }
      }
    }
    return [
      .init(name: "stages", amount: work.first { $0.name == "stages" }?.amount ?? 0),
      .init(name: "forward passes", amount: passes), .init(name: "Hessians", amount: hessians),
      .init(name: "factors and updates", amount: solving),
      .init(name: "measuring errors", amount: measuring),
    ].filter { $0.amount > 0 }
  }

  /// The moment of the profile at which most is there: all sums of a block stay while its layers are tried.
  var profilePeak: Moment {
    var most = Moment(moment: "while the layers are tried", parts: [])
    for (index, groups) in blocks.enumerated() {
      let all =
        between(index) + [
          .init(name: "Hessians of a block", amount: groups.reduce(0) { $0 + square(of: $1) }),
          .init(
            name: "inputs kept token by token", amount: groups.reduce(0) { $0 + keptInputs(of: $1) }
          ),
        ]
      for group in groups {
        for plan in group.plans {
          guard let rule = plan.rule else { continue }
          let moment = Moment(
            moment: "while the widths of \(plan.name) are tried",
            parts: all + [
              .init(name: "the same inputs, joined", amount: keptInputs(of: group)),
              .init(
                name: "the layer at work",
                amount: rule.workingBytes(
                  outputs: plan.outputs, inputs: plan.inputs, tokens: tokens, group: group,
                  storedBytes: storage(of: plan)?.bytes ?? plan.weights)),
            ])
          if moment.bytes > most.bytes { most = moment }
        }
      }
    }
    return most.withProgram
  }
}
