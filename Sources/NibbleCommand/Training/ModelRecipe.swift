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

  /// Special tokens, at the ids that OPT gives them: a text begins with the one of id 2.
  static let specialTokens = ["<s>", "<pad>", "</s>", "<unk>"]
  static let startToken: Int32 = 2
}
