extension BitBudget {
  /// The best allocation there is, by dynamic programming over exact sizes.
  ///
  /// Layer by layer every sum of bytes keeps its least loss, and what takes more bytes without losing less
  /// is dropped; what is left at the end is the Pareto front up to the budget. No size is rounded. The
  /// work grows with the number of sums that differ: few where layers share shapes, as in a
  /// transformer.
  ///
  /// - Parameter budget: Bytes.
  /// - Returns: The allocation of least loss; among equals the one of fewest bytes.
  /// - Throws: `QuantizationError.budgetTooSmall`, with the least possible; `.tooManySums` where sizes
  ///   have so little in common that more than four million sums would be kept.
  public func exact(within budget: Int) throws(QuantizationError) -> BitAllocation {
    try require(budget)
    let sums = try sums(upTo: budget)
    return sums.allocation(sums.last.count - 1, of: self)
  }

  /// Every allocation that no other beats in both bytes and loss, fewest bytes first.
  ///
  /// - Parameter budget: The most bytes to look at; nil for no limit.
  /// - Returns: Bytes rising, loss falling, from the smallest choices on.
  /// - Throws: What ``exact(within:)`` throws.
  public func paretoFront(within budget: Int? = nil) throws(QuantizationError) -> [BitAllocation] {
    let budget = budget ?? best.bytes
    try require(budget)
    let sums = try sums(upTo: budget)
    return sums.last.indices.map { sums.allocation($0, of: self) }
  }

  private func sums(upTo budget: Int) throws(QuantizationError) -> PartialSums {
    // What the layers still to come take at least.
    var rest = leastBytes
    var sums = PartialSums()
    for layer in profiles.indices {
      rest -= choice(layer, 0).bytes
      let choices = fronts[layer].indices.map { choice(layer, $0) }
      try sums.add(choices, upTo: budget - rest, layers: profiles.count)
    }
    return sums
  }
}

/// The undominated sums of the layers so far, and how each came about.
private struct PartialSums {
  struct Sum {
    let bytes: Int
    let loss: Double
    /// The sum of the layers before that this one goes on from.
    let parent: Int32
    /// The place in the layer's front.
    let place: Int32
  }

  /// How many sums may be kept, all layers together: 24 bytes each.
  static let limit = 4_000_000

  private var layers: [[Sum]] = []
  private var kept = 0

  /// The sums over all layers, bytes rising and loss falling.
  var last: [Sum] { layers.last ?? [] }

  /// Adds a layer: each sum so far with each choice, without what is too large or beaten.
  mutating func add(
    _ choices: [SensitivityProfile.Choice], upTo budget: Int, layers count: Int
  ) throws(QuantizationError) {
    let before = layers.last ?? [Sum(bytes: 0, loss: 0, parent: 0, place: 0)]
    var next = [Int](repeating: 0, count: choices.count)  // the next sum before for each choice
    var found: [Sum] = []
    var least = Double.infinity
    while true {
      var best: Sum?
      for (place, choice) in choices.enumerated() where next[place] < before.count {
        let sum = Sum(
          bytes: before[next[place]].bytes + choice.bytes,
          loss: before[next[place]].loss + choice.loss,
          parent: Int32(next[place]), place: Int32(place))
        if let best, (best.bytes, best.loss) <= (sum.bytes, sum.loss) { continue }
        best = sum
      }
      guard let best, best.bytes <= budget else { break }
      next[Int(best.place)] += 1
      guard best.loss < least else { continue }
      least = best.loss
      found.append(best)
      guard kept + found.count <= Self.limit else {
        throw .tooManySums(limit: Self.limit, layers: count)
      }
    }
    kept += found.count
    layers.append(found)
  }

  /// Walks back from a sum over all layers to each layer's choice.
  func allocation(_ index: Int, of budget: BitBudget) -> BitAllocation {
    var steps = [Int](repeating: 0, count: layers.count)
    var index = index
    for layer in layers.indices.reversed() {
      let sum = layers[layer][index]
      steps[layer] = Int(sum.place)
      index = Int(sum.parent)
    }
    return budget.allocation(steps)
  }
}
