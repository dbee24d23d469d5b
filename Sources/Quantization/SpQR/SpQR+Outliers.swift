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
  ///   - progress: Told now and then what share is done.
  /// - Returns: Row-major places, ascending; at most the share, fewer where nothing is gained.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.groupSizeDoesNotDivide`, or `.countMismatch`.
  public func outliers(
    in weight: Matrix, inverseDiagonal: [Double], progress: ((Double) -> Void)? = nil
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
      weight.withUnsafeBufferPointer { values in
        gains.withUnsafeMutableBufferPointer { gains in
          for group in isStale.indices where isStale[group] {
            let places = group * groupSize..<(group + 1) * groupSize
            gainsOfLeaving(
              places.filter { !isKept[$0] }, of: values, columns: weight.columns,
              importance: importance, into: gains)
            isStale[group] = false
          }
        }
      }
      let quota = wanted * pass / Self.searchPasses - found
      for place in places(ofLargest: quota, among: gains, except: isKept) {
        isKept[place] = true
        isStale[place / groupSize] = true
        found += 1
      }
      progress?(Double(pass) / Double(Self.searchPasses))
    }
    return isKept.indices.filter { isKept[$0] }
  }

  /// The places of the largest positive gains, the first of equals before the others.
  private func places(ofLargest quota: Int, among gains: [Double], except isKept: [Bool]) -> [Int] {
    let worthwhile = gains.indices.filter { gains[$0] > 0 && !isKept[$0] }
    guard worthwhile.count > quota else { return worthwhile }
    guard quota > 0 else { return [] }
    let least = worthwhile.map { gains[$0] }.sorted(by: >)[quota - 1]
    let above = worthwhile.filter { gains[$0] > least }
    return above + worthwhile.lazy.filter { gains[$0] == least }.prefix(quota - above.count)
  }

  /// What each weight that is left in a group saves by leaving it.
  private func gainsOfLeaving(
    _ rest: [Int], of values: UnsafeBufferPointer<Float>, columns: Int, importance: [Double],
    into gains: UnsafeMutableBufferPointer<Double>
  ) {
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
      return error * error * importance[place % columns]
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
