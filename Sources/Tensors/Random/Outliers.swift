extension [Float] {
  /// A copy in which a share of the entries, chosen at random, is multiplied by a factor.
  ///
  /// - Parameters:
  ///   - fraction: The share, 0 to 1; the number of entries is the nearest whole one.
  ///   - factor: What the chosen entries are multiplied by.
  ///   - seed: Which entries; the same ones for the same seed, on every machine.
  /// - Returns: As many numbers.
  public func plantingOutliers(fraction: Double, factor: Float, seed: UInt64) -> [Float] {
    var result = self
    for index in outlierPlaces(fraction: fraction, total: count, seed: seed) {
      result[index] *= factor
    }
    return result
  }
}

extension Matrix {
  /// A copy in which a share of the elements, chosen at random, is multiplied by a factor.
  ///
  /// - Parameters:
  ///   - fraction: The share, 0 to 1; the number of elements is the nearest whole one.
  ///   - factor: What the chosen elements are multiplied by.
  ///   - seed: Which elements; the same ones for the same seed, on every machine.
  /// - Returns: A matrix of the same shape.
  public func plantingOutliers(fraction: Double, factor: Float, seed: UInt64) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      storage: elements.plantingOutliers(fraction: fraction, factor: factor, seed: seed))
  }

  /// A copy in which whole columns are multiplied by a factor: the outlier channels of activations.
  ///
  /// - Parameters:
  ///   - chosen: The columns; one that is named twice is multiplied once.
  ///   - factor: What they are multiplied by.
  /// - Returns: A matrix of the same shape.
  public func plantingOutlierColumns(_ chosen: [Int], factor: Float) -> Matrix {
    scalingColumns(by: outlierFactors(chosen, total: columns, factor: factor))
  }

  /// A copy in which some columns, chosen at random, are multiplied by a factor.
  ///
  /// - Parameters:
  ///   - count: How many columns.
  ///   - factor: What they are multiplied by.
  ///   - seed: Which columns; the same ones for the same seed, on every machine.
  /// - Returns: A matrix of the same shape.
  public func plantingOutlierColumns(count: Int, factor: Float, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return plantingOutlierColumns(generator.choose(count, from: columns), factor: factor)
  }

  /// A copy in which whole rows are multiplied by a factor: the outlier channels of a weight.
  ///
  /// - Parameters:
  ///   - chosen: The rows; one that is named twice is multiplied once.
  ///   - factor: What they are multiplied by.
  /// - Returns: A matrix of the same shape.
  public func plantingOutlierRows(_ chosen: [Int], factor: Float) -> Matrix {
    scalingRows(by: outlierFactors(chosen, total: rows, factor: factor))
  }

  /// A copy in which some rows, chosen at random, are multiplied by a factor.
  ///
  /// - Parameters:
  ///   - count: How many rows.
  ///   - factor: What they are multiplied by.
  ///   - seed: Which rows; the same ones for the same seed, on every machine.
  /// - Returns: A matrix of the same shape.
  public func plantingOutlierRows(count: Int, factor: Float, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return plantingOutlierRows(generator.choose(count, from: rows), factor: factor)
  }
}

private func outlierPlaces(fraction: Double, total: Int, seed: UInt64) -> [Int] {
  precondition(fraction >= 0 && fraction <= 1, "a fraction of \(fraction)")
  var generator = SeededGenerator(seed: seed)
  return generator.choose(Int((fraction * Double(total)).rounded()), from: total)
}

private func outlierFactors(_ chosen: [Int], total: Int, factor: Float) -> [Float] {
  var factors = [Float](repeating: 1, count: total)
  for place in chosen {
    precondition(place >= 0 && place < total, "channel \(place) of \(total)")
    factors[place] = factor
  }
  return factors
}
