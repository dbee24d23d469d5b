extension Histogram {
  /// Adds numbers, growing the range where they lie outside it.
  ///
  /// - Parameter values: The numbers; NaN and infinity are only counted in `notFiniteCount`.
  public mutating func add(_ values: some FloatValues) {
    if let extent = values.extent {
      grow(toCover: Double(extent.lowerBound)...Double(extent.upperBound))
    }
    count(values)
  }

  /// Appends whole bins of the same width at either end until a range is covered.
  ///
  /// The edges that were there stay where they are, so no count is moved by a guess. Where that
  /// would take more than ``binLimit`` bins, neighbours are first joined two by two.
  ///
  /// - Parameter range: What must be covered, in addition to what is.
  public mutating func grow(toCover range: ClosedRange<Double>) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite, "a histogram over \(range)")
    var (below, above) = missingBins(toCover: range)
    while below + above + Double(counts.count) > Double(Self.binLimit) {
      self = coarsened(by: 2)
      (below, above) = missingBins(toCover: range)
    }
    guard below > 0 || above > 0 else { return }
    let grown =
      [Int](repeating: 0, count: Int(below)) + counts + [Int](repeating: 0, count: Int(above))
    setBins(
      grown, lowest: below > 0 ? min(lowest - below * width, range.lowerBound) : lowest,
      highest: above > 0 ? max(highest + above * width, range.upperBound) : highest, width: width)
  }

  /// Joins neighbouring bins.
  ///
  /// - Parameter factor: How many bins become one. Where it does not divide their number, the last
  ///   bin reaches beyond the old range.
  /// - Returns: The coarser histogram, with the same lower edge.
  public func coarsened(by factor: Int) -> Histogram {
    precondition(factor > 0, "bins joined by \(factor)")
    var joined: [Int] = []
    for first in stride(from: 0, to: counts.count, by: factor) {
      joined.append(counts[first..<min(first + factor, counts.count)].reduce(0, +))
    }
    let newWidth = width * Double(factor)
    let divides = counts.count.isMultiple(of: factor)
    var result = self
    result.setBins(
      joined, lowest: lowest, highest: divides ? highest : lowest + Double(joined.count) * newWidth,
      width: newWidth)
    return result
  }

  /// Takes in the counts of another histogram, whose bins must stand in line with these.
  ///
  /// Two histograms that started from the same range and number of bins, and grew, always do.
  ///
  /// - Parameter other: A histogram with the same width, whose edges meet these to within a
  ///   millionth of a width.
  /// - Throws: `TensorError.histogramsDoNotAlign`, or `TensorError.histogramTooWide` where both
  ///   together would need more than ``binLimit`` bins.
  public mutating func merge(_ other: Histogram) throws(TensorError) {
    let offset = (other.lowest - lowest) / width
    let first = offset.rounded()
    guard abs(width - other.width) <= 1e-9 * width, abs(offset - first) <= 1e-6 else {
      throw .histogramsDoNotAlign(
        width: width, lowest: lowest, otherWidth: other.width, otherLowest: other.lowest)
    }
    let from = min(0, first)
    let upTo = max(Double(counts.count), first + Double(other.counts.count))
    guard upTo - from <= Double(Self.binLimit) else {
      throw .histogramTooWide(bins: Int(exactly: upTo - from) ?? .max, limit: Self.binLimit)
    }
    let below = Int(-from)
    let above = Int(upTo) - counts.count
    let grown = [Int](repeating: 0, count: below) + counts + [Int](repeating: 0, count: above)
    setBins(
      grown, lowest: below > 0 ? other.lowest : lowest,
      highest: above > 0 ? other.highest : highest,
      width: width)
    addCounts(other.counts, from: Int(first) + below)
    addUncounted(of: other)
  }

  /// How many bins are missing at each end to cover a range, as numbers that may be huge.
  private func missingBins(toCover range: ClosedRange<Double>) -> (below: Double, above: Double) {
    (
      max(0, ((lowest - range.lowerBound) / width).rounded(.up)),
      max(0, ((range.upperBound - highest) / width).rounded(.up))
    )
  }
}
