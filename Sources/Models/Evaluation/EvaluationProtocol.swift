/// How a text is cut into windows for measuring perplexity, by the name it is known under.
///
/// The same model and text give different numbers under different protocols: a token at the start of a
/// window has little to look back at. So a perplexity says nothing without its protocol's name.
public enum EvaluationProtocol: Hashable, Sendable {
  /// `gptq-N`: windows of N tokens that do not overlap, every token but each first one scored.
  ///
  /// What the GPTQ paper and most tables after it use, with N = 2048. The rest of the text that does
  /// not fill a window is left out.
  case gptq(window: Int)
  /// `llama.cpp-N`: windows of N tokens, the first replaced by the beginning token, the second half scored.
  case llamaCpp(window: Int)
  /// `strided-N-S`: windows of N tokens that begin S apart; each token scored once, by the first window
  /// that reaches it. Averaged over tokens, exactly.
  case strided(window: Int, stride: Int)

  /// The protocol of a name.
  ///
  /// - Parameter name: `gptq-2048`, `llama.cpp-512`, `strided-2048-512`.
  /// - Throws: `ModelError.invalidRequest` for a name or numbers that make no sense.
  public init(name: String) throws(ModelError) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.dropFirst().map { Int($0) }
    switch (parts[0], numbers.count) {
    case ("gptq", 1): self = .gptq(window: numbers[0] ?? 0)
    case ("llama.cpp", 1): self = .llamaCpp(window: numbers[0] ?? 0)
    case ("strided", 2): self = .strided(window: numbers[0] ?? 0, stride: numbers[1] ?? 0)
    default:
      throw .invalidRequest(
        "there is no protocol \(name); give gptq-N, llama.cpp-N or strided-N-S, as in gptq-2048")
    }
    switch self {
    case .gptq(let window) where window >= 2: return
    case .llamaCpp(let window) where window >= 4: return
    case .strided(let window, let stride) where window >= 2 && 1...window ~= stride: return
    default:
      throw .invalidRequest(
        "\(name) makes no sense: windows have 2 tokens or more (4 for llama.cpp-N), and a stride is "
          + "from 1 to the window")
    }
  }

  /// The protocol's name.
  public var name: String {
    switch self {
    case .gptq(let window): "gptq-\(window)"
    case .llamaCpp(let window): "llama.cpp-\(window)"
    case .strided(let window, let stride): "strided-\(window)-\(stride)"
    }
  }

  /// The number of tokens in a window.
  public var window: Int {
    switch self {
    case .gptq(let window), .llamaCpp(let window), .strided(let window, _): window
    }
  }

  /// Cuts a text.
  ///
  /// - Parameters:
  ///   - tokens: The whole text.
  ///   - beginning: The beginning token, put before the text, and under `llama.cpp-N` in the place of
  ///     each window's first token; nil for none.
  /// - Returns: The windows, in the order of the text.
  /// - Throws: `ModelError.tooFewTokens`.
  public func windows(
    of tokens: [Int], beginning: Int? = nil
  ) throws(ModelError) -> [EvaluationWindow] {
    let text = (beginning.map { [$0] } ?? []) + tokens
    // llama.cpp refuses a text of less than two windows.
    let needed =
      switch self {
      case .gptq(let window): window
      case .llamaCpp(let window): 2 * window
      case .strided: 2
      }
    guard text.count >= needed else {
      let own = text.count - tokens.count  // the beginning token is none of the text's
      throw .tooFewTokens(tokens: tokens.count, needed: needed - own, protocolName: name)
    }
    switch self {
    case .gptq(let window):
      return (0..<text.count / window).map {
        EvaluationWindow(
          tokens: Array(text[$0 * window..<($0 + 1) * window]), scored: 1..<window)
      }
    case .llamaCpp(let window):
      return (0..<text.count / window).map {
        var tokens = Array(text[$0 * window..<($0 + 1) * window])
        if let beginning { tokens[0] = beginning }
        return EvaluationWindow(tokens: tokens, scored: window / 2 + 1..<window)
      }
    case .strided(let window, let stride):
      var windows: [EvaluationWindow] = []
      var scoredTo = 1  // the text's first token has nothing before it
      for start in Swift.stride(from: 0, to: text.count, by: stride) {
        let end = min(start + window, text.count)
        if end > scoredTo {
          windows.append(
            EvaluationWindow(
              tokens: Array(text[start..<end]),
              scored: max(scoredTo, start + 1) - start..<end - start))
          scoredTo = end
        }
        if end == text.count { break }
      }
      return windows
    }
  }
}

/// Tokens that are run together, and which of them count.
public struct EvaluationWindow: Equatable, Sendable {
  /// The tokens.
  public let tokens: [Int]
  /// The places of the tokens whose probability, given those before, is measured; 0 is never one.
  public let scored: Range<Int>

  /// Makes a window.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, at least two.
  ///   - scored: The places of those that count, within 1 and the number of tokens.
  public init(tokens: [Int], scored: Range<Int>) {
    precondition(
      scored.lowerBound >= 1 && scored.upperBound <= tokens.count,
      "places \(scored) of \(tokens.count) tokens")
    self.tokens = tokens
    self.scored = scored
  }
}
