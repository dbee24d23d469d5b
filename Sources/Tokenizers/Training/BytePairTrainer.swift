/// Learns a byte-level BPE vocabulary from texts.
///
/// Words are counted; then, again and again, the pair of neighbours that is most frequent becomes a
/// token. The result depends on nothing but the texts and the settings: of pairs equally frequent the
/// one with the smaller left id merges, then the one with the smaller right id, which is also what
/// Hugging Face's trainer does, so that both learn the same vocabulary.
///
/// Source: Sennrich, Haddow, Birch 2016, arXiv:1508.07909; Radford et al. 2019 for the bytes.
public struct BytePairTrainer: Sendable {
  /// How many tokens are wanted, with the special ones and the 256 bytes.
  public let vocabularySize: Int
  /// How texts are cut into words; no token crosses a word's end.
  public let pattern: SplitPattern
  /// Tokens that no text makes; they have the first ids.
  public let specialTokens: [String]
  /// How often a pair must occur to become a token.
  public let minimumCount: Int

  private var indices: ByteStringTable
  private var counts: [Int] = []

  /// A trainer that has seen no text.
  ///
  /// - Parameters:
  ///   - vocabularySize: How many tokens are wanted; at least 256 and the special ones.
  ///   - pattern: How texts are cut into words.
  ///   - specialTokens: Tokens that no text makes.
  ///   - minimumCount: How often a pair must occur to become a token.
  /// - Throws: `TokenizerError.cannotTrain`.
  public init(
    vocabularySize: Int, pattern: SplitPattern = .gpt2,
    specialTokens: [String] = ["<|endoftext|>"], minimumCount: Int = 1
  ) throws(TokenizerError) {
    let least = 256 + specialTokens.count
    guard vocabularySize >= least, vocabularySize <= 1 << 24 else {
      throw .cannotTrain(
        reason: "a vocabulary of \(vocabularySize) tokens; from \(least), for the bytes and the "
          + "special tokens, to \(1 << 24) are possible")
    }
    let texts = specialTokens.map { Array($0.utf8) }
    guard Set(texts).count == texts.count, !texts.contains([]) else {
      throw .cannotTrain(reason: "a special token is empty or comes twice")
    }
    for byte in 0..<256 where texts.contains(ByteAlphabet.text(of: CollectionOfOne(UInt8(byte)))) {
      throw .cannotTrain(reason: "a special token is the name of the byte \(byte)")
    }
    self.vocabularySize = vocabularySize
    self.pattern = pattern
    self.specialTokens = specialTokens
    self.minimumCount = max(minimumCount, 1)
    indices = ByteStringTable(capacity: 4096)
  }

  /// Counts the words of a text.
  ///
  /// - Parameter text: A text of its own: no word goes from one to the next.
  public mutating func add(_ text: String) {
    if !isKnownUniquelyReferenced(&indices) {  // a copy of this trainer has the same table
      let copy = ByteStringTable(capacity: indices.count)
      for index in 0..<indices.count { _ = copy.insert(indices[index]) }
      indices = copy
    }
    let bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let scanner = WordScanner(bytes: base, end: buffer.count)
      var start = 0
      while start < buffer.count {
        let end = scanner.endOfWord(at: start, pattern: pattern)
        let (index, isNew) = indices.insert(UnsafeBufferPointer(rebasing: buffer[start..<end]))
        if isNew { counts.append(1) } else { counts[index] += 1 }
        start = end
      }
    }
  }

  /// Learns from the texts so far.
  ///
  /// - Returns: The vocabulary, smaller than wanted where the texts have no more pairs.
  /// - Throws: `TokenizerError.cannotTrain` where there is no text.
  public func train() throws(TokenizerError) -> TrainedVocabulary {
    guard !counts.isEmpty else { throw .cannotTrain(reason: "there is no text to learn from") }
    var learner = PairLearner(specialTokens: specialTokens)
    for index in 0..<indices.count { learner.addWord(indices[index], count: counts[index]) }
    learner.learn(upTo: vocabularySize, minimumCount: minimumCount)
    return TrainedVocabulary(
      tokens: learner.tokens, merges: learner.merges, pattern: pattern,
      specialTokens: specialTokens)
  }
}
