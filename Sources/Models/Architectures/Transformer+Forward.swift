public import Tensors

extension Transformer {
  /// Which rows of logits are wanted.
  public enum LogitRows: Sendable {
    /// Those of every token.
    case all
    /// Those of the last token only, for the next one.
    case last
  }

  /// The logits of the tokens that follow these.
  ///
  /// - Parameters:
  ///   - tokens: Token numbers; with a cache, those that follow the tokens it holds.
  ///   - cache: Where the tokens' keys and values are kept, if more tokens will follow.
  ///   - rows: Whether the logits after every token are wanted or only those after the last.
  ///   - observer: Is shown the input of every linear layer of the blocks.
  /// - Returns: One row a token, or one row; as many columns as the vocabulary has tokens.
  /// - Throws: `ModelError.noTokens`, `.tokenOutOfRange`, `.contextTooLong` or `.notFinite`; the
  ///   cache is then as it was.
  public func logits(
    _ tokens: [Int], cache: KeyValueCache? = nil, rows: LogitRows = .all,
    observer: ((LayerInputs) -> Void)? = nil
  ) throws(ModelError) -> Matrix {
    let span = ForwardPass.Span(
      tokens: tokens, cache: cache ?? .forOnePass(configuration, tokens: tokens.count))
    return try logits([span], rows: rows, observer: observer)
  }

  /// The logits of several texts, computed together: every weight is read once for all.
  ///
  /// - Parameters:
  ///   - batch: The tokens of each text; lengths may differ.
  ///   - caches: One cache a text, if more tokens will follow.
  ///   - rows: Whether the logits after every token are wanted or only those after each last.
  /// - Returns: For each text what ``logits(_:cache:rows:observer:)`` gives.
  /// - Throws: `ModelError`, for the first text that is refused; the caches are then as they were.
  public func logits(
    batch: [[Int]], caches: [KeyValueCache]? = nil, rows: LogitRows = .all
  ) throws(ModelError) -> [Matrix] {
    if let caches, caches.count != batch.count {
      throw .invalidRequest("\(batch.count) texts and \(caches.count) caches; give one a text")
    }
    if let caches, Set(caches.map(ObjectIdentifier.init)).count != caches.count {
      throw .invalidRequest("two texts cannot share a cache")
    }
    let spans = batch.enumerated().map { index, tokens in
      ForwardPass.Span(
        tokens: tokens,
        cache: caches?[index] ?? .forOnePass(configuration, tokens: tokens.count))
    }
    let together = try logits(spans, rows: rows, observer: nil)
    var first = 0
    return batch.map { tokens in
      let count = rows == .all ? tokens.count : 1
      defer { first += count }
      return together.rows(in: first..<first + count)
    }
  }

  private func logits(
    _ spans: [ForwardPass.Span], rows: LogitRows, observer: ((LayerInputs) -> Void)?
  ) throws(ModelError) -> Matrix {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    let (vectors, count) = try lastVectors(spans, rows, workspace, observer)
    var areFinite = true
    let logits = Matrix(rows: count, columns: head.outputs) {
      (target: UnsafeMutableBufferPointer<Float>) in
      guard let output = target.baseAddress else { return }
      expectWrites(target)
      Projection.apply([head], to: vectors, rows: count, into: [output])
      areFinite = Parallel.all(target.count, parts: Parallel.parts(for: target.count)) {
        allFinite(UnsafeBufferPointer(rebasing: target[$0]))
      }
    }
    guard areFinite else { throw notFinite("a logit") }
    for span in spans { span.cache.advance(by: span.tokens.count) }
    return logits
  }

  /// The vectors of a text that the head reads, (tokens, embedding size).
  func finalVectors(_ tokens: [Int]) throws(ModelError) -> Matrix {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    let cache = KeyValueCache.forOnePass(configuration, tokens: tokens.count)
    let (vectors, count) = try lastVectors(
      [ForwardPass.Span(tokens: tokens, cache: cache)], .all, workspace, nil)
    return Matrix(rows: count, columns: head.inputs) {
      (target: UnsafeMutableBufferPointer<Float>) in
      target.baseAddress?.update(from: vectors, count: count * head.inputs)
    }
  }

  /// The vectors before the head, all rows or each text's last, and how many they are.
  private func lastVectors(
    _ spans: [ForwardPass.Span], _ rows: LogitRows, _ workspace: Workspace,
    _ observer: ((LayerInputs) -> Void)?
  ) throws(ModelError) -> (UnsafeMutablePointer<Float>, Int) {
    let pass = ForwardPass(
      model: self, workspace: workspace, spans: spans, observer: observer)
    if spans.isEmpty { throw .noTokens }
    try pass.check()
    for span in spans { span.cache.reserve(span.tokens.count) }
    let hidden = pass.embed()
    pass.prepareAngles()
    for index in blocks.indices { pass.apply(block: index, to: hidden) }
    var count = pass.rows
    if rows == .last {
      var end = 0
      for (index, span) in spans.enumerated() {
        end += span.tokens.count
        let width = configuration.hiddenSize
        if index != end - 1 {
          (hidden + index * width).update(from: hidden + (end - 1) * width, count: width)
        }
      }
      count = spans.count
    }
    let vectors = pass.finish(hidden, rows: count)
    guard allFinite(UnsafeBufferPointer(start: vectors, count: count * head.inputs)) else {
      throw notFinite("the output of the last block")
    }
    return (vectors, count)
  }

  /// The error for numbers that are not finite, with the weights that are to blame.
  func notFinite(_ place: String) -> ModelError {
    let magnitudes = extremeMagnitudes
    let broken = magnitudes.filter { !$0.magnitude.isFinite }.map(\.name)
    if !broken.isEmpty { return .notFinite(place: place, tensors: broken) }
    let suspects = magnitudes.filter { $0.magnitude >= ChannelMagnitudes.implausible }
    return .overflow(place: place, suspects: suspects.map(\.name))
  }

  /// The largest magnitude of every tensor, in the order of the forward pass.
  private var extremeMagnitudes: [(name: String, magnitude: Float)] {
    var found: [(name: String, magnitude: Float)] = []
    func add(_ name: String, _ norm: NormalizationLayer) {
      let values = norm.gain + (norm.offset ?? [])
      found.append((name + ".weight", values.extremeMagnitude))
    }
    if let positionTable { found.append((names.positions, positionTable.extremeMagnitude)) }
    found.append((names.embedding, embedding.extremeMagnitude))
    for id in linearLayers {
      if let layer = layer(id) { found.append((tensorName(of: id), magnitude(of: layer))) }
    }
    for (index, block) in blocks.enumerated() {
      add(names.attentionNorm(index), block.attentionNorm)
      add(names.feedForwardNorm(index), block.feedForwardNorm)
    }
    if let finalNorm { add(names.finalNorm, finalNorm) }
    if !configuration.tiesEmbeddings { found.append((names.head, magnitude(of: head))) }
    return found
  }

  private func magnitude(of layer: any LinearLayer) -> Float {
    let stored = (layer as? any StoredLayer).map { $0.stored as any WeightMatrix }
    let weight = stored?.extremeMagnitude ?? layer.weight.elements.extremeMagnitude
    return [weight, layer.bias?.extremeMagnitude ?? 0].extremeMagnitude
  }
}
