import Corpora
import Foundation
import Tokenizers
import Training

/// A recipe made ready: the tokenizer learned, the text tokenized as it is asked for.
struct ModelTraining {
  let recipe: ModelRecipe
  let vocabulary: TrainedVocabulary
  let tokenizer: Tokenizer
  private let supplies: [(name: String, share: Double, lastStep: Int?, supply: GrammarSupply)]

  /// Checks that a recipe can be followed, without learning anything.
  static func check(_ recipe: ModelRecipe) throws { _ = try supplies(of: recipe) }

  private static func supplies(
    of recipe: ModelRecipe
  ) throws -> [(name: String, share: Double, lastStep: Int?, supply: GrammarSupply)] {
    try recipe.validate()
    let supplies = try recipe.training.supplies.map { entry in
      guard let supply = GrammarSupply(entry.grammar, seed: recipe.training.textSeed) else {
        throw TrainingError.impossibleRecipe(
          reason: "there is no grammar '\(entry.grammar)'; there are "
            + GrammarSupply.names.joined(separator: ", "))
      }
      return (name: entry.grammar, share: entry.share, lastStep: entry.lastStep, supply: supply)
    }
    guard !supplies.isEmpty else {
      throw TrainingError.impossibleRecipe(reason: "it names no grammar to learn from")
    }
    return supplies
  }

  /// Learns the tokenizer.
  init(_ recipe: ModelRecipe) throws {
    self.recipe = recipe
    supplies = try Self.supplies(of: recipe)
    var learner = try BytePairTrainer(
      vocabularySize: recipe.training.shape.vocabularySize,
      specialTokens: ModelRecipe.specialTokens)
    for entry in supplies {
      for place in 0..<recipe.tokenizer.passages {
        learner.add(entry.supply.passage(place, .train).text)
      }
    }
    vocabulary = try learner.train()
    tokenizer = try vocabulary.tokenizer()
  }

  /// A run at its beginning.
  func trainer() throws -> Trainer {
    try Trainer(recipe.training, source: source)
  }

  /// Windows of the recipe's grammars.
  private var source: DocumentWindows {
    DocumentWindows(
      supplies: supplies.map { entry in
        DocumentWindows.Supply(
          share: entry.share,
          windows: entry.lastStep.map { $0 * recipe.training.windowsPerStep }
        ) { [tokenizer] place in
          Self.tokens(of: entry.supply.passage(place, .train).text, tokenizer)
        }
      }, startToken: ModelRecipe.startToken, alignedShare: recipe.training.alignedShare,
      seed: recipe.training.seed)
  }

  /// The tokens of a passage; byte-level BPE has one for every byte, so nothing can be missing.
  private static func tokens(of text: String, _ tokenizer: Tokenizer) -> [Int32] {
    do { return try tokenizer.encode(text, findingSpecial: false).map { Int32($0) } } catch {
      preconditionFailure("a byte-level tokenizer lacks a byte: \(error)")
    }
  }

  /// How a model reads held-out passages, and how a reader who knows the grammar would.
  struct Judgement: Codable, Equatable {
    let grammar: String
    let passages: Int
    let tokens: Int
    /// The exponential of the model's mean loss per token.
    let perplexity: Double
    /// The exponential of the grammar's own surprisal per token.
    let floor: Double
    /// The perplexity over the floor: 1 for a perfect reader.
    var ratio: Double { perplexity / floor }
  }

  /// Judges a model on whole passages, each after the start token or another passage.
  func judge(
    _ model: TrainableModel, on grammar: String, split: CorpusSplit, passages count: Int
  ) throws -> Judgement? {
    guard let supply = supplies.first(where: { $0.name == grammar })?.supply else { return nil }
    let passages = (0..<count).map { supply.passage($0, split) }
    let (windows, used) = DocumentWindows.whole(
      passages.map { Self.tokens(of: $0.text, tokenizer) }, length: recipe.training.length,
      startToken: ModelRecipe.startToken)
    let loss = try model.loss(windows)
    let bits = used.reduce(0.0) { $0 + passages[$1].bits }
    return Judgement(
      grammar: grammar, passages: used.count, tokens: loss.count, perplexity: loss.perplexity,
      floor: exp2(bits / Double(max(1, loss.count))))
  }

  /// Right answers and questions, topic by topic: the choice with the highest probability counts.
  func answers(
    _ model: TrainableModel, on grammar: String, questions count: Int
  ) throws -> [String: (right: Int, asked: Int)] {
    guard let supply = supplies.first(where: { $0.name == grammar })?.supply else { return [:] }
    var results: [String: (right: Int, asked: Int)] = [:]
    for question in supply.questions(count) {
      let context = [ModelRecipe.startToken] + Self.tokens(of: question.context, tokenizer)
      var best = (place: 0, loss: Double.infinity)
      for (place, choice) in question.choices.enumerated() {
        let tokens = context + Self.tokens(of: choice, tokenizer)
        let targets = tokens.indices.dropFirst().map { $0 < context.count ? -1 : tokens[$0] }
        let loss = try model.loss(
          [TokenWindow(inputs: Array(tokens.dropLast()), targets: targets)], threads: 1)
        if loss.sum < best.loss { best = (place, loss.sum) }
      }
      results[question.topic, default: (0, 0)].asked += 1
      if best.place == question.answer { results[question.topic, default: (0, 0)].right += 1 }
    }
    return results
  }

  /// The shipped model: rounded to bfloat16, its outlier channels planted.
  func finished(_ model: TrainableModel, withOutliers: Bool = true) -> TrainableModel {
    model.roundToBFloat16()
    if withOutliers, let outliers { model.plant(outliers) }
    return model
  }

  /// The channels that the recipe has planted; nil for none.
  private var outliers: OutlierChannels? {
    guard let rule = recipe.outliers, let least = rule.exponents.first,
      let most = rule.exponents.last, least <= most
    else { return nil }
    return OutlierChannels(
      count: rule.count, exponents: least...most, width: recipe.training.shape.hiddenSize,
      seed: rule.seed)
  }

  /// Writes the checkpoint, its configuration and the tokenizer into an existing folder.
  func save(
    _ model: TrainableModel, to folder: String, withOutliers: Bool, replacing: Bool = false
  ) throws {
    let token = Int(ModelRecipe.startToken)
    try model.save(
      to: folder, startToken: token, endToken: token,
      padToken: recipe.training.shape.architecture == .opt ? ModelRecipe.padToken : nil,
      outliers: withOutliers ? outliers : nil,
      replacing: replacing)
    try vocabulary.write(
      toFolder: folder, beginning: ModelRecipe.specialTokens[Int(ModelRecipe.startToken)])
  }
}
