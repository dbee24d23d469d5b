internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

extension Transformer {
  /// The logits of every token, by plain loops in double precision: it explains the forward pass and
  /// judges ``logits(_:cache:rows:observer:)``.
  ///
  /// Slow: for small models and short texts.
  ///
  /// - Parameter tokens: Token numbers of the vocabulary, no more than the model has positions.
  /// - Returns: One row a token, one number for each token of the vocabulary.
  public func logitsReference(_ tokens: [Int]) -> [[Double]] {
    var vectors = embeddedReference(tokens)
    for index in blocks.indices {
      let block = blocks[index]
      // Pre-norm: x += f(norm(x)). Post-norm: x = norm(x + f(x)).
      let first = configuration.normalizesFirst
      var change = attentionReference(
        index, first ? vectors.map(block.attentionNorm.reference) : vectors)
      vectors = sums(vectors, change)
      if !first { vectors = vectors.map(block.attentionNorm.reference) }
      change = feedForwardReference(
        block, first ? vectors.map(block.feedForwardNorm.reference) : vectors)
      vectors = sums(vectors, change)
      if !first { vectors = vectors.map(block.feedForwardNorm.reference) }
    }
    if let finalNorm { vectors = vectors.map(finalNorm.reference) }
    if let projectionOut { vectors = linear(projectionOut, vectors) }
    return linear(head, vectors)
  }

  private func embeddedReference(_ tokens: [Int]) -> [[Double]] {
    let table = embedding.matrix
    var vectors = tokens.map { table.row($0).map(Double.init) }
    if let projectionIn { vectors = linear(projectionIn, vectors) }
    if case .learned(let offset) = configuration.positions, let positionTable {
      let positions = positionTable.matrix
      vectors = vectors.enumerated().map { position, vector in
        zip(vector, positions.row(offset + position)).map { $0 + Double($1) }
      }
    }
    return vectors
  }

  private func attentionReference(_ index: Int, _ inputs: [[Double]]) -> [[Double]] {
    let block = blocks[index]
    let size = configuration.headSize
    let queries = rotated(linear(block[.query], inputs))
    let keys = rotated(linear(block[.key], inputs))
    let values = linear(block[.value], inputs)
    let joined = inputs.indices.map { token in
      (0..<configuration.headCount).flatMap { head -> [Double] in
        let shared = head / (configuration.headCount / configuration.keyValueHeadCount)
        let own = head * size..<(head + 1) * size
        let others = shared * size..<(shared + 1) * size
        let first = configuration.windows[index].map { max(0, token - $0 + 1) } ?? 0
        let scores = (first...token).map { other in
          dot(queries[token][own], keys[other][others]) / Double(size).squareRoot()
        }
        let weights = softmaxReference(scores)
        return others.map { channel in
          zip(weights, first...token).reduce(0) { $0 + $1.0 * values[$1.1][channel] }
        }
      }
    }
    return linear(block[.attentionOutput], joined)
  }

  private func feedForwardReference(
    _ block: TransformerBlock, _ inputs: [[Double]]
  ) -> [[Double]] {
    var inner = linear(block[configuration.isGated ? .gate : .up], inputs)
      .map { $0.map(configuration.activation.reference) }
    if configuration.isGated {
      inner = zip(inner, linear(block[.up], inputs)).map { zip($0, $1).map { $0 * $1 } }
    }
    return linear(block[.down], inner)
  }

  /// Turns every head's pairs of channels by position times frequency.
  private func rotated(_ rows: [[Double]]) -> [[Double]] {
    guard case .rotary(let rotary) = configuration.positions else { return rows }
    let size = configuration.headSize
    return rows.enumerated().map { position, row in
      var row = row
      for head in stride(from: 0, to: row.count, by: size) {
        for (pair, frequency) in frequencies.enumerated() {
          let angle = Double(Float(position) * frequency)
          let (one, other) =
            switch rotary.layout {
            case .halves: (head + pair, head + pair + size / 2)
            case .interleaved: (head + 2 * pair, head + 2 * pair + 1)
            }
          let (x, y) = (row[one], row[other])
          row[one] = x * cos(angle) - y * sin(angle)
          row[other] = y * cos(angle) + x * sin(angle)
        }
      }
      return row
    }
  }

  private func linear(_ layer: any LinearLayer, _ rows: [[Double]]) -> [[Double]] {
    let weight = layer.weight
    let bias = layer.bias
    let weights = (0..<weight.rows).map { weight.row($0).map(Double.init) }
    return rows.map { row in
      weights.indices.map { output in
        dot(weights[output][...], row[...]) + (bias.map { Double($0[output]) } ?? 0)
      }
    }
  }

  private func sums(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
    zip(left, right).map { zip($0, $1).map { $0 + $1 } }
  }
}

/// Exponentials divided by their sum; the largest is taken out first, so that none overflows.
func softmaxReference(_ scores: [Double]) -> [Double] {
  let largest = scores.max() ?? 0
  let weights = scores.map { exp($0 - largest) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

private func dot(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}

extension NormalizationLayer {
  /// One row, by the formula.
  func reference(_ row: [Double]) -> [Double] {
    let count = Double(row.count)
    switch kind {
    case .layerNorm(let epsilon):
      let mean = row.reduce(0, +) / count
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      let root = (variance + Double(epsilon)).squareRoot()
      return row.indices.map {
        (row[$0] - mean) / root * Double(gain[$0]) + Double(offset?[$0] ?? 0)
      }
    case .rootMeanSquare(let epsilon):
      let square = row.reduce(0) { $0 + $1 * $1 } / count
      let root = (square + Double(epsilon)).squareRoot()
      return row.indices.map { row[$0] / root * Double(gain[$0]) }
    }
  }
}

extension ModelConfiguration.Activation {
  /// One number, by the formula.
  func reference(_ x: Double) -> Double {
    switch self {
    case .relu: max(x, 0)
    case .gelu: x * (1 + erf(x / 2.0.squareRoot())) / 2
    case .geluTanh: x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    case .silu: x / (1 + exp(-x))
    }
  }
}
