internal import Grids

/// Half-quadratic quantization: min-max scales stay, each group's zero point is a number of its own.
///
/// Needs no data. In turn, codes are rounded, the largest errors are set apart, and every group's zero
/// point is moved to where what is left has mean zero:
///
///     q ← clamp(rne(w·t + z), 0, 2^b − 1)       t: codes to a weight unit, 1 over the scale
///     d ← w − (q − z)/t
///     e ← sign(d)·max(|d| − |d|^(p−1)/β, 0)     what is set apart: the robust ℓp part
///     z ← mean over the group of q − (w − e)·t
///     β ← κβ
///
/// until the mean |d| of the whole matrix no longer falls. The objective is
/// ‖e‖ₚᵖ + β/2 ‖e − (w − ŵ)‖². ``solve(_:threads:progress:)`` runs it,
/// ``solveReference(_:)`` is the same in plain loops.
///
/// Three constants are absolute: t is 1 for a group whose range is at most 10⁻⁴ and never above 2·10⁴,
/// and e is zero for every error in ``deadZone(beta:)``. So a matrix and its multiple are not treated
/// alike.
///
/// Source: Badri and Shaji 2023, "Half-Quadratic Quantization of Large Machine Learning Models".
public struct HQQ: Hashable, Sendable {
  /// Which published behaviour to follow.
  public enum Behavior: Hashable, Sendable {
    /// β grows, and the zero points of the last iteration that helped are kept.
    case second
    /// β never grows, and the zero points refitted in the iteration that did not help are kept: the
    /// default of the published package.
    case legacy
  }

  /// The width of a code, 1 to 8.
  public var bits: Int
  /// How many neighbours in a row share a scale and a zero point; 0 for the whole row.
  public var groupSize: Int
  /// The most iterations; 0 leaves the zero points at −min·t.
  public var iterations: Int
  /// Which published behaviour to follow.
  public var behavior: Behavior
  /// p of the ℓp norm, above 0 and at most 1.
  public var norm: Double
  /// β of the first iteration.
  public var beta: Double
  /// κ, by which β grows.
  public var growth: Double

  /// A solver; the defaults are those of the published package, but for ``Behavior/second``.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8.
  ///   - groupSize: How many neighbours in a row share a scale and a zero point; 0 for the whole row.
  ///   - iterations: The most iterations, 0 or more.
  ///   - behavior: Which published behaviour to follow.
  ///   - norm: p, above 0 and at most 1.
  ///   - beta: β, above 0.
  ///   - growth: κ, at least 1.
  public init(
    bits: Int = 4, groupSize: Int = 64, iterations: Int = 20, behavior: Behavior = .second,
    norm: Double = 0.7, beta: Double = 10, growth: Double = 1.01
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.iterations = iterations
    self.behavior = behavior
    self.norm = norm
    self.beta = beta
    self.growth = growth
  }
}

extension HQQ {
  /// The part of an error that is set apart: sign(d)·max(|d| − |d|^(p−1)/β, 0).
  ///
  /// - Parameters:
  ///   - error: d, in weight units.
  ///   - beta: β of the iteration.
  /// - Returns: e, between 0 and d; 0 for every error in the dead zone.
  public func shrink(_ error: Double, beta: Double) -> Double {
    let size = error.magnitude
    guard size > 0 else { return 0 }
    let rest = max(size - exponential((norm - 1) * logarithm(size)) / beta, 0)
    return error < 0 ? -rest : rest
  }

  /// The largest |d| that ``shrink(_:beta:)`` sends to zero: β^(−1/(2−p)), where |d| = |d|^(p−1)/β.
  ///
  /// - Parameter beta: β of the iteration.
  /// - Returns: A magnitude in weight units, not in steps: 0.170 for β = 10 and p = 0.7.
  public func deadZone(beta: Double) -> Double { exponential(-logarithm(beta) / (2 - norm)) }

  /// β of an iteration, counted from 0.
  ///
  /// - Parameter iteration: Which one.
  /// - Returns: βκⁱ; β where the behaviour is ``Behavior/legacy``.
  public func beta(ofIteration iteration: Int) -> Double {
    behavior == .legacy ? beta : beta * exponential(Double(iteration) * logarithm(growth))
  }

  /// Checks the settings against a row length, and says the size of a group.
  func checked(columns: Int) throws(QuantizationError) -> Int {
    guard (1...8).contains(bits) else { throw .bits(bits, allowed: 1...8, who: "hqq") }
    guard iterations >= 0 else {
      throw .parameter(name: "iterations", value: Double(iterations), expected: "0 or more")
    }
    guard norm > 0, norm <= 1 else {
      throw .parameter(name: "norm", value: norm, expected: "above 0 and at most 1")
    }
    guard beta > 0, beta.isFinite else {
      throw .parameter(name: "beta", value: beta, expected: "a positive number")
    }
    guard growth >= 1, growth.isFinite else {
      throw .parameter(name: "growth", value: growth, expected: "1 or more")
    }
    var options = LayerOptions()
    options.groupSize = groupSize
    return try options.resolvedGroupSize(columns: columns)
  }
}
