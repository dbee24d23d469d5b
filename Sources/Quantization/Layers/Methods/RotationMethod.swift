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
    obstacle: .turned,
    check: { (options, rows, columns) throws(QuantizationError) in
      let request = try TurnRequest(options)
      try request.check(columns: columns)
      try request.method.check(request.options, rows: rows, columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let request = try TurnRequest(options)
      let method = request.method
      if method.needs != .nothing, input.activations == nil {
        throw .inputsNeeded(method: "rotation then \(method.name)")
      }
      let turn = try LayerTurn(input.weight, request)
      let inner = try method.quantize(
        try turn.turned(input, threads: options.threads), request.options)
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

/// Which rotation is asked for, and what is asked of the method after it.
private struct TurnRequest {
  /// The method after the rotation.
  let method: LayerMethod
  let choice: RotationChoice
  /// What was asked for and is not the rotation's own.
  let options: LayerOptions
  /// Everything that was asked for.
  let asked: LayerOptions
  /// The steps by which a rotation is learned; nil for the usual ones.
  let iterations: Int?

  init(_ asked: LayerOptions) throws(QuantizationError) {
    method = try LayerMethod(named: asked.then ?? "rtn")
    guard method.name != "rotation" else { throw .rotationAfterRotation }
    let ownsIterations = !method.options.contains(.iterations)
    iterations = ownsIterations ? asked.iterations : nil
    choice = asked.rotation ?? (iterations != nil ? .learned : .hadamard)
    var options = asked
    options.then = nil
    options.rotation = nil
    if !method.options.contains(.blockwise) { options.blockwise = nil }
    if choice == .learned, ownsIterations { options.iterations = nil }
    self.options = options
    self.asked = asked
    if choice == .random, asked.blockwise != nil, options.blockwise == nil {
      throw .optionsExcludeEachOther("rotation random", "blockwise")
    }
  }

  /// Refuses a size that there is no such rotation of.
  func check(columns: Int) throws(QuantizationError) {
    guard choice != .random else { return }
    try HadamardRotation.check(
      size: columns, blockwise: asked.blockwise ?? false, name: "input channels:")
    guard choice == .learned else { return }
    if let iterations, iterations < 0 {
      throw .parameter(name: "iterations", value: Double(iterations), expected: "0 or more")
    }
    _ = try asked.resolvedBits(for: "rotation")
    _ = try asked.resolvedGroupSize(columns: columns)
  }
}

/// A rotation that was chosen for a layer, and what it takes.
private struct LayerTurn {
  let rotation: any Rotation
  /// What it is, in words.
  var name: String
  /// What it takes to store it.
  var stored: StorageCost.Item
  /// What a reader must know.
  var notes: [String] = []

  /// The rotation that options ask for.
  init(_ weight: Matrix, _ request: TurnRequest) throws(QuantizationError) {
    let (asked, columns) = (request.asked, weight.columns)
    let seed = asked.seed ?? 0
    let choice = request.choice
    if choice == .random {
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
    if let iterations = request.iterations { learning.iterations = iterations }
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
