/// One pass of texts through a model: rows of all texts stacked, attention text by text.
///
/// The functions come in the order in which a token meets them.
struct ForwardPass {
  let model: Transformer
  let workspace: Workspace
  let spans: [Span]
  let observer: ((LayerInputs) -> Void)?

  /// The tokens a text adds, and the cache that holds those before.
  struct Span {
    let tokens: [Int]
    let cache: KeyValueCache
  }

  private var shape: ModelConfiguration { model.configuration }
  /// The rows of all texts.
  var rows: Int { spans.reduce(0) { $0 + $1.tokens.count } }

  /// Refuses tokens and lengths that the model does not have.
  func check() throws(ModelError) {
    for span in spans {
      if span.tokens.isEmpty { throw .noTokens }
      guard span.cache.fits(shape) else {
        throw .invalidRequest("the cache was made for a model of another shape")
      }
      let length = span.cache.length + span.tokens.count
      guard length <= shape.contextLength else {
        throw .contextTooLong(tokens: length, limit: shape.contextLength)
      }
      for (index, token) in span.tokens.enumerated()
      where token < 0 || token >= shape.vocabularySize {
        throw .tokenOutOfRange(
          token: token, position: span.cache.length + index, vocabulary: shape.vocabularySize)
      }
    }
  }

  /// The vectors before the first block, (rows, hidden size).
  func embed() -> UnsafeMutablePointer<Float> {
    let width = shape.embeddingSize
    let hidden = workspace.hidden.reserve(rows * shape.hiddenSize)
    let target = model.projectionIn == nil ? hidden : workspace.embedded.reserve(rows * width)
    var row = 0
    for span in spans {
      for token in span.tokens {
        model.embedding.copyRows(token..<token + 1, to: target + row * width)
        row += 1
      }
    }
    if let projection = model.projectionIn {
      Projection.apply([projection], to: target, rows: rows, into: [hidden])
    }
    addPositions(to: hidden)
    return hidden
  }

  private func addPositions(to hidden: UnsafeMutablePointer<Float>) {
    guard case .learned(let offset) = shape.positions, let table = model.positionTable else {
      return
    }
    let width = shape.hiddenSize
    let position = workspace.normed.reserve(rows * width)
    var row = 0
    for span in spans {
      let first = offset + span.cache.length
      table.copyRows(first..<first + span.tokens.count, to: position + row * width)
      row += span.tokens.count
    }
    for index in 0..<rows * width { hidden[index] += position[index] }
  }

  /// The cosines and sines of every row's position.
  func prepareAngles() {
    guard case .rotary = shape.positions else { return }
    let pairs = model.frequencies.count
    let cosines = workspace.cosines.reserve(rows * pairs)
    let sines = workspace.sines.reserve(rows * pairs)
    var row = 0
    for span in spans {
      RotaryEmbedding.angles(
        model.frequencies, from: span.cache.length, count: span.tokens.count,
        cosines: cosines + row * pairs, sines: sines + row * pairs)
      row += span.tokens.count
    }
  }

  /// One block, in place.
  ///
  /// - Parameters:
  ///   - index: The block.
  ///   - hidden: The vectors.
  ///   - last: Stops where the observer was shown this layer's input, and leaves `hidden` between two steps.
  func apply(
    block index: Int, to hidden: UnsafeMutablePointer<Float>,
    until last: LinearLayerID.Role? = nil
  ) {
    let block = model.blocks[index]
    let normed = workspace.normed.reserve(rows * shape.hiddenSize)
    if shape.normalizesFirst {
      block.attentionNorm.apply(hidden, rows: rows, into: normed)
      guard attend(index, block, from: normed, addingTo: hidden, until: last) else { return }
      block.feedForwardNorm.apply(hidden, rows: rows, into: normed)
      _ = feedForward(index, block, from: normed, addingTo: hidden, until: last)
    } else {
      guard attend(index, block, from: hidden, addingTo: hidden, until: last) else { return }
      block.attentionNorm.apply(hidden, rows: rows, into: hidden)
      guard feedForward(index, block, from: hidden, addingTo: hidden, until: last) else { return }
      block.feedForwardNorm.apply(hidden, rows: rows, into: hidden)
    }
  }

