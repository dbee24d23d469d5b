public import Tensors

extension SpQR {
  /// Which weights to keep apart.
  ///
  /// A group's cost is Σ (w − ŵ)²/[H⁻¹]_jj over its min-max grid; a weight's gain is what its group's
  /// cost falls by when the weight leaves it. Inside the range that is its own term; a smallest or
  /// largest weight also takes the grid with it. The share is found in four passes, best gains first,
  /// so that behind a largest weight the next one is seen.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - inverseDiagonal: [H⁻¹]_jj, one a column, positive.
  /// - Returns: Row-major places, ascending; at most the share, fewer where nothing is gained.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.groupSizeDoesNotDivide`, or `.countMismatch`.
  public func outliers(
    in weight: Matrix, inverseDiagonal: [Double]
  ) throws(QuantizationError) -> [Int] {
    let groupSize = try checked(columns: weight.columns)
    guard inverseDiagonal.count == weight.columns else {
      throw .countMismatch(
        what: "diagonal elements", found: inverseDiagonal.count, expected: weight.columns)
    }
    let wanted = Int(outlierShare * Double(weight.count))
    var isKept = [Bool](repeating: false, count: weight.count)
    var gains = [Double](repeating: 0, count: weight.count)
    let importance = inverseDiagonal.map { 1 / $0 }
    var isStale = [Bool](repeating: true, count: weight.count / groupSize)
    var found = 0
    for pass in 1...Self.searchPasses {
      for group in isStale.indices where isStale[group] {
        let places = group * groupSize..<(group + 1) * groupSize
        gainsOfLeaving(places, of: weight, importance: importance, isKept, into: &gains)
        isStale[group] = false
      }
      let quota = wanted * pass / Self.searchPasses - found
      let best = gains.indices.filter { gains[$0] > 0 && !isKept[$0] }
        .sorted { (gains[$1], $0) < (gains[$0], $1) }.prefix(quota)
      for place in best {
        isKept[place] = true
        isStale[place / groupSize] = true
      }
      found += best.count
    }
    return isKept.indices.filter { isKept[$0] }
  }

  /// What each weight of a group saves by leaving it.
  private func gainsOfLeaving(
    _ places: Range<Int>, of weight: Matrix, importance: [Double], _ isKept: [Bool],
    into gains: inout [Double]
  ) {
    let values = weight.elements
    let rest = places.filter { !isKept[$0] }
    let top = Float(1 << bits - 1)
    func cost(without left: Int?) -> Double {
      var low: Float = 0
      var high: Float = 0
      for place in rest where place != left {
        low = min(low, values[place])
        high = max(high, values[place])
      }
      let grid = GroupGrid(lowest: low, highest: high, top: top)
      return rest.reduce(0.0) { sum, place in
        place == left ? sum : sum + term(place, grid)
      }
    }
    func term(_ place: Int, _ grid: GroupGrid) -> Double {
      let error = Double(values[place] - grid.value(grid.code(values[place])))
      return error * error * importance[place % weight.columns]
    }
    let low = rest.map { values[$0] }.min() ?? 0
    let high = rest.map { values[$0] }.max() ?? 0
    let grid = GroupGrid(lowest: low, highest: high, top: top)
    let whole = cost(without: nil)
    for place in rest {
      let isEnd = values[place] == low || values[place] == high
      gains[place] = isEnd ? whole - cost(without: place) : term(place, grid)
    }
  }
}
