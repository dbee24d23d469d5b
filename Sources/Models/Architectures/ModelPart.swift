/// What a model has beside the linear layers of its blocks: norms and tables.
public enum ModelPart: Hashable, Sendable {
  /// The vector of every token, (vocabulary, embedding size).
  case embedding
  /// The vector of every position, (positions, hidden size), where positions are learned.
  case positions
  /// What leads from the embedding to the blocks, (hidden size, embedding size), where the two differ.
  case projectionIn
  /// What leads from the blocks to the head, (embedding size, hidden size), where the two differ.
  case projectionOut
  /// The output head, (vocabulary, embedding size).
  case head
  /// The norm of a block's attention.
  case attentionNorm(block: Int)
  /// The norm of a block's feed-forward layer.
  case feedForwardNorm(block: Int)
  /// The norm after the last block, if there is one.
  case finalNorm

  /// Those that stand outside the blocks.
  public static let outside: [ModelPart] = [
    .embedding, .positions, .projectionIn, .finalNorm, .projectionOut, .head,
  ]
}
