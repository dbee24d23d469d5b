internal import Tensors

extension LayerMethod {
  /// Every row turned, then another method, then turned back.
  ///
  /// Knows every option and passes on what is not its own, so that the method after it refuses what it
  /// does not know. Iterations are the steps by which a rotation is learned, unless the method after it
  /// has some of its own; given without a choice of rotation, they ask for a learned one.
  static let rotation = LayerMethod(
    name: "rotation",
    summary: "inputs turned (Hadamard, random or learned), then another method (rtn)",
    options: Set(LayerOption.allCases).subtracting([.importance]),  // of channels that are no more
    bitsRule: "that of the method after it, and 1/out for signs, 64/n random, 16 × in/out learned",
    source: "QuaRot, Ashkboos et al. 2024, arXiv:2404.00456; learned: SpinQuant, arXiv:2405.16406",
    run: { (input, options) throws(QuantizationError) in
      let method = try LayerMethod(named: options.then ?? "rtn")
      guard method.name != "rotation" else { throw .rotationAfterRotation }
      if method.needs != .nothing, input.activations == nil {
        throw .inputsNeeded(method: "rotation then \(method.name)")
      }
      let turn = try LayerTurn(input.weight, options, then: method)
      let inner = try method.quantize(
        try turn.turned(input, threads: options.threads), turn.options)
      let back = RestoringStep.inputs(turn.rotation)
      var result = inner
      result.dequantized = back.applied(to: inner.dequantized, threads: options.threads)
      result.storage = StorageCost(
        weights: input.weight.count, items: inner.storage.items + [turn.stored])
      result.restoring.append(back)
      result.then = method.name
      result.notes.append(
        "codes, scales and input scales are those of the weight turned by \(turn.name)")
      result.notes += turn.notes
      return result
    })
}

/// A rotation that was chosen for a layer, and what is left to say to the method after it.
private struct LayerTurn {
  let rotation: any Rotation
  /// What it is, in words.
  var name: String
  /// What it takes to store it.
  var stored: StorageCost.Item
  /// What was asked for and is not the rotation's own.
  var options: LayerOptions
  /// What a reader must know.
  var notes: [String] = []

  /// The rotation that options ask for.
  init(
    _ weight: Matrix, _ asked: LayerOptions, then method: LayerMethod
  ) throws(QuantizationError) {
    let columns = weight.columns
    let seed = asked.seed ?? 0
    let ownsIterations = !method.options.contains(.iterations)
    let choice =
      asked.rotation ?? (asked.iterations != nil && ownsIterations ? .learned : .hadamard)
    options = asked
    options.then = nil
    options.rotation = nil
    if !method.options.contains(.blockwise) { options.blockwise = nil }
    if choice == .random {
      guard asked.blockwise == nil || options.blockwise != nil else {
        throw .optionsExcludeEachOther("rotation random", "blockwise")
      }
      rotation = DenseRotation(randomOfSize: columns, seed: seed)
      name = "a random rotation"
      stored = .init("rotation seed", count: 1, bitsEach: 64)
      return
    }
    let start = try HadamardRotation(
      size: columns, seed: seed, blockwise: asked.blockwise ?? false, name: "input channels:")
    if start.blockSize == 1, columns > 1 {
      notes.append(
        "\(columns) input channels are an odd number, so blocks have one element: signs changed, nothing "
          + "was mixed; a random rotation has any size")
    }
    guard choice == .learned else {
      rotation = start
      name = "\(start)"
      stored = .init("rotation signs", count: columns, bitsEach: 1)
      return
    }
    var learning = RotationLearning()
    learning.bits = try asked.resolvedBits(for: "rotation")
    learning.groupSize = try asked.resolvedGroupSize(columns: columns)
    learning.progress = asked.progress
    if let iterations = asked.iterations, ownsIterations {
      learning.iterations = iterations
      options.iterations = nil
    }
    let learned = try learning.learn(weight: weight, from: start)
    rotation = learned.rotation
    name = "a rotation learned in \(learning.iterations) steps from \(start)"
    stored = .init("rotation", count: columns * columns, bitsEach: 16)
    notes.append(
      "learning took the share of the weight that rounding to \(learning.bits) bits loses from "
        + "\(learned.errors[0]) to \(learned.leastError)")
  }

  /// The layer with its inputs turned.
  func turned(_ input: LayerInput, threads: Int?) throws(QuantizationError) -> LayerInput {
    let weight = rotation.rotatingRows(of: input.weight, threads: threads)
    try weight.requireFinite(named: "the turned weight", in: "rotation")
    let turnedInputs = { (inputs: Matrix?) throws(QuantizationError) -> Matrix? in
      guard let inputs else { return nil }
      let turned = rotation.rotatingRows(of: inputs, threads: threads)
      try turned.requireFinite(named: "the turned input", in: "rotation")
      return turned
    }
    return try LayerInput(
      weight: weight, activations: try turnedInputs(input.activations),
      exactActivations: try turnedInputs(input.exactActivations))
  }
}
