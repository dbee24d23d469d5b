internal import CKernels
public import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// The probability of every token of the vocabulary to come next.
public struct TokenProbabilities: Equatable, Sendable {
  /// One number a token; their sum is 1 but for rounding.
  public let values: [Double]

  /// Takes probabilities as they are.
  ///
  /// - Parameter values: One number a token, 0 or more, with the sum 1.
  public init(_ values: [Double]) { self.values = values }

  /// Makes probabilities of logits: temperature, then the k most probable, then the sum p.
  ///
  /// - Parameters:
  ///   - logits: Finite numbers, at least one.
  ///   - options: Temperature, k and p. At temperature 0 the first of the largest logits has all.
  public init(logits: [Float], options: SamplingOptions) {
    guard options.temperature > 0 else {
      var values = [Double](repeating: 0, count: logits.count)
      values[Self.largest(logits)] = 1
      self.values = values
      return
    }
    let highest = Double(logits.max() ?? 0)
    var weights = logits.map { exp((Double($0) - highest) / options.temperature) }
    if options.topK != nil || options.topP < 1 {
      // The most probable first; among equals, the lower token.
      var order = weights.indices.sorted {
        weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
      }
      if let most = options.topK { order = Array(order.prefix(most)) }
      if options.topP < 1 {
        let total = order.reduce(0) { $0 + weights[$1] }
        var sum = 0.0
        let enough = order.firstIndex { token in
          sum += weights[token]
          return sum >= options.topP * total
        }
        order = Array(order.prefix((enough ?? order.count - 1) + 1))
      }
      var kept = [Double](repeating: 0, count: weights.count)
      for token in order { kept[token] = weights[token] }
      weights = kept
    }
    let total = weights.reduce(0, +)
    values = weights.map { $0 / total }
  }

  /// A token, each as often as its probability says.
  ///
  /// - Parameter generator: Where the one random number comes from.
  /// - Returns: A token whose probability is above 0.
  public func drawn(with generator: inout SeededGenerator) -> Int {
    let threshold = generator.uniform() * values.reduce(0, +)
    var sum = 0.0
    var last = 0
    for (token, value) in values.enumerated() where value > 0 {
      sum += value
      last = token
      if sum > threshold { return token }
    }
    return last  // rounding left the sum a hair below the threshold
  }

  /// What is left of these probabilities above others, divided by its sum: (p − q)₊ / Σ(p − q)₊.
  ///
  /// - Parameter others: q, of the same vocabulary.
  /// - Returns: The rest; these probabilities themselves where nothing is left but rounding.
  func above(_ others: TokenProbabilities) -> TokenProbabilities {
    let rest = zip(values, others.values).map { max(0, $0 - $1) }
    let sum = rest.reduce(0, +)
    return sum > 0 ? TokenProbabilities(rest.map { $0 / sum }) : self
  }

  /// Whether all logits are the same number, as damaged or empty weights leave them.
  static func areAlike(_ logits: [Float]) -> Bool {
    logits.count > 1 && logits.allSatisfy { $0 == logits[0] }
  }

  static func largest(_ logits: [Float]) -> Int {
    logits.withUnsafeBufferPointer { nibble_largest($0.baseAddress, $0.count) }
  }
}
