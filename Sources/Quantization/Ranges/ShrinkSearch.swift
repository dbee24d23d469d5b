internal import Glibc
internal import Grids

/// Tries shrunken copies of a range and keeps the one whose grid errs least.
///
/// The search of GPTQ's quantizer: candidate i has both ends multiplied by 1 − i/100, i = 0 … 79,
/// and the score is Σ |Q(x) − x|ᵖ. Only a strictly smaller score replaces the best so far.
/// Source: the `mse` option of the reference implementation of Frantar et al. 2022 (p = 2.4).
struct ShrinkSearch {
  /// The integers of the grid.
  let levels: IntegerGrid
  /// Whether the range is centred on zero.
  let symmetric: Bool
  /// The power p the errors are raised to.
  let norm: Double

  /// How many ranges are tried.
  static let candidateCount = 80
  /// The factor shrinks by one part in this many at each step.
  static let stepsToZero = 100.0

  /// The best of the candidates inside `widest`; `widest` itself when no score is finite.
  func best(for values: UnsafeBufferPointer<Float>, within widest: Extent) -> Extent {
    precondition(norm > 0 && norm.isFinite, "a norm is positive and finite")
    let start = symmetric ? Extent(-widest.limit, widest.limit) : widest
    let unit = 1 / grid(of: start).scale
    var best = start
    var smallestError = Double.infinity
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.blockSize) { scratch in
      for step in 0..<Self.candidateCount {
        let candidate = start.scaled(by: 1 - Double(step) / Self.stepsToZero)
        let error = errorSum(of: values, on: grid(of: candidate), unit: unit, scratch: scratch)
        if error < smallestError {
          smallestError = error
          best = candidate
        }
      }
    }
    return best
  }

  /// The grid that a candidate stands for.
  private func grid(of candidate: Extent) -> AffineGrid {
    symmetric
      ? AffineGrid(symmetric: candidate.limit, as: levels)
      : AffineGrid(covering: candidate.lowest...candidate.highest, as: levels)
  }

  // MARK: The loop that costs the time

  /// How many errors are raised and added at a time, a multiple of eight.
  private static let blockSize = 256

  /// Σ |(Q(x) − x) · unit|ᵖ, errors in Float and their sum in Double.
  ///
  /// The unit, one over the widest grid's scale, keeps the powers of very small and very large
  /// weights inside what a Float can hold; it is the same for all candidates.
  private func errorSum(
    of values: UnsafeBufferPointer<Float>, on grid: AffineGrid, unit: Float,
    scratch: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    guard let base = values.baseAddress, let powers = scratch.baseAddress else { return 0 }
    var total = 0.0
    var start = 0
    while start < values.count {
      let count = min(Self.blockSize, values.count - start)
      Self.writeErrors(of: base + start, count: count, on: grid, unit: unit, into: powers)
      raise(powers, count: count)
      let padded = (count + 7) & ~7
      for index in count..<padded { powers[index] = 0 }
      var lanes = SIMD8<Float>.zero
      var index = 0
      while index < padded {
        lanes += UnsafeRawPointer(powers + index).loadUnaligned(as: SIMD8<Float>.self)
        index += 8
      }
      total += Double(lanes.sum())
      start += count
    }
    return total
  }

  /// Writes (x − Q(x)) · unit for each value.
  ///
  /// Clamping before rounding gives what rounding before clamping gives, since the ends are
  /// integers, and leaves magnitudes below 2²², where adding and taking away 1.5 · 2²³ rounds half
  /// to even: additions, which the compiler turns into vectors, in place of a call.
  private static func writeErrors(
    of values: UnsafePointer<Float>, count: Int, on grid: AffineGrid, unit: Float,
    into errors: UnsafeMutablePointer<Float>
  ) {
    let scale = grid.scale
    let lowest = Float(grid.integers.lowest - grid.zeroPoint)
    let highest = Float(grid.integers.highest - grid.zeroPoint)
    let shift: Float = 12_582_912
    for index in 0..<count {
      let value = values[index]
      var steps = value / scale
      steps = steps < lowest ? lowest : steps
      steps = steps > highest ? highest : steps
      steps = (steps + shift) - shift
      errors[index] = (value - steps * scale) * unit
    }
  }

  /// Replaces each error by its magnitude to the power ``norm``.
  private func raise(_ errors: UnsafeMutablePointer<Float>, count: Int) {
    switch norm {
    case 2:
      for index in 0..<count { errors[index] *= errors[index] }
    case 2.4:
      for index in 0..<count {
        let square = errors[index] * errors[index]
        errors[index] = square * Self.fifthRoot(square)
      }
    default:
      for index in 0..<count {
        errors[index] = Float(pow(Double(abs(errors[index])), norm))
      }
    }
  }

  /// The fifth root of a number that is not negative, to a few units in the last place.
  ///
  /// A fifth of the bit pattern is a fifth of the logarithm, which starts Newton's iteration within
  /// 5 %; each round squares and doubles that error, so three leave 10⁻⁸. No branch and no call:
  /// |e| to the power 2.4 is e² times the fifth root of e², at the speed of a few divisions.
  @inline(__always)
  static func fifthRoot(_ value: Float) -> Float {
    let start = (value.bitPattern &>> 16) &* 13_107 &+ 852_000_000
    var root = Float(bitPattern: start)
    for _ in 0..<3 {
      let square = root * root
      root = 0.8 * root + 0.2 * value / (square * square)
    }
    return root
  }
}
