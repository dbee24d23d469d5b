extension FloatValues {
  /// The sum, in double precision; 0 for no numbers.
  public var sum: Double { withFloats { values in doubleSum(values) { $0 } } }

  /// The mean, in double precision; NaN for no numbers.
  public var mean: Double {
    withFloats { values in doubleSum(values) { $0 } / Double(values.count) }
  }

  /// The count and the first four moments, from one pass.
  public var moments: Moments { Moments(of: self) }

  /// The mean squared distance from the mean, divided by the count (the population's form).
  public var variance: Double {
    withFloats { values in
      let mean = doubleSum(values) { $0 } / Double(values.count)
      return doubleSum(values) { ($0 - mean) * ($0 - mean) } / Double(values.count)
    }
  }

  /// The variance divided by the count less one; NaN for fewer than two numbers.
  public var sampleVariance: Double {
    withFloats { values in
      let count = Double(values.count)
      return count < 2 ? .nan : values.variance * count / (count - 1)
    }
  }

  /// The square root of ``variance``.
  public var standardDeviation: Double { variance.squareRoot() }

  /// The third standardized moment, population's form: 0 for symmetric data.
  public var skewness: Double { moments.skewness }

  /// The excess kurtosis, population's form: 0 for a normal distribution, large with outliers.
  public var kurtosis: Double { moments.kurtosis }

  /// The square root of the mean of the squares; NaN for no numbers.
  public var rootMeanSquare: Double {
    withFloats { values in (doubleSum(values) { $0 * $0 } / Double(values.count)).squareRoot() }
  }

  /// The mean of the absolute values; NaN for no numbers.
  public var meanMagnitude: Double {
    withFloats { values in doubleSum(values) { abs($0) } / Double(values.count) }
  }

  /// The largest absolute value; 0 for no numbers.
  ///
  /// NaN is passed over; infinity is not. ``scanned()`` counts both.
  @inlinable public var largestMagnitude: Float {
    withFloats { values in
      var largest: Int32 = 0
      for value in values {
        // Without its sign, a Float's bits order as integers do.
        largest = max(largest, Int32(bitPattern: value.bitPattern & 0x7fff_ffff))
      }
      let found = Float(bitPattern: UInt32(bitPattern: largest))
      guard found.isNaN else { return found }
      return values.reduce(0) { abs($1) > $0 ? abs($1) : $0 }
    }
  }
}
