internal import CKernels

/// Weighted searches for a run's scale, shared by several formats.
///
/// Each tries a few scales besides the one that puts the largest value on the outermost code, rounds
/// with each, fits the scale to the codes by weighted least squares, and keeps the best. The sums are
/// ggml's, in its order, so that the codes are too. The fast loops beside them are judged by these.
enum BlockSearch {
  /// Below this magnitude a run counts as zeros.
  static let smallestMagnitude: Float = 1e-15

  /// The symmetric search: value ≈ scale × (code − limit), codes 0 to 2 limit − 1.
  ///
  /// The first scale puts the value of the largest magnitude, with its sign, on −limit, the code that
  /// has no partner; 18 more put it on −(limit + t/10), t = −9 … 9. Of two scales the better has the
  /// larger (Σwxl)²/Σwl², the part of Σwx² that its least-squares fit explains.
  ///
  /// - Parameters:
  ///   - values: The run.
  ///   - limit: Half the number of codes.
  ///   - weights: One a value; nil for x².
  ///   - codes: As many codes.
  /// - Returns: The scale; 0 and codes 0 for a run of (nearly) zeros.
  static func symmetric(
    _ values: UnsafeBufferPointer<Float>, limit: Int, weights: UnsafePointer<Float>?,
    codes: UnsafeMutablePointer<UInt8>
  ) -> Float {
    var magnitude: Float = 0
    var extreme: Float = 0
    for value in values where value.magnitude > magnitude {
      magnitude = value.magnitude
      extreme = value
    }
    guard magnitude >= smallestMagnitude else {
      for index in values.indices { codes[index] = 0 }
      return 0
    }
    func code(_ value: Float, _ inverse: Float) -> Int {
      max(-limit, min(limit - 1, BlockRounding.nearestEven(inverse * value)))
    }
    func sums(_ inverse: Float) -> (products: Float, squares: Float) {
      var products: Float = 0
      var squares: Float = 0
      for index in values.indices {
        let value = values[index]
        let level = Float(code(value, inverse))
        let weight = weights?[index] ?? value * value
        products += weight * value * level
        squares += weight * level * level
      }
      return (products, squares)
    }
    var inverse = -Float(limit) / extreme
    var (products, squares) = sums(inverse)
    var scale = squares != 0 ? products / squares : 0
    var best = scale * products
    var bestInverse = inverse
    for step in -9...9 where step != 0 {
      inverse = -(Float(limit) + 0.1 * Float(step)) / extreme
      (products, squares) = sums(inverse)
      if squares > 0, products * products > best * squares {
        scale = products / squares
        best = scale * products
        bestInverse = inverse
      }
    }
    for index in values.indices {
      codes[index] = UInt8(truncatingIfNeeded: code(values[index], bestInverse) + limit)
    }
    return scale
  }

  /// How far an affine search goes.
  struct AffineSteps {
    /// The largest code.
    let largest: Int
    /// What is added to the largest code in the first trial.
    let first: Float
    /// By how much that grows from trial to trial.
    let growth: Float
    /// How many trials follow the first.
    let count: Int
    /// Whether the magnitude of the error counts, not its square.
    let usesMagnitude: Bool
  }

