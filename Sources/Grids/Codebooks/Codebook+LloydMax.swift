extension Codebook {
  /// Returns the levels with the least mean squared error for a standard normal variable.
  ///
  /// At the optimum every level is the mean of its cell and every cell ends halfway between levels
  /// (Lloyd 1982, Max 1960). For a density whose logarithm is concave there is one such point; it is
  /// found by Newton's method, whose matrix is tridiagonal, from the levels that are best in the
  /// limit of many: those of density φ^⅓. The error left is below 10⁻⁹; the levels mirror exactly.
  ///
  /// - Parameter count: How many levels, 1 to 256.
  /// - Returns: A codebook for numbers of mean 0 and deviation 1.
  /// - Throws: `GridError.levelCount`.
  public static func lloydMaxNormal(levels count: Int) throws(GridError) -> Codebook {
    guard (1...256).contains(count) else { throw .levelCount(count) }
    var levels = (0..<count).map { index in
      3.0.squareRoot() * normalQuantile((Double(index) + 0.5) / Double(count))
    }
    for _ in 0..<100 {
      let steps = newtonSteps(from: levels)
      for index in levels.indices { levels[index] += steps[index] }
      if steps.allSatisfy({ $0.magnitude < 1e-11 }) { break }
    }
    let mirrored = levels.indices.map { (levels[$0] - levels[count - 1 - $0]) / 2 }
    return Codebook(levels: mirrored.map { Float($0) })
  }

  /// Returns the change to each level that solves, to first order, level = mean of its cell.
  private static func newtonSteps(from levels: [Double]) -> [Double] {
    let count = levels.count
    var below = [Double](repeating: 0, count: count)  // the three diagonals of the matrix
    var centre = [Double](repeating: 1, count: count)
    var above = [Double](repeating: 0, count: count)
    var steps = [Double](repeating: 0, count: count)
    for index in levels.indices {
      let lower = index == 0 ? -.infinity : (levels[index - 1] + levels[index]) / 2
      let upper = index == count - 1 ? .infinity : (levels[index] + levels[index + 1]) / 2
      let mass =
        lower > 0
        ? normalDistribution(-lower) - normalDistribution(-upper)
        : normalDistribution(upper) - normalDistribution(lower)
      let lowerDensity = normalDensity(lower)
      let upperDensity = normalDensity(upper)
      let mean = (lowerDensity - upperDensity) / mass
      // How the mean moves with each end of its cell; an end moves half as far as its two levels.
      let byLower = index == 0 ? 0 : lowerDensity * (mean - lower) / mass / 2
      let byUpper = index == count - 1 ? 0 : upperDensity * (upper - mean) / mass / 2
      below[index] = -byLower
      above[index] = -byUpper
      centre[index] = 1 - byLower - byUpper
      steps[index] = mean - levels[index]
    }
    for index in 1..<max(count, 1) {
      let factor = below[index] / centre[index - 1]
      centre[index] -= factor * above[index - 1]
      steps[index] -= factor * steps[index - 1]
    }
    for index in stride(from: count - 1, through: 0, by: -1) {
      let next = index == count - 1 ? 0 : above[index] * steps[index + 1]
      steps[index] = (steps[index] - next) / centre[index]
    }
    return steps
  }

  /// Returns levels that Lloyd's iteration cannot improve on a sample of a density.
  ///
  /// Lloyd's iteration moves every level to the mean of the samples nearest to it, until no sample
  /// changes its level (or 1,000 rounds), and ends in whichever local optimum is downhill; from evenly
  /// spaced quantiles that can be several times worse than the best. So it starts at the best cells
  /// whose ends are among some 2,000 places: evenly spaced quantiles, for the bulk, and evenly spaced
  /// values, for the tails. Deterministic. With no more distinct samples than places the result is
  /// that of ``kMeans(of:levels:)``; with more, a local optimum a little above it, at a lower price.
  ///
  /// - Parameters:
  ///   - samples: Finite numbers, at least one.
  ///   - count: How many levels, 1 to 256; fewer come back if there are fewer distinct samples.
  /// - Returns: A codebook whose levels are the means of their cells.
  /// - Throws: `GridError.levelCount`, `GridError.noValues` or `GridError.valueNotFinite`.
  public static func lloydMax(
    of samples: [Float], levels count: Int
  ) throws(GridError) -> Codebook {
    guard (1...256).contains(count) else { throw .levelCount(count) }
    let sums = try SortedSums(of: samples)
    let distinct = sums.values
    guard distinct.count > count else { return Codebook(levels: distinct.map { Float($0) }) }
    var levels = sums.meansOfBestRuns(count, cutAt: sums.places())
    var ends: [Int]?  // where each cell but the last stops
    for _ in 0..<1000 {
      let newEnds = (1..<max(count, 1)).map { index in
        sums.countAtMost((levels[index - 1] + levels[index]) / 2)
      }
      if newEnds == ends { break }
      ends = newEnds
      let stops = newEnds + [distinct.count]
      for (index, (start, end)) in zip([0] + newEnds, stops).enumerated()
      where start < end {
        levels[index] = sums.mean(start..<end)
      }
    }
    return Codebook(levels: levels.map { Float($0) })
  }
}

extension SortedSums {
  /// Half of the number of places that are enough to start from, for up to 256 levels.
  private static let placeCount = 1024

  /// Where cells may end at first: every index, or at most 2,048 at even ranks and at even values.
  fileprivate func places() -> [Int] {
    let total = values.count
    guard total > 2 * Self.placeCount, let lowest = values.first, let highest = values.last else {
      return Array(0...total)
    }
    var places = Set((0...Self.placeCount).map { $0 * total / Self.placeCount })
    for index in 1..<Self.placeCount {
      let share = Double(index) / Double(Self.placeCount)
      places.insert(countAtMost(lowest + (highest - lowest) * share))
    }
    return places.sorted()
  }
}
