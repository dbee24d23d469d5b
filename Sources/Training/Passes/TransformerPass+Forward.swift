internal import CKernels

extension TransformerPass {
  /// Computes everything up to the input of the head.
  ///
  /// - Parameters:
  ///   - tokens: `windows` windows of `length` tokens, one after the other; all below the vocabulary.
  ///   - windows: How many, at most as many as the pass was made for.
  ///   - length: How long, at most as long as the pass was made for.
  ///   - weights: The parameters, in the layout's order.
  func forward(
    _ tokens: [Int32], windows: Int, length: Int, weights: UnsafeMutablePointer<Float>
  ) {
    precondition(windows <= self.windows && length <= self.length, "\(windows) × \(length)")
    precondition(tokens.count == windows * length, "\(tokens.count) tokens")
    self.tokens = tokens
    batch = (windows, length)
    embed(weights, into: blocks[0].residual.start)
    for layer in blocks.indices {
      let output = layer + 1 < blocks.count ? blocks[layer + 1].residual : last
      forward(layer, weights, into: output.start)
    }
    normalize(
      last, weights + layout.finalNorm, layout.finalShift.map { weights + $0 }, into: lastNormed,
      means: lastMeans, inverses: lastInverses)
    round(lastNormed, width: shape.hiddenSize)
  }

  /// Each token's row of the embedding, and its position's for OPT.
  private func embed(
    _ weights: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let hidden = shape.hiddenSize
    for row in 0..<rows {
      let token = weights + layout.embedding + Int(tokens[row]) * hidden
      (target + row * hidden).update(from: token, count: hidden)
      guard let positions = layout.positions else { continue }
      let position = row % batch.length + ParameterLayout.positionOffset
      nibble_add(weights + positions + position * hidden, target + row * hidden, hidden)
    }
  }

  private func forward(
    _ layer: Int, _ weights: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    let (block, place) = (blocks[layer], layout.blocks[layer])
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    normalize(
      block.residual, weights + place.firstNorm, place.firstShift.map { weights + $0 },
      into: block.firstNormed, means: block.firstMeans, inverses: block.firstInverses)
    round(block.firstNormed, width: hidden)
    linear(
      block.firstNormed, weights + place.fused, place.fusedBias.map { weights + $0 },
      into: block.fused.start, inputs: hidden, outputs: shape.fusedWidth)
    rotate(block.fused, direction: 1)
    attend(block)
    round(block.context, width: hidden)
    linear(
      block.context, weights + place.out, place.outBias.map { weights + $0 },
      into: block.middle.start, inputs: hidden, outputs: hidden, addedTo: block.residual)
    normalize(
      block.middle, weights + place.secondNorm, place.secondShift.map { weights + $0 },
      into: block.secondNormed, means: block.secondMeans, inverses: block.secondInverses)
    round(block.secondNormed, width: hidden)
    linear(
      block.secondNormed, weights + place.up, place.upBias.map { weights + $0 },
      into: block.up.start, inputs: hidden, outputs: shape.upWidth)
    activate(block)
    round(block.activated, width: inner)
    linear(
      block.activated, weights + place.down, place.downBias.map { weights + $0 }, into: output,
      inputs: inner, outputs: hidden, addedTo: block.middle)
  }

  /// LayerNorm where there is a shift, RMSNorm where there is none.
  private func normalize(
    _ input: FloatBuffer, _ gain: UnsafeMutablePointer<Float>,
    _ shift: UnsafeMutablePointer<Float>?, into output: FloatBuffer, means: FloatBuffer,
    inverses: FloatBuffer
  ) {
    let epsilon = Float(shape.normEpsilon)
    if let shift {
      nibble_layernorm(
        input.start, rows, shape.hiddenSize, gain, shift, epsilon, output.start, means.start,
        inverses.start)
    } else {
      nibble_rmsnorm(
        input.start, rows, shape.hiddenSize, gain, epsilon, output.start, inverses.start)
    }
  }

  /// output = input · weightᵀ + bias, plus what it is added to.
  private func linear(
    _ input: FloatBuffer, _ weight: UnsafeMutablePointer<Float>,
    _ bias: UnsafeMutablePointer<Float>?, into output: UnsafeMutablePointer<Float>, inputs: Int,
    outputs: Int, addedTo base: FloatBuffer? = nil
  ) {
    let isAdding = base != nil || bias != nil
    if isAdding { nibble_add_bias(base?.start, bias, output, rows, outputs) }
    Products.timesTransposed(
      Rows(input.start, stride: inputs), Rows(weight, stride: inputs),
      into: Rows(output, stride: outputs), rows: rows, columns: outputs, inner: inputs,
      keep: isAdding ? 1 : 0)
  }

  /// Turns queries and keys by their positions, forward or back; nothing for OPT.
  func rotate(_ fused: FloatBuffer, direction: Float) {
    guard shape.architecture == .llama else { return }
    nibble_rotate_pairs(
      fused.start, rows, shape.fusedWidth, shape.heads + shape.keyValueHeads, shape.headSize / 2,
      batch.length, cosines.start, sines.start, direction)
  }

  private func activate(_ block: Block) {
    switch (shape.architecture, shape.activation) {
    case (.llama, _):
      nibble_gated_silu(block.up.start, block.activated.start, rows, shape.feedForwardSize)
    case (.opt, .gelu):
      nibble_gelu(block.up.start, block.activated.start, rows * shape.feedForwardSize)
    case (.opt, .relu):
      let count = rows * shape.feedForwardSize
      if keepsUp { block.activated.start.update(from: block.up.start, count: count) }
      nibble_relu(block.activated.start, count)
    }
  }

  private func round(_ buffer: FloatBuffer, width: Int) {
    guard let activationSteps else { return }
    nibble_round_rows(buffer.start, rows, width, activationSteps)
  }
}
