/// Counts of numbers in bins of one width, which can grow, merge and coarsen.
///
/// A value: an observer that sees data batch after batch keeps one and adds to it. Bins are closed
/// below and open above, except that the last holds its upper edge too: numpy's rule, and the
/// counts of a fresh histogram equal numpy's exactly.
///
/// Numbers that are NaN or infinite have no bin and are counted apart.
public struct Histogram: Equatable, Sendable {
  /// How many numbers fell into each bin, from the lowest.
  public private(set) var counts: [Int]
  /// The lower edge of the first bin.
  public private(set) var lowest: Double
  /// The upper edge of the last bin.
  public private(set) var highest: Double
  /// The width of a bin.
  public private(set) var width: Double
  /// How many numbers lay below the first bin of a histogram that was told its range.
  public private(set) var belowCount = 0
  /// How many numbers lay above the last bin of a histogram that was told its range.
  public private(set) var aboveCount = 0
  /// How many numbers were NaN or infinite.
  public private(set) var notFiniteCount = 0

  /// The most bins that growing makes before it halves their number by joining neighbours.
  public static let binLimit = 1 << 20

  /// Makes an empty histogram over a range.
  ///
  /// - Parameters:
  ///   - bins: The number of bins, 1 or more.
  ///   - range: From the lower edge of the first to the upper edge of the last. A range without
  ///     width is widened by one half on each side, as numpy does; by more beside numbers so large
  ///     that the edges could not be told apart, where numpy refuses.
  public init(bins: Int, over range: ClosedRange<Double>) {
    precondition(bins > 0 && bins <= Self.binLimit, "\(bins) bins; 1 to \(Self.binLimit)")
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite, "a histogram over \(range)")
    counts = [Int](repeating: 0, count: bins)
    let isPoint = range.lowerBound == range.upperBound
    let margin = isPoint ? max(0.5, range.upperBound.ulp * Double(bins)) : 0
    lowest = range.lowerBound - margin
    highest = range.upperBound + margin
    width = (highest - lowest) / Double(bins)
    precondition(width > 0 && width.isFinite, "\(bins) bins over \(range)")
  }

  /// Makes the histogram of some numbers.
  ///
  /// - Parameters:
  ///   - values: The numbers.
  ///   - bins: The number of bins, 1 or more.
  ///   - range: What the bins cover; numbers outside are counted in `belowCount` and `aboveCount`.
  ///     Without it, from the smallest to the largest finite number (0 to 1 where there is none).
  public init(of values: some FloatValues, bins: Int, over range: ClosedRange<Double>? = nil) {
    let found = values.extent.map { Double($0.lowerBound)...Double($0.upperBound) }
    self.init(bins: bins, over: range ?? found ?? 0...1)
    count(values)
  }

  /// How many numbers are in the bins.
  public var total: Int { counts.reduce(0, +) }

  /// The edges of the bins: one more than there are bins.
  public var edges: [Double] { (0...counts.count).map { edge($0) } }

  /// The middle of each bin.
  public var centers: [Double] {
    counts.indices.map { (edge($0) + edge($0 + 1)) / 2 }
  }

  /// For each bin, how many numbers are in it and the bins below.
  public var cumulativeCounts: [Int] {
    var sum = 0
    return counts.map { count in
      sum += count
      return sum
    }
  }

  /// The value below which a share of the counted numbers lies, as well as bins can tell.
  ///
  /// The numbers of a bin are taken to be spread evenly over it, so the result is at most one width
  /// from the exact quantile.
  ///
  /// - Parameter probability: The share, 0 to 1.
  /// - Returns: The quantile; NaN for an empty histogram.
  public func quantile(_ probability: Double) -> Double {
    precondition(probability >= 0 && probability <= 1, "the quantile of \(probability)")
    let total = total
    guard total > 0 else { return .nan }
    let target = probability * Double(total)
    var below = 0
    for (index, count) in counts.enumerated() where count > 0 {
      if Double(below + count) >= target {
        let share = max(0, target - Double(below)) / Double(count)
        return edge(index) + share * (edge(index + 1) - edge(index))
      }
      below += count
    }
    return highest
  }

  /// The lower edge of a bin; that of the one after the last is `highest`.
  func edge(_ index: Int) -> Double {
    index == counts.count ? highest : lowest + Double(index) * width
  }

  /// Counts numbers into the bins there are.
  mutating func count(_ values: some FloatValues) {
    let perUnit = Double(counts.count) / (highest - lowest)
    values.withFloats { buffer in
      for value in buffer {
        let value = Double(value)
        guard value.isFinite else {
          notFiniteCount += 1
          continue
        }
        if value < lowest {
          belowCount += 1
        } else if value > highest {
          aboveCount += 1
        } else {
          counts[bin(of: value, perUnit: perUnit)] += 1
        }
      }
    }
  }

  /// The bin of a number within the range: by multiplication, then corrected by its edges.
  private func bin(of value: Double, perUnit: Double) -> Int {
    let last = counts.count - 1
    let index = min(Int((value - lowest) * perUnit), last)
    if value < edge(index) { return index - 1 }
    return index < last && value >= edge(index + 1) ? index + 1 : index
  }

  /// Replaces the bins, for growing and coarsening.
  mutating func setBins(_ counts: [Int], lowest: Double, highest: Double, width: Double) {
    self.counts = counts
    self.lowest = lowest
    self.highest = highest
    self.width = width
  }

  /// Adds another histogram's numbers that have no bin.
  mutating func addUncounted(of other: Histogram) {
    belowCount += other.belowCount
    aboveCount += other.aboveCount
    notFiniteCount += other.notFiniteCount
  }

  /// Adds counts to the bins from a given one on.
  mutating func addCounts(_ added: [Int], from first: Int) {
    for (index, count) in added.enumerated() { counts[first + index] += count }
  }
}
