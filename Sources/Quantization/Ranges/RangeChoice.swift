public import Grids

/// How the two ends of a grid are chosen for a handful of weights that share a scale.
///
/// A group of weights is small and seen whole, so the choice needs no histogram and no batches:
/// for data that arrives piece by piece see ``Observer``. Every choice includes zero, so that
/// zero stays exactly representable, and every choice is deterministic.
public enum RangeChoice: Hashable, Sendable {
  /// The smallest and the largest weight: nothing is clipped.
  case minMax

  /// The best of 80 shrunken ranges, by the sum of |Q(x) − x| to the power `norm`.
  ///
  /// Both ends of the min-max range are multiplied by 1 − i/100 for i = 0 … 79; the first of
  /// equals wins. Norm 2 minimises the squared error; GPTQ's quantizer uses 2.4.
  case meanSquaredError(norm: Double)

  /// The clip that balances clipping against rounding, by the fixed point of Sakr et al. 2022.
  case octav

  /// The range that holds this percentage of the weights, 0 < p ≤ 100.
  case percentile(Double)

  /// Returns the ends of the range this choice gives `values` on a grid of `levels`.
  ///
  /// The ends are those the grid is then made from: `AffineGrid(covering:as:)` for an asymmetric
  /// range, `AffineGrid(symmetric:as:)` with `highest` for a symmetric one.
  ///
  /// Edge cases: no values, or only zeros, give (0, 0). The values are finite: callers refuse NaN
  /// and infinities beforehand, where they can still say which weight it is.
  /// Cost: one pass for ``minMax``, 80 for ``meanSquaredError(norm:)``, a few for ``octav``, and
  /// a selection in linear time for ``percentile(_:)``.
  ///
  /// - Parameters:
  ///   - values: The weights that share one scale, in any order.
  ///   - levels: The integers the weights will be stored as.
  ///   - symmetric: Whether the range is centred on zero.
  /// - Returns: `lowest` ≤ 0 ≤ `highest`, in weight units; `lowest` is −`highest` when symmetric.
  public func range(
    of values: UnsafeBufferPointer<Float>, levels: IntegerGrid, symmetric: Bool
  ) -> (lowest: Double, highest: Double) {
    let widest = Extent(of: values)
    guard widest.limit > 0 else { return (0, 0) }
    let ends: Extent
    switch self {
    case .minMax:
      ends = widest
    case .meanSquaredError(let norm):
      let search = ShrinkSearch(levels: levels, symmetric: symmetric, norm: norm)
      ends = search.best(for: values, within: widest)
    case .octav:
      ends = widest.clipped(to: OctavClip.fixedPoint(of: values, bits: levels.bits))
    case .percentile(let percentage):
      ends = PercentileCut(percentage).range(of: values, symmetric: symmetric)
    }
    return symmetric ? (-ends.limit, ends.limit) : (ends.lowest, ends.highest)
  }
}
