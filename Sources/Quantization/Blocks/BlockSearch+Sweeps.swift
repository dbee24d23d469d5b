extension BlockSearch {
  /// The search by sweeps: value ≈ scale × (code − limit), codes 0 to 2 limit − 1, weights x².
  ///
  /// From the grid that puts the extreme value on −limit, each code in turn is taken out of the sums,
  /// moved to where the scale that fits the others wants it, and kept there if more of Σwx² is
  /// explained. Up to five sweeps, fewer where one changes nothing.
  ///
  /// - Parameters:
  ///   - values: The run.
  ///   - limit: Half the number of codes.
  ///   - codes: As many codes.
  /// - Returns: The scale; 0 and codes 0 for a run of (nearly) zeros.
  static func sweeps(
    _ values: UnsafeBufferPointer<Float>, limit: Int, codes: UnsafeMutablePointer<UInt8>
  ) -> Float {
    let extreme = values.reduce(0 as Float) { $1.magnitude > $0.magnitude ? $1 : $0 }
    guard extreme.magnitude >= smallestMagnitude else {
      for index in values.indices { codes[index] = 0 }
      return 0
    }
    func bounded(_ value: Float) -> Float {
      Float(max(-limit, min(limit - 1, BlockRounding.nearestEven(value))))
    }
    let inverse = -Float(limit) / extreme
    var levels: [Float] = []
    var products: Float = 0  // Σwxl
    var squares: Float = 0  // Σwl²
    for value in values {
      let level = bounded(inverse * value)
      let weight = value * value
      levels.append(level)
      products += weight * value * level
      squares += weight * level * level
    }
    for _ in 0..<5 {
      var hasChanged = false
      for (index, value) in values.enumerated() {
        let old = levels[index]
        let weight = value * value
        var otherProducts = products - weight * value * old
        var otherSquares = squares - weight * old * old
        guard otherProducts > 0 else { continue }
        let level = bounded(value * otherSquares / otherProducts)
        guard level != old else { continue }
        otherProducts += weight * value * level
        otherSquares += weight * level * level
        guard otherSquares > 0,
          otherProducts * otherProducts * squares > products * products * otherSquares
        else { continue }
        levels[index] = level
        products = otherProducts
        squares = otherSquares
        hasChanged = true
      }
      if !hasChanged { break }
    }
    for index in values.indices { codes[index] = UInt8(Int(levels[index]) + limit) }
    return squares > 0 ? products / squares : 0
  }
}
