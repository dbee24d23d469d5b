extension BitBudget {
  /// The best allocation that some price of a byte makes: min Σ Ωᵢ + λ Σ bytesᵢ, λ as small as fits.
  ///
  /// With a price every layer chooses for itself, so the answer is optimal for exactly the bytes it
  /// takes. It only reaches points on the lower convex hull of all allocations: what lies between two
  /// of them stays unspent, at most one step of one layer.
  ///
  /// - Parameter budget: Bytes.
  /// - Returns: The last point of ``hull`` that fits.
  /// - Throws: `QuantizationError.budgetTooSmall`, with the least possible.
  public func lagrangian(within budget: Int) throws(QuantizationError) -> BitAllocation {
    try require(budget)
    return hull.last { $0.bytes <= budget } ?? smallest
  }

  /// Every allocation that some price of a byte makes, fewest bytes first.
  ///
  /// Each layer's own convex hull is walked from its smallest choice; the steps of all layers in falling
  /// order of the loss they save a byte are the steps of the whole.
  public var hull: [BitAllocation] {
    struct Step {
      let layer: Int
      let place: Int
      let rate: Double
    }
    var steps: [Step] = []
    for layer in profiles.indices {
      let corners = corners(of: layer)
      for (from, to) in zip(corners, corners.dropFirst()) {
        steps.append(Step(layer: layer, place: to, rate: rate(layer, from, to)))
      }
    }
    // A layer's own rates fall along its hull, so sorting keeps its steps in order.
    steps.sort { ($1.rate, $0.layer, $0.place) < ($0.rate, $1.layer, $1.place) }
    var places = [Int](repeating: 0, count: profiles.count)
    var found = [allocation(places)]
    for step in steps {
      places[step.layer] = step.place
      found.append(allocation(places))
    }
    return found
  }

  /// The loss that going from one place of a layer's front to a later one saves a byte.
  private func rate(_ layer: Int, _ from: Int, _ to: Int) -> Double {
    let (from, to) = (choice(layer, from), choice(layer, to))
    return (from.loss - to.loss) / Double(to.bytes - from.bytes)
  }

  /// The places of a layer's front that lie on its lower convex hull.
  private func corners(of layer: Int) -> [Int] {
    var corners: [Int] = []
    for place in fronts[layer].indices {
      while corners.count > 1,
        rate(layer, corners[corners.count - 2], corners[corners.count - 1])
          <= rate(layer, corners[corners.count - 1], place)
      { corners.removeLast() }
      corners.append(place)
    }
    return corners
  }
}
