/// PyTorch's greedy search for the ends of a range that lose the least squared error.
///
/// Two quantiles close in on each other in steps of 10⁻⁵; at each step the end that would skip more
/// bins moves to its quantile, and the search stops at the first move that makes the error larger.
/// The error is an L2 norm, not an entropy. Arithmetic in float32 where PyTorch's is.
/// Source: `HistogramObserver._non_linear_param_search`, after caffe2's norm minimization.
struct TorchRangeSearch {
  let counts: [Float]
  let lowest: Float
  let highest: Float

  /// How far a quantile moves at a time.
  private static let quantileStep = 1e-5
  /// The codes the error is computed for: those of the 8-bit storage type, whatever the bits.
  private static let codeCount = 256.0

  /// The ends with the least error on the way, as edges of bins.
  func ends() -> (lowest: Float, highest: Float) {
    let total = Double(CascadeSum.of(counts))
    let cumulative = cumulativeCounts()
    var lower = 0.0
    var upper = 1.0
    var first = 0
    var last = counts.count - 1
    var smallestError = Float.infinity
    while lower < upper {
      let nextLower = lower + Self.quantileStep
      let nextUpper = upper - Self.quantileStep
      var left = first
      var right = last
      while left < last && cumulative[left] < Float(nextLower * total) { left += 1 }
      while right > first && cumulative[right] > Float(nextUpper * total) { right -= 1 }
      var nextFirst = first
      var nextLast = last
      if left - first > last - right {
        nextFirst = left
        lower = nextLower
      } else {
        nextLast = right
        upper = nextUpper
      }
      if nextFirst == first && nextLast == last { continue }
      let error = squaredError(first: nextFirst, last: nextLast)
      if error > smallestError { break }
      smallestError = error
      first = nextFirst
      last = nextLast
    }
    let width = (highest - lowest) / Float(counts.count)
    return (lowest + width * Float(first), lowest + width * Float(last + 1))
  }

  /// The running sums of the counts, summed in Double and stored as Floats.
  private func cumulativeCounts() -> [Float] {
    var sum = 0.0
    return counts.map { count in
      sum += Double(count)
      return Float(sum)
    }
  }

  /// The squared error if the codes cover bins `first` to `last`, each bin's counts spread evenly.
  ///
  /// A bin may reach over several codes: the part before the first border, the whole codes between,
  /// and the part after the last border are integrated apart. Bins outside belong to an end code.
  func squaredError(first: Int, last: Int) -> Float {
    let exactWidth = (Double(highest) - Double(lowest)) / Double(counts.count)
    let exactStep = exactWidth * Double(last - first + 1) / Self.codeCount
    guard exactStep != 0 else { return 0 }
    let width = Float(exactWidth)
    let step = Float(exactStep)
    let halfStep = Float(exactStep / 2)
    let wholeCode = Self.integral(from: Float(-exactStep / 2), to: halfStep)
    let errors = counts.indices.map { bin in
      let begin = Float(bin - first) * width
      let end = begin + width
      let firstCode = Self.code(at: begin, step: step)
      let lastCode = Self.code(at: end, step: step)
      let density = counts[bin] / width
      let before = Self.integral(from: begin - (firstCode + 0.5) * step, to: halfStep)
      let after = Self.integral(from: -halfStep, to: end - (lastCode * step + halfStep))
      var error = density * before
      error += (lastCode - firstCode - 1) * (density * wholeCode)
      error += density * after
      return error
    }
    return CascadeSum.of(errors)
  }

  /// The code whose stretch holds a distance from the first code's beginning, clamped to the codes.
  private static func code(at distance: Float, step: Float) -> Float {
    guard step != 0, distance.isFinite else { return .nan }
    // The quotient of two Floats cannot round up to an integer in Double.
    let code = (Double(distance) / Double(step)).rounded(.down)
    return Float(min(max(code, 0), codeCount - 1))
  }

  /// ∫ x² dx.
  private static func integral(from begin: Float, to end: Float) -> Float {
    (end * end * end - begin * begin * begin) / 3
  }
}
