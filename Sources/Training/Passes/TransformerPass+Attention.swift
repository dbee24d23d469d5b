internal import CKernels

// Causal attention, a block of rows at a time: of a window's scores only the columns up to the block's
// last row are computed, five eighths of a square of 256 with blocks of 64.

extension TransformerPass {
  /// One head of one window inside the buffers.
  struct Head {
    let queries: Rows
    let keys: Rows
    let values: Rows
    let probabilities: Rows
    let context: Rows
  }

  /// The places of a head, in the buffers given: the activations or their gradients.
  func head(
    _ head: Int, of window: Int, fused: FloatBuffer, probabilities: FloatBuffer,
    context: FloatBuffer
  ) -> Head {
    let size = shape.headSize
    let group = head / (shape.heads / shape.keyValueHeads)
    let base = fused.start + window * batch.length * shape.fusedWidth
    let keys = base + (shape.heads + group) * size
    return Head(
      queries: Rows(base + head * size, stride: shape.fusedWidth),
      keys: Rows(keys, stride: shape.fusedWidth),
      values: Rows(keys + shape.keyValueHeads * size, stride: shape.fusedWidth),
      probabilities: Rows(
        probabilities.start + (window * shape.heads + head) * batch.length * batch.length,
        stride: batch.length),
      context: Rows(
        context.start + window * batch.length * shape.hiddenSize + head * size,
        stride: shape.hiddenSize))
  }

  private var scale: Float { Float(1 / Double(shape.headSize).squareRoot()) }

  /// context = softmax(queries · keysᵀ / √size, causal) · values, for every head and window.
  func attend(_ block: Block) {
    for window in 0..<batch.windows {
      for index in 0..<shape.heads {
        let head = head(
          index, of: window, fused: block.fused, probabilities: block.probabilities,
          context: block.context)
        for first in stride(from: 0, to: batch.length, by: Self.attentionRows) {
          attend(head, rows: first..<min(first + Self.attentionRows, batch.length))
        }
      }
    }
  }

  private func attend(_ head: Head, rows: Range<Int>) {
    let scores = head.probabilities.from(rows.lowerBound)
    Products.timesTransposed(
      head.queries.from(rows.lowerBound), head.keys, into: scores, rows: rows.count,
      columns: rows.upperBound, inner: shape.headSize, factor: scale)
    nibble_causal_softmax(
      scores.start, rows.count, rows.upperBound, scores.stride, rows.lowerBound)
    Products.times(
      scores, head.values, into: head.context.from(rows.lowerBound), rows: rows.count,
      columns: shape.headSize, inner: rows.upperBound)
  }

  /// From the gradient of the context to that of queries, keys and values.
  ///
  /// - Parameters:
  ///   - block: What forward left.
  ///   - contextGradient: The gradient of `context`, shape (N, d).
  func attendBackward(_ block: Block, contextGradient: FloatBuffer) {
    // Queries are written, keys and values added to: by each block of rows and each head of a group.
    fusedGradient.zero()
    for window in 0..<batch.windows {
      for index in 0..<shape.heads {
        let head = head(
          index, of: window, fused: block.fused, probabilities: block.probabilities,
          context: contextGradient)
        let gradient = self.head(
          index, of: window, fused: fusedGradient, probabilities: block.probabilities,
          context: contextGradient)
        for first in stride(from: 0, to: batch.length, by: Self.attentionRows) {
          attendBackward(
            head, gradient, rows: first..<min(first + Self.attentionRows, batch.length))
        }
      }
    }
  }

  private func attendBackward(_ head: Head, _ gradient: Head, rows: Range<Int>) {
    let (first, columns, size) = (rows.lowerBound, rows.upperBound, shape.headSize)
    let probabilities = head.probabilities.from(first)
    let outputs = gradient.context.from(first)
    // dV += Pᵀ dO
    Products.addTransposedTimes(
      probabilities, outputs, into: gradient.values, rows: columns, columns: size,
      inner: rows.count)
    // dP = dO Vᵀ, then dS = P (dP − Σ dP P) / √size
    let scores = Rows(scoreGradient.start, stride: columns)
    Products.timesTransposed(
      outputs, head.values, into: scores, rows: rows.count, columns: columns, inner: size)
    nibble_softmax_backward(
      probabilities.start, scores.start, rows.count, columns, probabilities.stride, columns, scale)
    // dQ = dS K, dK += dSᵀ Q
    Products.times(
      scores, head.keys, into: gradient.queries.from(first), rows: rows.count, columns: size,
      inner: columns)
    Products.addTransposedTimes(
      scores, head.queries.from(first), into: gradient.keys, rows: columns, columns: size,
      inner: rows.count)
  }
}

extension Rows {
  /// The rows from one on.
  func from(_ row: Int) -> Rows { Rows(start + row * stride, stride: stride) }
}