  /// The affine search: value ≈ scale × code − minimum, codes 0 to the largest.
  ///
  /// The range is from the least value, 0 at most, to the largest. Each trial divides the range into a
  /// few more or fewer steps, rounds, and solves the 2 × 2 normal equations for scale and minimum; a
  /// minimum above 0 is replaced by 0. A trial that wins hands its minimum on: the trials after it
  /// count their steps from there.
  ///
  /// - Parameters:
  ///   - values: The run.
  ///   - weights: One a value.
  ///   - steps: Which trials.
  ///   - codes: As many codes.
  ///   - trial: Room for as many.
  /// - Returns: The scale and what is subtracted, never negative.
  static func affine(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafePointer<Float>, steps: AffineSteps,
    codes: UnsafeMutablePointer<UInt8>, trial: UnsafeMutablePointer<UInt8>
  ) -> (scale: Float, minimum: Float) {
    var least = values[0]
    var most = values[0]
    var weightSum = weights[0]
    var valueSum = weights[0] * values[0]
    for index in 1..<values.count {
      least = values[index] < least ? values[index] : least
      most = values[index] > most ? values[index] : most
      weightSum += weights[index]
      valueSum += weights[index] * values[index]
    }
    if least > 0 { least = 0 }
    guard most > least else {
      for index in values.indices { codes[index] = 0 }
      return (0, -least)
    }
    let largest = Float(steps.largest)
    var minimum = least
    func code(_ value: Float, _ inverse: Float) -> Int {
      max(0, min(steps.largest, BlockRounding.nearestEven(inverse * (value - minimum))))
    }
    func error(
      _ codes: UnsafeMutablePointer<UInt8>, _ scale: Float, _ minimum: Float
    ) -> Float {
      var sum: Float = 0
      for index in values.indices {
        let difference = scale * Float(codes[index]) + minimum - values[index]
        sum +=
          weights[index] * (steps.usesMagnitude ? difference.magnitude : difference * difference)
      }
      return sum
    }
    var inverse = largest / (most - minimum)
    var scale = 1 / inverse
    for index in values.indices { codes[index] = UInt8(code(values[index], inverse)) }
    var best = error(codes, scale, minimum)
    for step in 0...steps.count {
      inverse = (steps.first + steps.growth * Float(step) + largest) / (most - minimum)
      var codeSum: Float = 0
      var squareSum: Float = 0
      var productSum: Float = 0
      for index in values.indices {
        let level = code(values[index], inverse)
        trial[index] = UInt8(level)
        let weighted = weights[index] * Float(level)
        codeSum += weighted
        squareSum += weighted * Float(level)
        productSum += weighted * values[index]
      }
      let determinant = weightSum * squareSum - codeSum * codeSum
      guard determinant > 0 else { continue }
      var fitted = (weightSum * productSum - valueSum * codeSum) / determinant
      var fittedMinimum = (squareSum * valueSum - codeSum * productSum) / determinant
      if fittedMinimum > 0 {
        fittedMinimum = 0
        fitted = productSum / squareSum
      }
      let trialError = error(trial, fitted, fittedMinimum)
      if trialError < best {
        codes.update(from: trial, count: values.count)
        best = trialError
        scale = fitted
        minimum = fittedMinimum
      }
    }
    return (scale, -minimum)
  }
}

/// The two searches as functions, so that a format can take the plain ones or the fast ones.
struct BlockSearches: Sendable {
  /// Values, limit, weights, codes; returns the scale.
  let symmetric:
    @Sendable (
      UnsafeBufferPointer<Float>, Int, UnsafePointer<Float>, UnsafeMutablePointer<UInt8>
    ) -> Float
  /// Values, weights, which trials, codes, room for as many; returns the scale and what is subtracted.
  let affine:
    @Sendable (
      UnsafeBufferPointer<Float>, UnsafePointer<Float>, BlockSearch.AffineSteps,
      UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>
    ) -> (scale: Float, minimum: Float)

  /// The loops that explain.
  static let plain = BlockSearches(
    symmetric: { values, limit, weights, codes in
      BlockSearch.symmetric(values, limit: limit, weights: weights, codes: codes)
    },
    affine: { values, weights, steps, codes, trial in
      BlockSearch.affine(values, weights: weights, steps: steps, codes: codes, trial: trial)
    })

  /// The loops that hold the trials side by side; squared errors alone.
  static let fast = BlockSearches(
    symmetric: { values, limit, weights, codes in
      nibble_symmetric_search(values.baseAddress, values.count, Int32(limit), weights, codes)
    },
    affine: { values, weights, steps, codes, trial in
      guard !steps.usesMagnitude else {
        return BlockSearch.affine(
          values, weights: weights, steps: steps, codes: codes, trial: trial)
      }
      var minimum: Float = 0
      let scale = nibble_affine_search(
        values.baseAddress, values.count, weights, Int32(steps.largest), steps.first, steps.growth,
        Int32(steps.count), codes, &minimum)
      return (scale, minimum)
    })
}
