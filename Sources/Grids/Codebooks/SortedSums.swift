/// A sample sorted, its equal values merged, with running sums: the cost of a cell in constant time.
struct SortedSums {
  /// The distinct values, ascending.
  let values: [Double]
  /// What was subtracted from the values before summing, to keep the sums accurate.
  private let centre: Double
  /// How many samples, their sum and the sum of their squares, before each distinct value.
  private let weights: [Double]
  private let sums: [Double]
  private let squares: [Double]

  init(of samples: [Float]) throws(GridError) {
    guard !samples.isEmpty else { throw .noValues }
    var total = 0.0
    for index in samples.indices {
      guard samples[index].isFinite else { throw .valueNotFinite(index: index) }
      total += Double(samples[index])
    }
    let centre = total / Double(samples.count)
    var values: [Double] = []
    var weights = [0.0]
    var sums = [0.0]
    var squares = [0.0]
    for sample in samples.sorted() {
      let value = Double(sample)
      if values.last != value {
        values.append(value)
        weights.append(weights[weights.count - 1])
        sums.append(sums[sums.count - 1])
        squares.append(squares[squares.count - 1])
      }
      let offset = value - centre
      weights[weights.count - 1] += 1
      sums[sums.count - 1] += offset
      squares[squares.count - 1] += offset * offset
    }
    self.values = values
    self.centre = centre
    self.weights = weights
    self.sums = sums
    self.squares = squares
  }

  /// Returns the mean of the samples with the given distinct values, none of them empty.
  func mean(_ cell: Range<Int>) -> Double {
    let sum = sums[cell.upperBound] - sums[cell.lowerBound]
    return centre + sum / (weights[cell.upperBound] - weights[cell.lowerBound])
  }

  /// Returns the sum of squared distances of a cell's samples from their mean.
  func cost(_ cell: Range<Int>) -> Double {
    guard cell.count > 1 else { return 0 }
    let sum = sums[cell.upperBound] - sums[cell.lowerBound]
    let weight = weights[cell.upperBound] - weights[cell.lowerBound]
    return max(squares[cell.upperBound] - squares[cell.lowerBound] - sum * sum / weight, 0)
  }

  /// Returns how many distinct values are at most a given one.
  func countAtMost(_ limit: Double) -> Int {
    var lower = 0
    var upper = values.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if values[middle] <= limit {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    return lower
  }
}
