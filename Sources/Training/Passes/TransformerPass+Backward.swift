internal import CKernels

extension TransformerPass {
  /// Adds the gradient of all parameters below the head, after `loss` with a gradient.
  ///
  /// - Parameters:
  ///   - weights: The parameters that forward used.
  ///   - gradient: What is added to.
  func backward(weights: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
    residualGradient.zero()
    normalizeBackward(
      last, means: lastMeans, inverses: lastInverses, gain: layout.finalNorm,
      shift: layout.finalShift, weights, gradient)
    for layer in blocks.indices.reversed() { backward(layer, weights, gradient) }
    embedBackward(gradient)
  }

  /// The block's parts in reverse order; `residualGradient` goes from its output to its input.
  private func backward(
    _ layer: Int, _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    let (block, place) = (blocks[layer], layout.blocks[layer])
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    linearBackward(
      residualGradient, input: block.activated, weight: place.down, bias: place.downBias,
      inputs: inner, outputs: hidden, into: activatedGradient, weights, gradient)
    let upGradient = activateBackward(block)
    linearBackward(
      upGradient, input: block.secondNormed, weight: place.up, bias: place.upBias, inputs: hidden,
      outputs: shape.upWidth, into: normedGradient, weights, gradient)
    normalizeBackward(
      block.middle, means: block.secondMeans, inverses: block.secondInverses,
      gain: place.secondNorm, shift: place.secondShift, weights, gradient)
    linearBackward(
      residualGradient, input: block.context, weight: place.out, bias: place.outBias,
      inputs: hidden, outputs: hidden, into: normedGradient, weights, gradient)
    attendBackward(block, contextGradient: normedGradient)
    rotate(fusedGradient, direction: -1)
    linearBackward(
      fusedGradient, input: block.firstNormed, weight: place.fused, bias: place.fusedBias,
      inputs: hidden, outputs: shape.fusedWidth, into: normedGradient, weights, gradient)
    normalizeBackward(
      block.residual, means: block.firstMeans, inverses: block.firstInverses,
      gain: place.firstNorm, shift: place.firstShift, weights, gradient)
  }

  /// dX = dY W; dW += dYᵀ X; db += the rows of dY.
  private func linearBackward(
    _ outputGradient: FloatBuffer, input: FloatBuffer, weight: Int, bias: Int?, inputs: Int,
    outputs: Int, into inputGradient: FloatBuffer, _ weights: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    Products.times(
      Rows(outputGradient.start, stride: outputs), Rows(weights + weight, stride: inputs),
      into: Rows(inputGradient.start, stride: inputs), rows: rows, columns: inputs, inner: outputs)
    Products.addTransposedTimes(
      Rows(outputGradient.start, stride: outputs), Rows(input.start, stride: inputs),
      into: Rows(gradient + weight, stride: inputs), rows: outputs, columns: inputs, inner: rows)
    if let bias { nibble_add_rows(outputGradient.start, rows, outputs, gradient + bias) }
  }

  /// Adds the gradient of a norm's input, from `normedGradient`, to `residualGradient`.
  private func normalizeBackward(
    _ input: FloatBuffer, means: FloatBuffer, inverses: FloatBuffer, gain: Int, shift: Int?,
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    if let shift {
      nibble_layernorm_backward(
        normedGradient.start, input.start, rows, shape.hiddenSize, weights + gain, means.start,
        inverses.start, residualGradient.start, gradient + gain, gradient + shift)
    } else {
      nibble_rmsnorm_backward(
        normedGradient.start, input.start, rows, shape.hiddenSize, weights + gain, inverses.start,
        residualGradient.start, gradient + gain)
    }
  }

  /// From the gradient of the activation's output to that of its input.
  private func activateBackward(_ block: Block) -> FloatBuffer {
    let count = rows * shape.feedForwardSize
    switch (shape.architecture, shape.activation) {
    case (.llama, _):
      nibble_gated_silu_backward(
        block.up.start, activatedGradient.start, upGradient.start, rows, shape.feedForwardSize)
      return upGradient
    case (.opt, .gelu):
      nibble_gelu_backward(block.up.start, activatedGradient.start, count)
    case (.opt, .relu):
      nibble_relu_backward(block.up.start, activatedGradient.start, count)
    }
    return activatedGradient
  }

  /// Each token's gradient goes to its row of the embedding, and to its position's for OPT.
  private func embedBackward(_ gradient: UnsafeMutablePointer<Float>) {
    let hidden = shape.hiddenSize
    for row in 0..<rows {
      let source = residualGradient.start + row * hidden
      nibble_add(source, gradient + layout.embedding + Int(tokens[row]) * hidden, hidden)
      guard let positions = layout.positions else { continue }
      let position = row % batch.length + ParameterLayout.positionOffset
      nibble_add(source, gradient + positions + position * hidden, hidden)
    }
  }
}
