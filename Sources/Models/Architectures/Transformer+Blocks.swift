public import Tensors

extension Transformer {
  /// The vectors of a text before the first block.
  ///
  /// With ``output(ofBlock:for:observer:)`` and ``logits(fromLast:)`` a forward pass block by block, for
  /// calibrating one block on what the blocks before it, quantized already, make of a text.
  ///
  /// - Parameter tokens: The text's tokens.
  /// - Returns: (tokens, hidden size).
  /// - Throws: `ModelError.noTokens`, `.tokenOutOfRange` or `.contextTooLong`.
  public func embedded(_ tokens: [Int]) throws(ModelError) -> Matrix {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    let pass = ForwardPass(
      model: self, workspace: workspace,
      spans: [.init(tokens: tokens, cache: .forOnePass(configuration, tokens: tokens.count))],
      observer: nil)
    try pass.check()
    return copied(pass.embed(), rows: tokens.count)
  }

  /// What a block makes of the vectors of a text.
  ///
  /// - Parameters:
  ///   - index: The block, counted from 0.
  ///   - vectors: The output of the block before, (tokens, hidden size), of a whole text.
  ///   - observer: Is shown the input of every linear layer of the block.
  /// - Returns: (tokens, hidden size).
  public func output(
    ofBlock index: Int, for vectors: Matrix, observer: ((LayerInputs) -> Void)? = nil
  ) -> Matrix {
    run(block: index, on: vectors, until: nil, observer: observer) { hidden in
      copied(hidden, rows: vectors.rows)
    }
  }

  /// Shows what the linear layers of a block are given, and computes nothing after the last of them.
  ///
  /// Saves the product of the last layer, a third of a block's work, where only inputs are asked for.
  ///
  /// - Parameters:
  ///   - index: The block, counted from 0.
  ///   - vectors: The output of the block before, (tokens, hidden size), of a whole text.
  ///   - last: The last layer whose input is shown.
  ///   - observer: Is shown the inputs, in the order of the forward pass.
  public func showInputs(
    ofBlock index: Int, for vectors: Matrix, upTo last: LinearLayerID.Role = .down,
    to observer: @escaping (LayerInputs) -> Void
  ) {
    run(block: index, on: vectors, until: last, observer: observer) { _ in }
  }

  /// Runs a block, or its beginning, on a copy of the vectors, which `body` is given.
  private func run<Result>(
    block index: Int, on vectors: Matrix, until last: LinearLayerID.Role?,
    observer: ((LayerInputs) -> Void)?, _ body: (UnsafeMutablePointer<Float>) -> Result
  ) -> Result {
    precondition(blocks.indices.contains(index), "block \(index) of \(blocks.count)")
    precondition(
      vectors.columns == configuration.hiddenSize && vectors.rows <= configuration.contextLength,
      "\(vectors.rows) × \(vectors.columns) vectors for a hidden size of \(configuration.hiddenSize)"
    )
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    let pass = ForwardPass(
      model: self, workspace: workspace,
      spans: [
        .init(
          tokens: [Int](repeating: 0, count: vectors.rows),  // only their number matters here
          cache: .forOnePass(configuration, tokens: vectors.rows))
      ], observer: observer)
    let hidden = workspace.hidden.reserve(vectors.count)
    vectors.elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { hidden.update(from: start, count: source.count) }
    }
    pass.prepareAngles()
    pass.apply(block: index, to: hidden, until: last)
    return body(hidden)
  }

  /// The logits that follow from the last block's output.
  ///
  /// - Parameter vectors: (tokens, hidden size).
  /// - Returns: (tokens, vocabulary).
  public func logits(fromLast vectors: Matrix) -> Matrix {
    precondition(
      vectors.columns == configuration.hiddenSize, "vectors of \(vectors.columns) channels")
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    let pass = ForwardPass(model: self, workspace: workspace, spans: [], observer: nil)
    let hidden = workspace.hidden.reserve(vectors.count)
    vectors.elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { hidden.update(from: start, count: source.count) }
    }
    let last = pass.finish(hidden, rows: vectors.rows)
    return Matrix(rows: vectors.rows, columns: head.outputs) {
      (target: UnsafeMutableBufferPointer<Float>) in
      guard let output = target.baseAddress else { return }
      Projection.apply([head], to: last, rows: vectors.rows, into: [output])
    }
  }

  private func copied(_ start: UnsafePointer<Float>, rows: Int) -> Matrix {
    Matrix(rows: rows, columns: configuration.hiddenSize) {
      (target: UnsafeMutableBufferPointer<Float>) in
      target.baseAddress?.update(from: start, count: rows * configuration.hiddenSize)
    }
  }
}
