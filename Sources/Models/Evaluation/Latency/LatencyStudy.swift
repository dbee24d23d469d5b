internal import Tensors

/// How long a model takes for a token and for a request, by batch and by length of prompt, in this process.
///
/// Every case runs the way a server runs it: all prompts of a batch in one pass, whose time is that to the first
/// token; then one pass a token for the whole batch, with keys and values kept. What is left out is all that is
/// not the model: the network, the tokenizer, and requests that come and go in the middle of a batch. Cases are
/// measured in rounds, each round every case, so that a slow moment of the machine falls on all alike.
public struct LatencyStudy: Codable, Sendable, Hashable {
  /// Texts computed together.
  public var batches: [Int]
  /// Tokens of each prompt.
  public var promptLengths: [Int]
  /// Tokens that are added to each prompt.
  public var newTokens: Int
  /// Rounds that count.
  public var rounds: Int
  /// Rounds before, which do not: memory is taken and caches fill.
  public var warmUps: Int
  /// The seed of the prompts; their tokens are drawn from the whole vocabulary.
  public var seed: UInt64

  /// The most passes of all rounds, so that a study ends.
  public static let passLimit = 1_000_000

  /// A study.
  ///
  /// - Parameters:
  ///   - batches: Texts computed together, each 1 or more.
  ///   - promptLengths: Tokens of each prompt, each 1 or more.
  ///   - newTokens: Tokens added to each prompt, 2 or more, so that there is a time between two.
  ///   - rounds: Rounds that count, 1 or more.
  ///   - warmUps: Rounds before, 0 or more.
  ///   - seed: The seed of the prompts.
  public init(
    batches: [Int] = [1, 2, 4, 8, 16, 32], promptLengths: [Int] = [16, 128], newTokens: Int = 32,
    rounds: Int = 4, warmUps: Int = 1, seed: UInt64 = 0
  ) {
    self.batches = batches
    self.promptLengths = promptLengths
    self.newTokens = newTokens
    self.rounds = rounds
    self.warmUps = warmUps
    self.seed = seed
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - model: The model as it runs; weights that are packed stay so.
  ///   - onCase: Is given what has been found so far, and which share of the work is done, 0 to 1, after every
  ///     case of every round; false ends the study there.
  /// - Returns: Every case that has been measured at least once, batches within lengths.
  /// - Throws: `ModelError.invalidRequest` for a study without sense, `.contextTooLong` for a prompt and new
  ///   tokens that the model has no positions for, and what the model throws.
  public func run(
    on model: Transformer, onCase: (LatencyReport, Double) -> Bool = { _, _ in true }
  ) throws(ModelError) -> LatencyReport {
    try check(model.configuration)
    var cases = promptLengths.flatMap { length in
      batches.map { LatencyMeasurement(batch: $0, promptLength: length) }
    }
    var generator = SeededGenerator(seed: seed)
    let all = Double((warmUps + rounds) * cases.count)
    var done = 0.0
    func report(isPartial: Bool) -> LatencyReport {
      LatencyReport(
        study: self, weightBytes: model.bytesPerToken, cases: cases.compactMap(\.latencyCase),
        isPartial: isPartial)
    }
    for round in 0..<warmUps + rounds {
      for index in cases.indices {
        try cases[index].measure(
          model, newTokens: newTokens, generator: &generator, counts: round >= warmUps)
        done += 1
        if done < all, !onCase(report(isPartial: true), done / all) {
          return report(isPartial: true)
        }
      }
    }
    let whole = report(isPartial: false)
    _ = onCase(whole, 1)
    return whole
  }

  private func check(_ shape: ModelConfiguration) throws(ModelError) {
    guard !batches.isEmpty, !promptLengths.isEmpty, batches.allSatisfy({ 1...4096 ~= $0 }),
      promptLengths.allSatisfy({ $0 >= 1 }), newTokens >= 2, rounds >= 1, warmUps >= 0
    else {
      throw .invalidRequest(
        "a latency study needs batches of 1 to 4096 texts, prompts of 1 token or more, 2 new tokens or more, "
          + "and a round that counts")
    }
    if let longest = promptLengths.max(), longest > shape.contextLength - newTokens {
      throw .contextTooLong(tokens: longest + newTokens, limit: shape.contextLength)
    }
    let (passes, isTooLarge) = (warmUps + rounds)
      .multipliedReportingOverflow(by: batches.count * promptLengths.count * newTokens)
    guard !isTooLarge, passes <= Self.passLimit else {
      throw .invalidRequest(
        "this study would take more than \(Self.passLimit) passes; ask for fewer rounds, cases or new tokens"
      )
    }
  }
}

/// One case as it is being measured.
private struct LatencyMeasurement {
  let batch: Int
  let promptLength: Int
  private var toFirstToken: [Double] = []
  private var perToken: [Double] = []
  private var perRequest: [Double] = []
  private var cacheBytes = 0

  init(batch: Int, promptLength: Int) {
    self.batch = batch
    self.promptLength = promptLength
  }

  /// One batch, from its prompts to its last tokens.
  mutating func measure(
    _ model: Transformer, newTokens: Int, generator: inout SeededGenerator, counts: Bool
  ) throws(ModelError) {
    let shape = model.configuration
    var next = (0..<batch).map { _ in
      (0..<promptLength).map { _ in
        Int.random(in: 0..<shape.vocabularySize, using: &generator)
      }
    }
    let caches = (0..<batch).map { _ in
      KeyValueCache(for: shape, capacity: promptLength + newTokens)
    }
    let clock = ContinuousClock()
    let start = clock.now
    var before = start
    for token in 0..<newTokens {
      let logits = try model.logits(batch: next, caches: caches, rows: .last)
      next = logits.map { [TokenProbabilities.largest($0.elements)] }
      let now = clock.now
      if counts {
        let milliseconds = (now - before) / .milliseconds(1)
        if token == 0 { toFirstToken.append(milliseconds) } else { perToken.append(milliseconds) }
      }
      before = now
    }
    if counts { perRequest.append((before - start) / .milliseconds(1)) }
    cacheBytes = caches.reduce(0) { $0 + $1.byteCount }
  }

  /// What has been found; nil before the first round that counts.
  var latencyCase: LatencyCase? {
    guard let first = LatencyPercentiles(toFirstToken), let token = LatencyPercentiles(perToken),
      let request = LatencyPercentiles(perRequest)
    else { return nil }
    return LatencyCase(
      batch: batch, promptLength: promptLength, perToken: token, timeToFirstToken: first,
      perRequest: request, tokensPerSecond: 1000 * Double(batch) / token.mean,
      cacheBytes: cacheBytes)
  }
}
