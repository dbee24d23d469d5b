extension Codebook {
  /// Returns the levels with the least squared error on a list of numbers: exact, not iterative.
  ///
  /// On a line every cluster is a run of the sorted numbers, so the best way to cut them is found by
  /// dynamic programming: the best cost of k runs over the first n numbers is the least, over where
  /// the last run starts, of the best cost of k − 1 runs before it plus its own. The best start moves
  /// only to the right as n grows, so each layer takes n log n steps by halving. Exact up to the
  /// rounding of sums in Double.
  ///
  /// Cost: time k n log n and memory k n four-byte integers for n *distinct* numbers; a tensor stored
  /// in 16 bits has at most 65,536. ``lloydMax(of:levels:)`` is cheaper and only locally optimal.
  ///
  /// Source: Wang and Song 2011, The R Journal 3(2); the halving is Grønlund et al. 2017,
  /// arXiv:1701.07204.
  ///
  /// - Parameters:
  ///   - samples: Finite numbers, at least one.
  ///   - count: How many levels, 1 to 256; fewer come back if there are fewer distinct numbers.
  /// - Returns: A codebook whose levels are the means of the best clusters.
  /// - Throws: `GridError.levelCount`, `GridError.noValues` or `GridError.valueNotFinite`.
  public static func kMeans(of samples: [Float], levels count: Int) throws(GridError) -> Codebook {
    guard (1...256).contains(count) else { throw .levelCount(count) }
    let sums = try SortedSums(of: samples)
    let total = sums.values.count
    guard total > count else { return Codebook(levels: sums.values.map { Float($0) }) }
    let means = sums.meansOfBestRuns(count, cutAt: Array(0...total))
    return Codebook(levels: means.map { Float($0) })
  }
}

extension SortedSums {
  /// Returns the means of the runs with the least squared error among those cut at given places.
  ///
  /// - Parameters:
  ///   - count: How many runs, at least one and fewer than there are places.
  ///   - places: Where a run may begin or end: ascending indices of ``values``, the first 0 and the
  ///     last the number of values.
  /// - Returns: As many means, ascending.
  func meansOfBestRuns(_ count: Int, cutAt places: [Int]) -> [Double] {
    precondition(count >= 1 && count < places.count, "every run lies between two places")
    let last = places.count - 1
    // costs[n]: the least cost of what lies before place n, so far in one run.
    var costs = places.map { cost(0..<$0) }
    var starts: [[Int32]] = []
    for runs in 1..<max(count, 1) {
      var layer = RunLayer(sums: self, places: places, previous: costs, runs: runs)
      layer.fill(lengths: (runs + 1)...last, starts: runs...(last - 1))
      costs = layer.costs
      starts.append(layer.starts)
    }

    var means: [Double] = []
    var end = last
    for layer in starts.reversed() {
      let start = Int(layer[end])
      means.append(mean(places[start]..<places[end]))
      end = start
    }
    means.append(mean(0..<places[end]))
    return means.reversed()
  }
}

/// One layer of the dynamic programme: the best last run for every length, counted in places.
private struct RunLayer {
  let sums: SortedSums
  let places: [Int]
  let previous: [Double]
  var costs: [Double]
  var starts: [Int32]

  /// A layer in which no length has been worked out.
  ///
  /// - Parameters:
  ///   - sums: The sorted numbers.
  ///   - places: Where a run may begin or end.
  ///   - previous: The least cost of each length with so many runs.
  ///   - runs: How many runs the layer before has; shorter lengths cannot have one more.
  init(sums: SortedSums, places: [Int], previous: [Double], runs: Int) {
    self.sums = sums
    self.places = places
    self.previous = previous
    costs = [Double](repeating: .infinity, count: previous.count)
    starts = [Int32](repeating: Int32(runs), count: previous.count)
  }

  /// Works out the middle length, then both halves with what it says about where their runs start.
  mutating func fill(lengths: ClosedRange<Int>, starts candidates: ClosedRange<Int>) {
    let length = (lengths.lowerBound + lengths.upperBound) / 2
    var best = candidates.lowerBound
    for start in candidates.lowerBound...min(candidates.upperBound, length - 1) {
      let cost = previous[start] + sums.cost(places[start]..<places[length])
      if cost < costs[length] {
        costs[length] = cost
        best = start
      }
    }
    starts[length] = Int32(best)
    if lengths.lowerBound < length {
      fill(lengths: lengths.lowerBound...(length - 1), starts: candidates.lowerBound...best)
    }
    if length < lengths.upperBound {
      fill(lengths: (length + 1)...lengths.upperBound, starts: best...candidates.upperBound)
    }
  }
}
