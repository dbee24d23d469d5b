internal import Tensors

extension LayerMethod {
  /// Every row turned by a random Hadamard transform, then another method, then turned back.
  ///
  /// Knows every option and passes it on, so that the method after it refuses what it does not know.
  /// Iterations are the steps by which the rotation is learned, unless the method after it has some.
  static let rotation = LayerMethod(
    name: "rotation",
    summary: "inputs turned by a random Hadamard transform, then another method (rtn)",
    options: Set(LayerOption.allCases).subtracting([.importance]),  // of channels that are no more
    bitsRule: "that of the method after it, and 1/out for the signs",
    source: "QuaRot, Ashkboos et al. 2024, arXiv:2404.00456",
    run: { (input, options) throws(QuantizationError) in
      let method = try LayerMethod(named: options.then ?? "rtn")
      let columns = input.weight.columns
      let start = try HadamardRotation(
        size: columns, seed: options.seed ?? 0, blockwise: options.blockwise ?? false,
        name: "input channels:")
      var passedOn = options
      passedOn.then = nil
      passedOn.blockwise = nil
      var rotation: any Rotation = start
      var (name, parts) = (
        "\(start)", StorageCost.Item("rotation signs", count: columns, bitsEach: 1)
      )
      if let iterations = options.iterations, !method.options.contains(.iterations) {
        passedOn.iterations = nil
        rotation = try learned(input.weight, from: start, iterations: iterations, options: options)
        name = "a rotation learned in \(iterations) steps from \(start)"
        parts = .init("rotation", count: columns * columns, bitsEach: 16)
      }
      if method.needs != .nothing, input.activations == nil {
        throw .inputsNeeded(method: "rotation then \(method.name)")
      }
      let threads = options.threads
      let turned = try LayerInput(
        weight: rotation.rotatingRows(of: input.weight, threads: threads),
        activations: input.activations.map { rotation.rotatingRows(of: $0, threads: threads) },
        exactActivations: input.exactActivations.map {
          rotation.rotatingRows(of: $0, threads: threads)
        })
      let inner = try method.quantize(turned, passedOn)
      var result = LayerResult(
        codes: inner.codes, scales: inner.scales, zeros: inner.zeros,
        dequantized: rotation.rotatingRowsBack(of: inner.dequantized, threads: threads),
        codebooks: inner.codebooks,
        storage: StorageCost(
          weights: input.weight.count,
          items: inner.storage.items + [parts]))
      result.vectorCodes = inner.vectorCodes
      result.blocks = inner.blocks
      result.loss = inner.loss
      result.damping = inner.damping
      result.groupIndex = inner.groupIndex
      result.outliers = inner.outliers
      result.inputScales = inner.inputScales
      result.output = inner.output
      result.notes =
        inner.notes + [
          "codes, scales and input scales are those of the weight turned by \(name)"
        ]
      return result
    })

  /// A rotation learned on the weight alone, for the bits and groups that were asked for.
  private static func learned(
    _ weight: Matrix, from start: HadamardRotation, iterations: Int, options: LayerOptions
  ) throws(QuantizationError) -> any Rotation {
    var learning = RotationLearning()
    learning.bits = try options.resolvedBits(for: "rotation")
    learning.groupSize = try options.resolvedGroupSize(columns: weight.columns)
    learning.iterations = iterations
    learning.progress = options.progress
    return try learning.learn(weight: weight, from: start).rotation
  }
}
