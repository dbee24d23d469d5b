/// Which integer stands for a number between two integers.
///
/// The first three differ only at exact halves, the *ties*; that is where two correct libraries
/// give different codes. The last is right on average instead of every time.
@frozen
public enum Rounding: Hashable, Sendable {
  /// Ties go to the even integer: IEEE 754's default, and PyTorch's and NumPy's `round`.
  case halfToEven
  /// Ties go away from zero: C's `round`, Swift's `rounded()`, and a pencil.
  case halfAwayFromZero
  /// Ties go up, ⌊x + ½⌋: the rule of ggml's older formats.
  case halfUp
  /// Up with a probability equal to the fraction, so that the mean is the number itself.
  ///
  /// ⌊x⌋ + [u < x − ⌊x⌋] with u from ``CounterGenerator`` at the element's index: reproducible on
  /// every machine and in every order. Source: the rule of Gupta et al. 2015, arXiv:1502.02551.
  case stochastic(seed: UInt64)

  /// Returns the integer this rule chooses for a number.
  ///
  /// Exact for every input: no rule forms x + ½, which for the number just below one half would
  /// already round to 1. NaN and the infinities return themselves.
  ///
  /// - Parameters:
  ///   - value: The number, in units of the step.
  ///   - index: The element's position; only the stochastic rule looks at it.
  /// - Returns: An integer, as a number of the same type.
  @inlinable
  public func round(_ value: Float, at index: Int = 0) -> Float {
    switch self {
    case .halfToEven:
      return value.rounded(.toNearestOrEven)
    case .halfAwayFromZero:
      let whole = value.rounded(.towardZero)
      let isNear = (value - whole).magnitude < 0.5  // the difference is exact
      return isNear || !value.isFinite ? whole : whole + (value < 0 ? -1 : 1)
    case .halfUp:
      let whole = value.rounded(.down)
      return value - whole >= 0.5 ? whole + 1 : whole
    case .stochastic(let seed):
      let whole = value.rounded(.down)
      let fraction = Double(value) - Double(whole)
      return CounterGenerator(seed: seed).uniform(at: index) < fraction ? whole + 1 : whole
    }
  }

  /// Returns the integer this rule chooses for a number in double precision.
  ///
  /// - Parameters:
  ///   - value: The number, in units of the step.
  ///   - index: The element's position; only the stochastic rule looks at it.
  /// - Returns: An integer, as a number of the same type.
  @inlinable
  public func round(_ value: Double, at index: Int = 0) -> Double {
    switch self {
    case .halfToEven:
      return value.rounded(.toNearestOrEven)
    case .halfAwayFromZero:
      let whole = value.rounded(.towardZero)
      let isNear = (value - whole).magnitude < 0.5
      return isNear || !value.isFinite ? whole : whole + (value < 0 ? -1 : 1)
    case .halfUp:
      let whole = value.rounded(.down)
      return value - whole >= 0.5 ? whole + 1 : whole
    case .stochastic(let seed):
      let whole = value.rounded(.down)
      let uniform = CounterGenerator(seed: seed).uniform(at: index)
      return uniform < value - whole ? whole + 1 : whole
    }
  }
}
