internal import Tensors
public import Tokenizers

/// A model and the tokenizer it was trained with: text in, text out.
public struct TextModel: Sendable {
  /// The model.
  public let transformer: Transformer
  /// Its tokenizer.
  public let tokenizer: Tokenizer
  /// Where both were found.
  public let path: String

  /// Opens a model with its tokenizer.
  ///
  /// - Parameters:
  ///   - path: What ``Transformer/init(path:keepsBlocks:withoutOutliers:)`` opens, with a tokenizer where
  ///     `Tokenizer.ofModel(at:)` looks for one.
  ///   - withoutOutliers: Whether planted outlier channels are taken back.
  /// - Throws: `ModelError`; a tokenizer whose ids the model does not have is
  ///   `.tokenizerDoesNotFit`.
  public init(path: String, withoutOutliers: Bool = false) throws(ModelError) {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw ModelError(error)
    }
    transformer = try Transformer(
      checkpoint: checkpoint, at: path, withoutOutliers: withoutOutliers)
    tokenizer = try Tokenizer.ofModel(at: path, checkpoint: checkpoint)
    self.path = path
    // Embeddings are often filled up to a round number; never to more than twice the tokens.
    let (tokens, vocabulary) = (
      tokenizer.vocabularySize, transformer.configuration.vocabularySize
    )
    guard tokens <= vocabulary, vocabulary <= 2 * tokens else {
      throw .tokenizerDoesNotFit(path: path, tokens: tokens, vocabulary: vocabulary)
    }
  }

  /// The token that begins a sequence: the configuration's, or else the tokenizer's own.
  ///
  /// A `tokenizer.json` alone does not say which token it is, and the one that is called `<s>` may never
  /// have been trained: OPT's texts begin with `</s>`.
  public var beginningToken: Int? {
    transformer.configuration.beginningToken ?? tokenizer.specialIDs.begin
  }

  /// The tokens that end a text: the configuration's, or else the tokenizer's own.
  public var endTokens: Set<Int> {
    let configured = transformer.configuration.endTokens
    return Set(configured.isEmpty ? [tokenizer.specialIDs.end].compactMap { $0 } : configured)
  }
}
