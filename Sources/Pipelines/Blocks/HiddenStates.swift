internal import Models
internal import Tensors

/// The vectors of every calibration sequence between two blocks: what the next block is given.
///
/// All that passes from one block to the next. With a method that compares with the float model, the vectors
/// of the float model are carried along.
struct HiddenStates: Sendable, Equatable {
  /// A matrix [tokens, hidden size] a sequence, made by the blocks before as they are quantized.
  var sequences: [Matrix]
  /// The same in the float model; empty where nobody asks.
  var exact: [Matrix]

  /// The vectors before the first block.
  ///
  /// - Parameters:
  ///   - set: The sequences.
  ///   - model: The model.
  ///   - keepingExact: Whether the float model's are carried along.
  /// - Throws: `PipelineError.model` for tokens or lengths that the model does not have.
  init(
    embedding set: CalibrationSet, in model: Transformer, keepingExact: Bool
  ) throws(PipelineError) {
    var sequences: [Matrix] = []
    for tokens in set.sequences {
      sequences.append(try asModelWork { () throws(ModelError) in try model.embedded(tokens) })
    }
    self.sequences = sequences
    exact = keepingExact ? sequences : []
  }

  /// States that were kept.
  init(sequences: [Matrix], exact: [Matrix]) {
    self.sequences = sequences
    self.exact = exact
  }

  /// The number of tokens in all sequences.
  var tokens: Int { sequences.reduce(0) { $0 + $1.rows } }
}
