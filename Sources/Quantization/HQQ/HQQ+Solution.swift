public import Tensors

extension HQQ {
  /// What the solver found, and how it went.
  public struct Solution: Sendable {
    /// The integers stored, shape of the weight.
    public let codes: Codes
    /// The distance between neighbouring codes, shape [rows, groups].
    public let scales: Matrix
    /// The code of real zero as a real number, shape [rows, groups]; it may lie off the grid.
    public let zeros: Matrix
    /// scale·(code − zero), shape of the weight.
    public let dequantized: Matrix
    /// How each iteration began.
    public let history: [Iteration]
    /// Which iteration's zero points were kept: those that ``history`` measured at this place, or
    /// those after its last place.
    public let kept: Int
    /// The size of a group.
    public let groupSize: Int
    /// The width of a code.
    public let bits: Int
  }

  /// One iteration as it began.
  public struct Iteration: Hashable, Sendable {
    /// The mean of |w − ŵ| over the whole matrix, before the zero points moved.
    public let meanError: Float
    /// How many weights had a part of their error set apart.
    public let setApart: Int
    /// β of the iteration.
    public let beta: Double
  }
}

extension HQQ.Solution {
  /// What is stored: codes, 16-bit scales, 16-bit zero points.
  public var storage: StorageCost {
    StorageCost(
      weights: codes.count,
      items: [
        .init("codes", count: codes.count, bitsEach: bits),
        .init("scales", count: scales.count, bitsEach: 16),
        .init("zero points", count: zeros.count, bitsEach: 16),
      ])
  }
}

/// When to stop, decided on one iteration after another.
struct HQQStopRule {
  let behavior: HQQ.Behavior
  private(set) var history: [HQQ.Iteration] = []
  private var best = Float.infinity

  init(_ behavior: HQQ.Behavior) {
    self.behavior = behavior
  }

  /// Takes an iteration's measure, and says which zero points to keep if it is the last.
  ///
  /// - Returns: nil to go on; else a place in the list of zero points that begins with those the
  ///   first iteration began with.
  mutating func take(_ iteration: HQQ.Iteration) -> Int? {
    history.append(iteration)
    guard iteration.meanError < best else {
      // Zero points number n were measured by iteration n and refitted to number n + 1.
      let number = history.count - 1
      return behavior == .legacy ? number + 1 : max(number - 1, 0)
    }
    best = iteration.meanError
    return nil
  }
}
