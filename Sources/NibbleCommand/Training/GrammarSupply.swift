import Corpora

/// A grammar by its name in a recipe: what it tells in each split, and what it asks.
struct GrammarSupply: Sendable {
  let passage: @Sendable (Int, CorpusSplit) -> Passage
  let questions: @Sendable (Int) -> [MultipleChoiceQuestion]

  static let names = [Stories().name, Ledgers().name, Whereabouts().name]

  /// The grammar of a name; nil for a name that none has.
  init?(_ name: String, seed: UInt32) {
    switch name {
    case Stories().name: self.init(Corpus(Stories(), seed: seed))
    case Ledgers().name: self.init(Corpus(Ledgers(), seed: seed))
    case Whereabouts().name: self.init(primer: Corpus(Whereabouts(), seed: seed))
    default: return nil
    }
  }

  private init<G: QuestioningGrammar>(_ corpus: Corpus<G>) {
    passage = { corpus.passage($0, of: $1) }
    questions = { corpus.questions(count: $0) }
  }

  /// Text to begin with, about which nobody asks.
  private init<G: Grammar>(primer corpus: Corpus<G>) {
    passage = { corpus.passage($0, of: $1) }
    questions = { _ in [] }
  }
}
