extension BlockSearch {
  /// The search for the scales of scales: value ≈ scale × code, codes 0 to the largest.
  ///
  /// Nine grids, the plain one first, compete by weighted squared error; from the best, sweeps move one
  /// code at a time as ``sweeps(_:limit:codes:)`` does. Values are meant not to be negative. Where an
  /// importance of zeros makes one so, its code is negative too and comes out as a byte, 256 more.
  ///
  /// - Parameters:
  ///   - values: Scales or minima of the sub-blocks.
  ///   - weights: What the errors of a sub-block weigh together.
  ///   - largest: The largest code.
  /// - Returns: The scale and the codes; all 0 where no value is above 10⁻¹⁵.
  static func positive(
    _ values: [Float], _ weights: [Float], _ largest: Int
  ) -> (scale: Float, codes: [Int]) {
    let most = values.reduce(0) { $1 > $0 ? $1 : $0 }
    guard most >= smallestMagnitude else {
      return (0, [Int](repeating: 0, count: values.count))
    }
    func bounded(_ value: Float) -> Int { min(largest, BlockRounding.nearestEven(value)) }
    var inverse = Float(largest) / most
    var best = Float.infinity
    for step in [0] + [-4, -3, -2, -1, 1, 2, 3, 4] {
      let trial = (0.1 * Float(step) + Float(largest)) / most
      let scale = 1 / trial
      var error: Float = 0
      for (value, weight) in zip(values, weights) {
        // Codes are bytes: in the plain grid, whose codes are stored at once, −1 counts as 255.
        let code = bounded(trial * value)
        let level = step == 0 ? Float(UInt8(truncatingIfNeeded: code)) : Float(code)
        let difference = value - scale * level
        error += weight * difference * difference
      }
      if step == 0 || error < best {
        best = error
        inverse = trial
      }
    }

    var codes = values.map { UInt8(truncatingIfNeeded: bounded(inverse * $0)) }
    var products: Float = 0  // Σwxl
    var squares: Float = 0  // Σwl²
    for (value, weight) in zip(values, weights) {
      let level = Float(bounded(inverse * value))
      products += weight * value * level
      squares += weight * level * level
    }
    for _ in 0..<5 {
      var hasChanged = false
      for (index, (value, weight)) in zip(values, weights).enumerated() {
        let old = Float(codes[index])
        var otherProducts = products - weight * value * old
        var otherSquares = squares - weight * old * old
        guard otherProducts > 0, otherSquares > 0 else { continue }
        let code = bounded(value * otherSquares / otherProducts)
        guard code != Int(codes[index]) else { continue }
        let level = Float(code)
        otherProducts += weight * value * level
        otherSquares += weight * level * level
        guard otherProducts * otherProducts * squares > products * products * otherSquares else {
          continue
        }
        codes[index] = UInt8(truncatingIfNeeded: code)
        products = otherProducts
        squares = otherSquares
        hasChanged = true
      }
      if !hasChanged { break }
    }
    return (squares > 0 ? products / squares : 0, codes.map { Int($0) })
  }
}
