internal import Glibc

/// The search for the number of bins whose reduction to a few levels diverges least.
///
/// For i = 128 … all bins: P is the first i bins with the mass of the rest added to the last of
/// them; Q is the first i bins merged into `levelCount` groups, each group's sum spread evenly over
/// its bins that are not empty. KL(P‖Q) decides, and among equals the widest. The first bin, which
/// holds the zeros, is given the second one's count beforehand.
struct EntropySearch {
  /// The bins' counts, the first replaced by the second.
  private let counts: [Double]
  /// Half the number of codes: the levels on one side of zero.
  private let levelCount: Int

  /// The smallest number of bins that is tried.
  static let firstCandidate = 128

  /// A search over a histogram of magnitudes.
  init(counts: [Int], levelCount: Int) {
    var adjusted = counts.map { Double($0) }
    if adjusted.count > 1 { adjusted[0] = adjusted[1] }
    self.counts = adjusted
    self.levelCount = levelCount
  }

  /// The last of the candidates with the least divergence; all bins if none has a finite one.
  ///
  /// Running sums give every divergence to about 10⁻¹² in one step a level; those within 10⁻⁹ of
  /// the least are then computed term by term, so that equals are seen as equal.
  func bestBinCount() -> Int {
    let estimates = RunningSums(counts).divergences(
      from: Self.firstCandidate, levelCount: levelCount)
    let threshold = (estimates.filter { $0.isFinite }.min() ?? .infinity) + 1e-9
    var best = counts.count
    var smallest = Double.infinity
    for (index, estimate) in estimates.enumerated() where estimate <= threshold {
      let binCount = Self.firstCandidate + index
      let divergence = divergence(of: binCount, beyond: counts[binCount...].reduce(0, +))
      if divergence <= smallest {
        smallest = divergence
        best = binCount
      }
    }
    return best
  }

  /// KL(P‖Q) for the first bins and the mass beyond them.
  func divergence(of binCount: Int, beyond: Double) -> Double {
    var candidate = [Double](repeating: 0, count: binCount)
    let step = Double(binCount) / Double(levelCount)
    var start = 0
    for level in 1...levelCount {
      let end = level == levelCount ? binCount : Self.firstBin(from: Double(level) * step)
      spread(start..<max(start, end), into: &candidate)
      start = max(start, end)
    }
    var reference = Array(counts[..<binCount])
    reference[binCount - 1] += beyond
    let referenceSum = PairwiseSum.of(reference)
    let candidateSum = PairwiseSum.of(candidate)
    var terms = [Double](repeating: 0, count: binCount)
    for bin in 0..<binCount where reference[bin] > 0 {
      let share = reference[bin] / referenceSum
      let copied = candidate[bin] / candidateSum
      if copied == 0 { return .infinity }
      terms[bin] = share * log(share / copied)
    }
    return PairwiseSum.of(terms)
  }

  /// The first bin whose number is at least `border`.
  fileprivate static func firstBin(from border: Double) -> Int { Int(border.rounded(.up)) }

  /// Gives each bin that is not empty the same part of what a group of bins holds together.
  private func spread(_ group: Range<Int>, into candidate: inout [Double]) {
    var mass = 0.0
    var occupied = 0.0
    for bin in group where counts[bin] != 0 {
      mass += counts[bin]
      occupied += 1
    }
    guard occupied > 0 else { return }
    for bin in group where counts[bin] != 0 { candidate[bin] = mass / occupied }
  }
}

/// Sums over the first bins of a histogram, from which the sum over any group is one difference.
private struct RunningSums {
  /// Σ c, over the bins before each.
  private var mass: [Double] = [0]
  /// How many of the bins before each are not empty.
  private var occupied: [Double] = [0]
  /// Σ c log c.
  private var entropy: [Double] = [0]

  init(_ counts: [Double]) {
    for (bin, count) in counts.enumerated() {
      mass.append(mass[bin] + count)
      occupied.append(occupied[bin] + (count > 0 ? 1 : 0))
      entropy.append(entropy[bin] + (count > 0 ? count * log(count) : 0))
    }
  }

  /// KL(P‖Q) for each number of bins; infinite where P has mass and Q has none.
  ///
  /// With C the mass inside, B the mass beyond and T both, KL = (Σ p log p − Σ p log q)/T + log(C/T)
  /// for the counts p and q before they are divided by their sums. A group of mass S over N bins
  /// contributes S log(S/N) to the second sum, and B its last bin's logarithm again.
  func divergences(from first: Int, levelCount: Int) -> [Double] {
    let total = mass[mass.count - 1]
    return (first...max(first, mass.count - 1)).map { binCount in
      let inside = mass[binCount]
      let beyond = total - inside
      let lastCount = inside - mass[binCount - 1]
      guard inside > 0, beyond == 0 || lastCount > 0 else { return .infinity }
      let step = Double(binCount) / Double(levelCount)
      var cross = 0.0
      var lastLogarithm = 0.0
      var start = 0
      for level in 1...levelCount {
        let border = EntropySearch.firstBin(from: Double(level) * step)
        let end = level == levelCount ? binCount : max(start, border)
        let groupMass = mass[end] - mass[start]
        if groupMass > 0 {
          lastLogarithm = log(groupMass / (occupied[end] - occupied[start]))
          cross += groupMass * lastLogarithm
        }
        start = end
      }
      var reference = entropy[binCount]
      if beyond > 0 {
        reference += (lastCount + beyond) * log(lastCount + beyond) - lastCount * log(lastCount)
        cross += beyond * lastLogarithm
      }
      return (reference - cross) / total + log(inside / total)
    }
  }
}
