internal import Models
internal import Quantization

// What a run computes, in the order in which it does: multiplications and additions, counted each.
extension PlannedRun {
  var work: [ModelPlan.Part] {
    let (tokens, calibrated) = (Double(tokens), tokens > 0)
    var (passes, hessians, solving, measuring) = (0.0, 0.0, 0.0, 0.0)
    let copies = comparesWithFloatModel ? 2.0 : 1
    for (index, groups) in blocks.enumerated() {
      let stages = inTurn ? groups.map { [$0] } : groups.isEmpty ? [] : [groups]
      if calibrated {
        for stage in stages {
          guard let last = stage.last?.plans.first?.id.role else { continue }
          let compares = stage.contains(where: \.needsExact)
          passes += passCost(upTo: last) * (compares ? 2 : 1)
        }
        // What the next block is given.
        if index + 1 < blocks.count { passes += passCost(upTo: nil) * copies }
      }
      for group in groups {
        let width = Double(group.columns)
        // A sum in double precision takes twice as long.
        if calibrated { hessians += tokens * width * width * (group.precision == .double ? 2 : 1) }
        for plan in group.plans {
          guard let rule = plan.rule else { continue }
          solving += rule.solvingCost(outputs: plan.outputs, inputs: plan.inputs, tokens: tokens)
          guard calibrated else { continue }
          // The error's power and the output's, and rounding to nearest's where there is such a grid.
          let outputs = Double(plan.outputs)
          measuring += (rule.hasNearest(inputs: plan.inputs) ? 3 : 2) * 2 * outputs * width * width
        }
      }
    }
    return [
      .init(name: "stages", amount: stageCost), .init(name: "forward passes", amount: passes),
      .init(name: "Hessians", amount: hessians),
      .init(name: "factors and updates", amount: solving),
      .init(name: "measuring errors", amount: measuring),
    ].filter { $0.amount > 0 }
  }

  /// One pass of the calibration through a block; nil for all of it, or as far as the input of a layer.
  func passCost(upTo last: LinearLayerID.Role?) -> Double {
    func weights(_ roles: [LinearLayerID.Role]) -> Double {
      roles.reduce(0) { sum, role in
        let size = shape.shape(of: role)
        return sum + Double(size.outputs) * Double(size.inputs)
      }
    }
    // Scores and their sums over the tokens before: two products, half of each.
    let attention = 2 * Double(longest) * Double(shape.queryWidth)
    var cost = 0.0
    if ![.query, .key, .value].contains(last) {
      cost += 2 * weights([.query, .key, .value]) + attention
      if last != .attentionOutput {
        cost += 2 * weights([.attentionOutput])
        if ![.gate, .up].contains(last) {
          cost += 2 * weights(shape.isGated ? [.gate, .up] : [.up])
          if last != .down { cost += 2 * weights([.down]) }
        }
      }
    }
    return Double(tokens) * cost
  }

  /// A stage runs the calibration through the model as it was and as it is, sums both up for all layers, and
  /// measures what rounding to nearest would lose in each; awq's tries exponents besides.
  private var stageCost: Double {
    guard !recipe.stages.isEmpty, tokens > 0 else { return 0 }
    let layers = Double(shape.layerCount)
    let widths = [shape.hiddenSize, shape.queryWidth, shape.hiddenSize, shape.feedForwardSize]
    let sums = widths.reduce(0.0) { $0 + Double(tokens) * Double($1) * Double($1) }
    var cost = Double(recipe.stages.count) * 2 * layers * (passCost(upTo: nil) + sums)
    for plan in plans where plan.rule != nil {
      let power = 2 * Double(plan.outputs) * Double(plan.inputs) * Double(plan.inputs)
      for stage in recipe.stages {
        cost += 2 * 2 * power
        if case .awq(let alpha, _) = stage {
          cost += Double(alpha == nil ? AWQ.exponents.count : 1) * power
        }
      }
    }
    return cost
  }

  /// The layers whose weights are taken one by one, by what is done to them.
  var rounding: [ModelPlan.Rounding] {
    var found: [(key: String, weights: Double, plan: LayerPlan)] = []
    for plan in plans {
      guard let rule = plan.rule else { continue }
      // What grows faster than the number of weights is measured for each shape.
      let key =
        rule.method.isSlow ? "\(rule.line) of \(plan.outputs) × \(plan.inputs)" : rule.line
      if let place = found.firstIndex(where: { $0.key == key }) {
        found[place].weights += Double(plan.weights)
      } else {
        found.append((key, Double(plan.weights), plan))
      }
    }
    return found.compactMap { entry in
      entry.plan.rule.map {
        ModelPlan.Rounding(
          settings: entry.key, weights: entry.weights,
          sample: RoundingSample(
            rule: $0, outputs: entry.plan.outputs, inputs: entry.plan.inputs, format: format,
            isCalibrated: tokens > 0, isTransposed: shape.family == .gpt2))
      }
    }
  }
}

extension LayerRule {
  /// Products and factors of the method itself, which those of the measuring follow.
  ///
  /// - Parameters:
  ///   - outputs: The number of outputs.
  ///   - inputs: The number of inputs.
  ///   - tokens: Of the calibration.
  /// - Returns: Operations; 0 for a method that takes weights one by one.
  func solvingCost(outputs: Int, inputs: Int, tokens: Double) -> Double {
    let (rows, width) = (Double(outputs), Double(inputs))
    let isTurned = method.name == "rotation"
    let name = isTurned ? options.then ?? "rtn" : method.name
    // A Cholesky factor and the inverse of a triangle; twice the time where they are in double precision.
    let factor = 2 / 3 * width * width * width * (options.doublePrecision ?? false ? 2 : 1)
    // Errors of each column times the factor's row, for the columns after it.
    let updates = rows * width * width
    let product = 2 * rows * width * width
    var cost: Double =
      switch name {
      case "gptq", "ldlq", "spqr": factor + updates
      case "gptaq":
        // A second sum of products, a target, and three outputs token by token.
        factor + updates + 2 * tokens * width * width + product + 3 * 2 * tokens * rows * width
      case "awq": Double(options.alpha == nil ? AWQ.exponents.count : 1) * product
      case "quip", "quip-sharp":
        // In double precision: a factor of H, H turned on both sides, its block factors, refining passes.
        2 * factor + 4 * width * width * width + updates
          + Double(options.passes ?? (name == "quip" ? 0 : 1)) * product
      default: 0
      }
    if isTurned, (try? LayerMethod(named: name))?.needs != .nothing {
      cost += tokens * width * width  // the sums over the turned inputs, once for each layer
    }
    return cost
  }

  /// Whether rounding to nearest on the same grid is measured beside the method.
  func hasNearest(inputs: Int) -> Bool {
    nearestScheme(columns: inputs) != nil
  }
}
