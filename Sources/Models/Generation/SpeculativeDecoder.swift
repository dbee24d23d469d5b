public import Tensors

/// Writes with a large model at the pace of a small one, and with exactly the large one's probabilities.
///
/// The draft proposes a few tokens; one pass of the verifier judges them all. A proposed token x is
/// accepted with probability min(1, p(x) / q(x)), p the verifier's probabilities and q the draft's; the
/// first that is refused is replaced by one drawn from (p − q)₊. A token then comes with
/// q(x) min(1, p(x)/q(x)) + (p(x) − q(x))₊ = min(q, p) + (p − q)₊ = p(x), whatever the draft is worth.
///
/// Source: Leviathan et al. 2022, arXiv:2211.17192, algorithm 1; Chen et al. 2023, arXiv:2302.01318.
public struct SpeculativeDecoder: Sendable {
  /// The model whose text it is.
  public let verifier: Transformer
  /// The model that proposes.
  public let draft: Transformer
  /// How many tokens are proposed at a time.
  public let proposals: Int

  /// Pairs two models.
  ///
  /// - Parameters:
  ///   - verifier: The model whose text it is.
  ///   - draft: The model that proposes: a smaller or a quantized one, of the same vocabulary.
  ///   - proposals: How many tokens at a time, 1 or more.
  /// - Throws: `ModelError.vocabulariesDiffer` or `.invalidRequest`.
  public init(
    verifier: Transformer, draft: Transformer, proposals: Int = 4
  ) throws(ModelError) {
    guard verifier.head.outputs == draft.head.outputs else {
      throw .vocabulariesDiffer(verifier.head.outputs, draft.head.outputs)
    }
    guard proposals > 0 else {
      throw .invalidRequest("\(proposals) proposals at a time; give 1 or more")
    }
    self.verifier = verifier
    self.draft = draft
    self.proposals = proposals
  }

  /// Continues a text.
  ///
  /// - Parameters:
  ///   - prompt: The tokens to continue, at least one.
  ///   - limit: The most tokens to add, 1 or more.
  ///   - options: How tokens are chosen, by both models.
  ///   - stopTokens: Tokens that end the text; nil: the verifier's own end tokens.
  ///   - onToken: Is given each token as it is accepted, and says whether to go on.
  /// - Returns: The added tokens, why they ended, and how many proposals were accepted.
  /// - Throws: `ModelError`, as ``Transformer/generate(_:limit:options:stopTokens:onToken:)``.
  public func generate(
    _ prompt: [Int], limit: Int, options: SamplingOptions = SamplingOptions(),
    stopTokens: Set<Int>? = nil, onToken: (Int) -> Bool = { _ in true }
  ) throws(ModelError) -> Generation {
    try options.requireSense()
    try verifier.requireRoom(prompt, limit)
    var generation = Generation()
    try withoutEscape(onToken) { (onToken) throws(ModelError) in
      var run = Run(
        decoder: self, tokens: prompt, options: options,
        end: TextEnd(
          limit: limit, stopTokens: stopTokens ?? Set(verifier.configuration.endTokens),
          onToken: onToken))
      while try run.step(&generation) {}
    }
    return generation
  }

  /// The token that comes out of one proposal, and whether it is the proposed one.
  ///
  /// - Parameters:
  ///   - token: What the draft proposed, drawn from `draft`.
  ///   - verifier: p.
  ///   - draft: q.
  ///   - generator: Where random numbers come from.
  /// - Returns: A token distributed as p.
  public static func judge(
    _ token: Int, verifier: TokenProbabilities, draft: TokenProbabilities,
    generator: inout SeededGenerator
  ) -> (token: Int, isAccepted: Bool) {
    let (p, q) = (verifier.values[token], draft.values[token])
    if generator.uniform() * q < p { return (token, true) }
    return (verifier.above(draft).drawn(with: &generator), false)
  }

  /// One text being written.
  private struct Run {
    let decoder: SpeculativeDecoder
    var tokens: [Int]
    let options: SamplingOptions
    let end: TextEnd
    var generator: SeededGenerator
    let cache: KeyValueCache
    let draftCache: KeyValueCache

    init(decoder: SpeculativeDecoder, tokens: [Int], options: SamplingOptions, end: TextEnd) {
      self.decoder = decoder
      self.tokens = tokens
      self.options = options
      self.end = end
      generator = SeededGenerator(seed: options.seed)
      cache = KeyValueCache(for: decoder.verifier.configuration)
      draftCache = KeyValueCache(for: decoder.draft.configuration)
    }

    /// Proposes, judges, and takes what came out; false at the end of the text.
    mutating func step(_ generation: inout Generation) throws(ModelError) -> Bool {
      let known = tokens.count
      let (proposed, drafts) = try propose(left: end.limit - generation.tokens.count)
      let unseen = Array(tokens[cache.length...]) + proposed
      let rows = try decoder.verifier.logits(unseen, cache: cache)
      generation.passes += 1
      generation.proposed += proposed.count
      let first = rows.rows - proposed.count - 1  // the row after the last known token
      for index in 0...proposed.count {
        let logits = rows.row(first + index)
        if TokenProbabilities.areAlike(logits) { generation.flatPasses += 1 }
        let probabilities = TokenProbabilities(logits: logits, options: options)
        let token: Int
        var isAccepted = false
        if index < proposed.count {
          (token, isAccepted) = SpeculativeDecoder.judge(
            proposed[index], verifier: probabilities, draft: drafts[index],
            generator: &generator)
          if isAccepted { generation.accepted += 1 }
        } else {
          token = probabilities.drawn(with: &generator)
        }
        guard end.take(token, &generation) else { return false }
        tokens.append(token)
        if !isAccepted { break }
      }
      // What was refused is forgotten; the last token is new to both models.
      cache.truncate(to: min(cache.length, tokens.count - 1))
      draftCache.truncate(to: min(draftCache.length, tokens.count - 1))
      precondition(tokens.count > known, "a step without a token")
      guard tokens.count <= decoder.verifier.configuration.contextLength else {
        generation.ending = .contextFull
        return false
      }
      return true
    }

    /// Tokens the draft draws, and the probabilities it drew them from.
    private mutating func propose(
      left: Int
    ) throws(ModelError) -> (tokens: [Int], probabilities: [TokenProbabilities]) {
      let contexts = [decoder.verifier.configuration, decoder.draft.configuration]
        .map(\.contextLength)
      // The verifier adds a token of its own, so one less than is left is enough.
      let room = min(
        decoder.proposals, left - 1, contexts[0] - tokens.count, contexts[1] - tokens.count)
      var proposed: [Int] = []
      var probabilities: [TokenProbabilities] = []
      while proposed.count < room {
        let next = Array((tokens + proposed)[draftCache.length...])
        let logits = try decoder.draft.logits(next, cache: draftCache, rows: .last)
        let drawnFrom = TokenProbabilities(logits: logits.elements, options: options)
        proposed.append(drawnFrom.drawn(with: &generator))
        probabilities.append(drawnFrom)
      }
      return (proposed, probabilities)
    }
  }
}
