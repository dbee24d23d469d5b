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
  func apply(block index: Int, to hidden: UnsafeMutablePointer<Float>) {
    let block = model.blocks[index]
    let normed = workspace.normed.reserve(rows * shape.hiddenSize)
    if shape.normalizesFirst {
      block.attentionNorm.apply(hidden, rows: rows, into: normed)
      attend(index, block, from: normed, addingTo: hidden)
      block.feedForwardNorm.apply(hidden, rows: rows, into: normed)
      feedForward(index, block, from: normed, addingTo: hidden)
    } else {
      attend(index, block, from: hidden, addingTo: hidden)
      block.attentionNorm.apply(hidden, rows: rows, into: hidden)
      feedForward(index, block, from: hidden, addingTo: hidden)
      block.feedForwardNorm.apply(hidden, rows: rows, into: hidden)
    }
  }

  /// hidden += O · attention(Q x, K x, V x).
  private func attend(
    _ index: Int, _ block: TransformerBlock, from input: UnsafeMutablePointer<Float>,
    addingTo hidden: UnsafeMutablePointer<Float>
  ) {
    let keyWidth = shape.keyValueWidth
    let queries = workspace.queries.reserve(rows * shape.queryWidth)
    let keys = workspace.keys.reserve(rows * keyWidth)
    let values = workspace.values.reserve(rows * keyWidth)
    observe(index, [.query, .key, .value], input, shape.hiddenSize)
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
    Projection.apply(
      [block[.attentionOutput]], to: attended, rows: rows, adding: true, into: [hidden])
  }

  /// hidden += down(activation(up x)), or down(activation(gate x) · up x).
  private func feedForward(
    _ index: Int, _ block: TransformerBlock, from input: UnsafeMutablePointer<Float>,
    addingTo hidden: UnsafeMutablePointer<Float>
  ) {
    let count = rows * shape.feedForwardSize
    let inner = workspace.inner.reserve(count)
    if shape.isGated {
      let gate = workspace.gate.reserve(count)
      observe(index, [.gate, .up], input, shape.hiddenSize)
      Projection.apply([block[.gate], block[.up]], to: input, rows: rows, into: [inner, gate])
      shape.activation.apply(to: inner, times: gate, count: count)
    } else {
      observe(index, [.up], input, shape.hiddenSize)
      Projection.apply([block[.up]], to: input, rows: rows, into: [inner])
      shape.activation.apply(to: inner, times: nil, count: count)
    }
    observe(index, [.down], inner, shape.feedForwardSize)
    Projection.apply([block[.down]], to: inner, rows: rows, adding: true, into: [hidden])
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
