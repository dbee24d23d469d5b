/// The question of mixed precision: a width for each layer so that the sum of their losses is least and
/// all of them fit into so many bytes.
///
/// min Σ Ωᵢ(bᵢ) subject to Σ bytesᵢ(bᵢ) ≤ B: a knapsack where each layer takes exactly one choice. Three
/// ways to answer stand beside each other: ``greedy(within:)``, ``lagrangian(within:)`` and
/// ``exact(within:)``. All are deterministic; ties go to the earlier layer and to fewer bytes.
public struct BitBudget: Hashable, Sendable {
  /// The layers.
  public let profiles: [SensitivityProfile]
  /// The choices of each layer that no other beats, fewest bytes first.
  let fronts: [[Int]]

  /// A question about these layers.
  ///
  /// - Parameter profiles: One a layer.
  /// - Throws: `QuantizationError.empty` for no layers.
  public init(_ profiles: [SensitivityProfile]) throws(QuantizationError) {
    guard !profiles.isEmpty else {
      throw .empty(name: "the list of layers", rows: 0, columns: 1)
    }
    self.profiles = profiles
    fronts = profiles.map(\.front)
  }

  /// The fewest bytes the layers can take.
  public var leastBytes: Int { smallest.bytes }

  /// Every layer at the choice of fewest bytes.
  public var smallest: BitAllocation { BitAllocation(fronts.map { $0[0] }, of: profiles) }

  /// Every layer at the choice of least loss; what an unlimited budget buys.
  public var best: BitAllocation {
    BitAllocation(fronts.map { $0[$0.count - 1] }, of: profiles)
  }

  /// The bytes that are so many bits for each weight, rounded down.
  ///
  /// - Parameter bitsPerWeight: A finite number, 0 or more (a precondition).
  /// - Returns: Bytes of all layers together.
  public func bytes(forBitsPerWeight bitsPerWeight: Double) -> Int {
    precondition(bitsPerWeight >= 0 && bitsPerWeight.isFinite, "\(bitsPerWeight) bits a weight")
    return Int((bitsPerWeight * Double(profiles.reduce(0) { $0 + $1.weights }) / 8).rounded(.down))
  }

  /// Every layer at one width.
  ///
  /// - Parameter bits: The width.
  /// - Returns: Nil where a layer has no choice of that width.
  public func uniform(bits: Int) -> BitAllocation? {
    var choices: [Int] = []
    for profile in profiles {
      guard let choice = profile.choices.firstIndex(where: { $0.bits == bits }) else { return nil }
      choices.append(choice)
    }
    return BitAllocation(choices, of: profiles)
  }

  /// Refuses a budget that not even the smallest choices fit.
  func require(_ budget: Int) throws(QuantizationError) {
    guard budget >= leastBytes else {
      throw .budgetTooSmall(bytes: budget, least: leastBytes, layers: profiles.count)
    }
  }
}

extension BitBudget {
  /// From the smallest choices, again and again the step that saves the most loss a byte and still fits.
  ///
  /// A step takes one layer to its next larger choice. Fast, natural, and not always right: a step that
  /// saves little can hide a good one behind it, and an early step can use up what two others needed.
  ///
  /// - Parameter budget: Bytes.
  /// - Returns: Where no step fits any more.
  /// - Throws: `QuantizationError.budgetTooSmall`, with the least possible.
  public func greedy(within budget: Int) throws(QuantizationError) -> BitAllocation {
    try require(budget)
    var steps = [Int](repeating: 0, count: profiles.count)
    var bytes = leastBytes
    while true {
      var best: (layer: Int, rate: Double, bytes: Int)?
      for layer in profiles.indices where steps[layer] + 1 < fronts[layer].count {
        let now = choice(layer, steps[layer])
        let next = choice(layer, steps[layer] + 1)
        let extra = next.bytes - now.bytes
        guard bytes + extra <= budget else { continue }
        let rate = (now.loss - next.loss) / Double(extra)
        if rate > best?.rate ?? -1 { best = (layer, rate, extra) }
      }
      guard let best else { break }
      steps[best.layer] += 1
      bytes += best.bytes
    }
    return allocation(steps)
  }

  /// A layer's choice by its place in the layer's front.
  func choice(_ layer: Int, _ step: Int) -> SensitivityProfile.Choice {
    profiles[layer].choices[fronts[layer][step]]
  }

  /// What places in the layers' fronts amount to.
  func allocation(_ steps: [Int]) -> BitAllocation {
    BitAllocation(zip(fronts, steps).map { $0[$1] }, of: profiles)
  }
}