  /// hidden += O · attention(Q x, K x, V x); false where it stopped at the last layer.
  private func attend(
    _ index: Int, _ block: TransformerBlock, from input: UnsafeMutablePointer<Float>,
    addingTo hidden: UnsafeMutablePointer<Float>, until last: LinearLayerID.Role?
  ) -> Bool {
    let keyWidth = shape.keyValueWidth
    let queries = workspace.queries.reserve(rows * shape.queryWidth)
    let keys = workspace.keys.reserve(rows * keyWidth)
    let values = workspace.values.reserve(rows * keyWidth)
    observe(index, [.query, .key, .value], input, shape.hiddenSize)
    if last == .query || last == .key || last == .value { return false }
    Projection.apply(
      [block[.query], block[.key], block[.value]], to: input, rows: rows,
      into: [queries, keys, values])
    if case .rotary(let rotary) = shape.positions {
      let (cosines, sines) = (workspace.cosines.start, workspace.sines.start)
      rotary.rotate(
        queries, rows: rows, heads: shape.headCount, headSize: shape.headSize, cosines: cosines,
        sines: sines)
      rotary.rotate(
        keys, rows: rows, heads: shape.keyValueHeadCount, headSize: shape.headSize,
        cosines: cosines, sines: sines)
    }
    let attended = workspace.attended.reserve(rows * shape.queryWidth)
    var jobs: [CausalAttention.Job] = []
    var row = 0
    for span in spans {
      let (count, before) = (span.tokens.count, span.cache.length)
      let storedKeys = span.cache.keys(layer: index)
      let storedValues = span.cache.values(layer: index)
      (storedKeys + before * keyWidth).update(from: keys + row * keyWidth, count: count * keyWidth)
      (storedValues + before * keyWidth)
        .update(from: values + row * keyWidth, count: count * keyWidth)
      jobs.append(
        CausalAttention.Job(
          queries: queries + row * shape.queryWidth, outputs: attended + row * shape.queryWidth,
          count: count, keys: storedKeys, values: storedValues, keyCount: before + count))
      row += count
    }
    CausalAttention(
      headCount: shape.headCount, keyValueHeadCount: shape.keyValueHeadCount,
      headSize: shape.headSize, window: shape.windows[index]
    ).apply(jobs)
    observe(index, [.attentionOutput], attended, shape.queryWidth)
    if last == .attentionOutput { return false }
    Projection.apply(
      [block[.attentionOutput]], to: attended, rows: rows, adding: true, into: [hidden])
    return true
  }

  /// hidden += down(activation(up x)), or down(activation(gate x) · up x); false where it stopped.
  private func feedForward(
    _ index: Int, _ block: TransformerBlock, from input: UnsafeMutablePointer<Float>,
    addingTo hidden: UnsafeMutablePointer<Float>, until last: LinearLayerID.Role?
  ) -> Bool {
    let count = rows * shape.feedForwardSize
    let inner = workspace.inner.reserve(count)
    if shape.isGated {
      let gate = workspace.gate.reserve(count)
      observe(index, [.gate, .up], input, shape.hiddenSize)
      if last == .gate || last == .up { return false }
      Projection.apply([block[.gate], block[.up]], to: input, rows: rows, into: [inner, gate])
      shape.activation.apply(to: inner, times: gate, count: count)
    } else {
      observe(index, [.up], input, shape.hiddenSize)
      if last == .up { return false }
      Projection.apply([block[.up]], to: input, rows: rows, into: [inner])
      shape.activation.apply(to: inner, times: nil, count: count)
    }
    observe(index, [.down], inner, shape.feedForwardSize)
    if last == .down { return false }
    Projection.apply([block[.down]], to: inner, rows: rows, adding: true, into: [hidden])
    return true
  }

  private func observe(
    _ block: Int, _ roles: [LinearLayerID.Role], _ input: UnsafePointer<Float>, _ columns: Int
  ) {
    guard let observer else { return }
    observer(
      LayerInputs(
        layers: roles.map { LinearLayerID(block: block, role: $0) },
        values: UnsafeBufferPointer(start: input, count: rows * columns), rows: rows,
        columns: columns))
  }

  /// The vectors the head reads, (rows, embedding size), from those after the last block.
  func finish(_ hidden: UnsafeMutablePointer<Float>, rows: Int) -> UnsafeMutablePointer<Float> {
    if let norm = model.finalNorm { norm.apply(hidden, rows: rows, into: hidden) }
    guard let projection = model.projectionOut else { return hidden }
    let result = workspace.embedded.reserve(rows * shape.embeddingSize)
    Projection.apply([projection], to: hidden, rows: rows, into: [result])
    return result
  }
}
