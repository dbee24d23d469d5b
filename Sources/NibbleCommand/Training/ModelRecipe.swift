import Training

/// All that decides what a shipped model is: its tokenizer, its training, and its outliers.
struct ModelRecipe: Codable, Equatable {
  /// How the tokenizer is learned: from the first passages of each grammar's training split.
  struct TokenizerRecipe: Codable, Equatable {
    /// Passages of each grammar.
    var passages: Int
  }

  /// Which channels of the norms' outputs are made large after training.
  struct OutlierRecipe: Codable, Equatable {
    /// How many channels.
    var count: Int
    /// The smallest and the largest binary logarithm of a factor.
    var exponents: [Int]
    /// Which channels and factors.
    var seed: UInt64
  }

  var tokenizer: TokenizerRecipe
  var training: TrainingRecipe
  var outliers: OutlierRecipe?

  /// Checks what this recipe adds to the training's own.
  ///
  /// - Throws: `TrainingError.impossibleRecipe`.
  func validate() throws(TrainingError) {
    try training.validate()
    guard tokenizer.passages >= 1 else {
      throw .impossibleRecipe(
        reason: "a tokenizer learned from \(tokenizer.passages) passages; 1 or more are needed")
    }
    guard let outliers else { return }
    let width = training.shape.hiddenSize
    guard 1...width ~= outliers.count else {
      throw .impossibleRecipe(
        reason: "\(outliers.count) outlier channels; a model of width \(width) has 1 to \(width)")
    }
    // Powers of two leave every bit of a significand alone only while exponents stay in range.
    guard outliers.exponents.count == 2, let least = outliers.exponents.first,
      let most = outliers.exponents.last, 0 <= least, least <= most, most <= 20
    else {
      throw .impossibleRecipe(
        reason:
          "outlier exponents \(outliers.exponents); two are needed, the smaller first, from 0 to "
          + "20")
    }
  }

  /// Special tokens, at the ids that OPT gives them: a text begins with the one of id 2.
  static let specialTokens = ["<s>", "<pad>", "</s>", "<unk>"]
  static let startToken: Int32 = 2
  static let padToken = 1
}
