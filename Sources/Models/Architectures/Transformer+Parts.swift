public import Tensors

// Norms and tables taken out and put back: what transformations that keep the function need, such as
// folding a norm's gain into the layers after it.
extension Transformer {
  /// The name a part has in the checkpoint: a table's own, a norm's without `.weight` or `.bias`.
  ///
  /// - Parameter part: Which part.
  /// - Returns: The name, whether or not the model has the part.
  public func tensorName(of part: ModelPart) -> String {
    switch part {
    case .embedding: names.embedding
    case .positions: names.positions
    case .projectionIn: names.projectionIn
    case .projectionOut: names.projectionOut
    case .head: names.head
    case .attentionNorm(let block): names.attentionNorm(block)
    case .feedForwardNorm(let block): names.feedForwardNorm(block)
    case .finalNorm: names.finalNorm
    }
  }

  /// A norm.
  ///
  /// - Parameter part: Which norm.
  /// - Returns: The norm; nil for a table, and for a norm that the model does not have.
  public func norm(_ part: ModelPart) -> NormalizationLayer? {
    switch part {
    case .attentionNorm(let block) where blocks.indices.contains(block):
      blocks[block].attentionNorm
    case .feedForwardNorm(let block) where blocks.indices.contains(block):
      blocks[block].feedForwardNorm
    case .finalNorm: finalNorm
    default: nil
    }
  }

  /// A table as floats.
  ///
  /// - Parameter part: Which table.
  /// - Returns: A copy; nil for a norm, and for a table that the model does not have.
  public func table(_ part: ModelPart) -> Matrix? {
    switch part {
    case .embedding: embedding.matrix
    case .positions: positionTable?.matrix
    case .projectionIn: projectionIn?.weight
    case .projectionOut: projectionOut?.weight
    case .head: head.weight
    default: nil
    }
  }

  /// Puts another norm in a norm's place.
  ///
  /// - Parameters:
  ///   - part: Which norm.
  ///   - norm: Of the same kind and width; an offset where the other has one.
  /// - Throws: `ModelError.invalidRequest` for a norm that the model does not have or that differs in form.
  public mutating func replace(
    _ part: ModelPart, with norm: NormalizationLayer
  ) throws(ModelError) {
    guard let old = self.norm(part) else {
      throw .invalidRequest("the model has no norm \(tensorName(of: part))")
    }
    guard old.kind == norm.kind, old.gain.count == norm.gain.count,
      (old.offset == nil) == (norm.offset == nil)
    else {
      throw .invalidRequest(
        "\(tensorName(of: part)): a norm of \(norm.gain.count) channels, another kind or another form cannot take "
          + "the place of one of \(old.gain.count)")
    }
    switch part {
    case .attentionNorm(let block): blocks[block].attentionNorm = norm
    case .feedForwardNorm(let block): blocks[block].feedForwardNorm = norm
    default: finalNorm = norm
    }
  }

  /// Puts another table in a table's place.
  ///
  /// Embedding and head are two tables from then on, where they were one: a head that was tied stays
  /// what it was when the embedding changes.
  ///
  /// - Parameters:
  ///   - part: Which table.
  ///   - table: Of the same shape.
  /// - Throws: `ModelError.replacementShape`, or `.invalidRequest` for a table that the model does not have.
  public mutating func replace(_ part: ModelPart, with table: Matrix) throws(ModelError) {
    let (rows, columns): (Int, Int)
    switch part {
    case .embedding: (rows, columns) = (embedding.rows, embedding.columns)
    case .positions: (rows, columns) = (positionTable?.rows ?? 0, positionTable?.columns ?? 0)
    case .projectionIn: (rows, columns) = (projectionIn?.outputs ?? 0, projectionIn?.inputs ?? 0)
    case .projectionOut: (rows, columns) = (projectionOut?.outputs ?? 0, projectionOut?.inputs ?? 0)
    case .head: (rows, columns) = (head.outputs, head.inputs)
    default: (rows, columns) = (0, 0)
    }
    guard rows > 0 else {
      throw .invalidRequest("the model has no table \(tensorName(of: part))")
    }
    guard table.rows == rows, table.columns == columns else {
      throw .replacementShape(
        name: tensorName(of: part), outputs: table.rows, inputs: table.columns,
        expected: [rows, columns])
    }
    let weight = DenseWeight(table)
    switch part {
    case .embedding: embedding = weight
    case .positions: positionTable = weight
    case .projectionIn: projectionIn = weight.layer(bias: nil)
    case .projectionOut: projectionOut = weight.layer(bias: nil)
    default: head = weight.layer(bias: nil)
    }
    if part == .embedding || part == .head { configuration.tiesEmbeddings = false }
  }
}
