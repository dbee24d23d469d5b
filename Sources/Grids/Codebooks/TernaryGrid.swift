/// Three levels, −scale, 0 and scale, and the magnitude above which a number is not zero.
///
/// 1.58 bits a weight in theory, 1.6875 or 2.0625 as stored by ggml. The two ways of choosing the
/// scale answer different questions: ``absoluteMean(of:epsilon:)`` is what BitNet trains with,
/// ``leastSquares(of:)`` is the best that can be done to weights that were not.
@frozen
public struct TernaryGrid: Hashable, Sendable {
  /// What a code of 1 stands for.
  public let scale: Float
  /// A number whose magnitude is at most this becomes zero.
  public let threshold: Float

  /// A grid with the given level and threshold.
  ///
  /// - Parameters:
  ///   - scale: What a code of 1 stands for; finite and not negative.
  ///   - threshold: The magnitude up to which a number is zero; not negative.
  @inlinable
  public init(scale: Float, threshold: Float) {
    precondition(scale >= 0 && scale.isFinite, "a scale is finite and not negative")
    precondition(threshold >= 0, "a threshold is not negative")
    self.scale = scale
    self.threshold = threshold
  }

  /// The code of a number: −1, 0 or 1; NaN becomes 0.
  @inlinable
  public func encode(_ value: Float) -> Int {
    guard value.magnitude > threshold else { return 0 }
    return value < 0 ? -1 : 1
  }

  /// The number a code stands for.
  @inlinable
  public func decode(_ code: Int) -> Float {
    Float(code) * scale
  }

  /// A number after a round trip through the grid.
  @inlinable
  public func fakeQuantized(_ value: Float) -> Float {
    decode(encode(value))
  }
}

extension TernaryGrid {
  /// Returns BitNet b1.58's grid: the scale is γ, the mean magnitude.
  ///
  /// The code is w / (γ + ε) rounded half to even and clamped to ±1, so the threshold is (γ + ε)/2;
  /// the decoded level is γ itself. Source: Ma et al. 2024, arXiv:2402.17764, equations 1 to 3.
  ///
  /// - Parameters:
  ///   - weights: The numbers to fit, finite, at least one.
  ///   - epsilon: What keeps the division defined for a tensor of zeros.
  /// - Returns: The grid for these weights.
  /// - Throws: `GridError.noValues` or `GridError.valueNotFinite`.
  public static func absoluteMean(
    of weights: [Float], epsilon: Float = 1e-5
  ) throws(GridError) -> TernaryGrid {
    let magnitudes = try magnitudes(of: weights)
    var sum = 0.0
    for magnitude in magnitudes { sum += Double(magnitude) }
    let scale = Float(sum / Double(magnitudes.count))
    return TernaryGrid(scale: scale, threshold: (scale + epsilon) / 2)
  }

  /// Returns the grid with the least squared error: exact over every threshold and every scale.
  ///
  /// If the k largest magnitudes are kept, the best scale is their mean and the error falls by
  /// (their sum)² / k. Sorting once and trying every k finds the optimum, at which the threshold is
  /// half the scale. Among equally good grids the one with the smallest k wins. A tensor of zeros has
  /// scale 0.
  ///
  /// - Parameter weights: The numbers to fit, finite, at least one.
  /// - Returns: The grid for these weights.
  /// - Throws: `GridError.noValues` or `GridError.valueNotFinite`.
  public static func leastSquares(of weights: [Float]) throws(GridError) -> TernaryGrid {
    let magnitudes = try magnitudes(of: weights).sorted(by: >)
    var sum = 0.0
    var bestGain = 0.0
    var scale = 0.0
    for (index, magnitude) in magnitudes.enumerated() {
      sum += Double(magnitude)
      let kept = Double(index + 1)
      let gain = sum * sum / kept
      if gain > bestGain {
        bestGain = gain
        scale = sum / kept
      }
    }
    return TernaryGrid(scale: Float(scale), threshold: Float(scale / 2))
  }

  /// Returns the magnitudes of a list of numbers that all are finite.
  private static func magnitudes(of weights: [Float]) throws(GridError) -> [Float] {
    guard !weights.isEmpty else { throw .noValues }
    for index in weights.indices where !weights[index].isFinite {
      throw .valueNotFinite(index: index)
    }
    return weights.map { $0.magnitude }
  }
}
