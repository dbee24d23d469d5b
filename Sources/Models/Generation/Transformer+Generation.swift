internal import Tensors

extension Transformer {
  /// Continues a text.
  ///
  /// - Parameters:
  ///   - prompt: The tokens to continue, at least one.
  ///   - limit: The most tokens to add, 1 or more.
  ///   - options: How each token is chosen; by default the most probable one.
  ///   - stopTokens: Tokens that end the text; nil: the model's own end tokens.
  ///   - onToken: Is given each token as it comes, and says whether to go on.
  /// - Returns: The added tokens and why they ended.
  /// - Throws: `ModelError`; a prompt that fills the context is too long.
  public func generate(
    _ prompt: [Int], limit: Int, options: SamplingOptions = SamplingOptions(),
    stopTokens: Set<Int>? = nil, onToken: (Int) -> Bool = { _ in true }
  ) throws(ModelError) -> Generation {
    try options.requireSense()
    try requireRoom(prompt, limit)
    var generator = SeededGenerator(seed: options.seed)
    var generation = Generation()
    let cache = KeyValueCache(for: configuration, capacity: prompt.count + limit)
    var next = prompt
    try withoutEscape(onToken) { (onToken) throws(ModelError) in
      let end = TextEnd(
        limit: limit, stopTokens: stopTokens ?? Set(configuration.endTokens), onToken: onToken)
      while true {
        let logits = try logits(next, cache: cache, rows: .last).elements
        generation.passes += 1
        if TokenProbabilities.areAlike(logits) { generation.flatPasses += 1 }
        let token =
          options.temperature == 0
          ? TokenProbabilities.largest(logits)
          : TokenProbabilities(logits: logits, options: options).drawn(with: &generator)
        guard end.take(token, &generation) else { return }
        guard cache.length < configuration.contextLength else {
          generation.ending = .contextFull
          return
        }
        next = [token]
      }
    }
    return generation
  }

  func requireRoom(_ prompt: [Int], _ limit: Int) throws(ModelError) {
    if prompt.isEmpty { throw .noTokens }
    guard limit > 0 else { throw .invalidRequest("\(limit) tokens to add; give 1 or more") }
    guard prompt.count < configuration.contextLength else {
      throw .promptTooLong(tokens: prompt.count, positions: configuration.contextLength)
    }
  }
}

/// Lends a closure to a value that stores it, for as long as a body runs.
func withoutEscape<Result>(
  _ closure: (Int) -> Bool, _ body: (@escaping (Int) -> Bool) throws(ModelError) -> Result
) throws(ModelError) -> Result {
  let outcome = withoutActuallyEscaping(closure) {
    (closure) -> Swift.Result<Result, ModelError> in
    do throws(ModelError) {
      return .success(try body(closure))
    } catch {
      return .failure(error)
    }
  }
  return try outcome.get()
}
