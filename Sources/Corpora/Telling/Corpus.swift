internal import Tensors

/// Which part of a corpus: what is learned from, what is watched meanwhile, what judges at the end.
public enum CorpusSplit: String, Sendable, CaseIterable, Codable {
  /// What a model learns from.
  case train
  /// What is watched while it learns: calibration, stopping, choosing.
  case validation
  /// What judges it once.
  case test

  /// A number that never changes, since seeds are made of it.
  var ordinal: UInt64 {
    switch self {
    case .train: 0
    case .validation: 1
    case .test: 2
    }
  }
}

/// An endless text of one grammar and seed, in three splits that share no seed.
///
/// Each passage has its place, and its choices come from a generator of its own, so passage 7 of
/// the test split can be had without the six before it, and a training run that is resumed at
/// passage one million goes on exactly.
public struct Corpus<G: Grammar>: Sendable {
  /// What tells the passages.
  public let grammar: G
  /// Which text of the grammar.
  public let seed: UInt32

  /// Makes a corpus.
  ///
  /// - Parameters:
  ///   - grammar: What tells the passages.
  ///   - seed: Which text; the same one for the same seed, on every machine.
  public init(_ grammar: G, seed: UInt32 = 1) {
    self.grammar = grammar
    self.seed = seed
  }

  /// One passage.
  ///
  /// - Parameters:
  ///   - index: Its place in the split, 0 to 2³⁰ − 1.
  ///   - split: Which part.
  /// - Returns: The passage.
  public func passage(_ index: Int, of split: CorpusSplit) -> Passage {
    grammar.passage(drawingFrom: generator(index, of: split))
  }

  /// The first passages of a split that together have at most a number of bytes.
  ///
  /// - Parameters:
  ///   - split: Which part.
  ///   - bytes: The limit; passages are never cut.
  /// - Returns: The passages, without the first one that would go over.
  public func passages(of split: CorpusSplit, bytes: Int) -> [Passage] {
    var passages: [Passage] = []
    var size = 0
    while true {
      let next = passage(passages.count, of: split)
      size += next.text.utf8.count
      if size > bytes { return passages }
      passages.append(next)
    }
  }

  /// The generator of one place: the split, the seed and the place are its seed, side by side.
  func generator(_ index: Int, of split: CorpusSplit) -> SeededGenerator {
    precondition(index >= 0 && index < 1 << 30, "passage \(index); a split has 2³⁰")
    return SeededGenerator(
      seed: split.ordinal << 62 | UInt64(seed) << 30 | UInt64(truncatingIfNeeded: index))
  }
}
