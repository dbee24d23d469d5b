internal import Grids
internal import Tensors

extension AffineLayer {
  /// What a method made of a layer, with its scales rounded to half precision, as checkpoints store them.
  ///
  /// Rounding a scale moves a weight by at most 2⁻¹¹ of itself. What is measured afterwards should be
  /// ``weight``, which is what readers of the file compute with, and not the method's own Ŵ.
  ///
  /// - Parameter result: What a method made.
  /// - Throws: `AffineLayerError.notAffine`, which names what the method needs besides codes, scales and
  ///   zeros.
  public init(_ result: LayerResult) throws(AffineLayerError) {
    if let obstacle = result.affineObstacle { throw .notAffine(obstacle.description) }
    guard let bits = result.storage.items.first(where: { $0.name == "codes" })?.bitsEach,
      (1...8).contains(bits)
    else { throw .notAffine("its codes have no width of their own") }
    let shift = result.codes.isSigned ? 1 << (bits - 1) : 0
    let rows = result.dequantized.rows
    let columns = result.dequantized.columns
    guard result.scales.rows == rows else {
      throw .notAffine("its \(result.scales.rows) rows of scales are shared among \(rows) outputs")
    }
    let limit = 1 << bits
    var codes = [UInt8](repeating: 0, count: result.codes.count)
    for (place, code) in result.codes.enumerated() {
      guard (0..<limit).contains(code + shift) else {
        throw .notAffine("code \(code) does not fit \(bits) bits")
      }
      codes[place] = UInt8(code + shift)
    }
    var zeros = [UInt8](repeating: 0, count: result.zeros.count)
    for (place, zero) in result.zeros.elements.enumerated() {
      guard (0..<Float(limit)).contains(zero + Float(shift)) else {
        throw .notAffine(
          "its zero point \(zero) is no code: the format stores whole ones of \(bits) bits")
      }
      zeros[place] = UInt8(zero + Float(shift))
    }
    let scales = result.scales.elements.map { Float(float16Bits: $0.float16Bits) }
    if let place = scales.firstIndex(where: { !$0.isFinite || $0 <= 0 }) {
      throw .notAffine(
        "the scale \(result.scales.elements[place]) of row \(place / result.scales.columns) does not "
          + "fit half precision, in which the format stores scales")
    }
    try self.init(
      bits: bits, rows: rows, columns: columns, codes: codes, scales: scales, zeros: zeros,
      groupIndex: result.groupIndex)
    try requireSameValues(result)
  }

  /// Refuses a result whose values come about in some other way: the layout alone does not show it.
  private func requireSameValues(_ result: LayerResult) throws(AffineLayerError) {
    let weight = weight
    let values = result.dequantized.elements
    for (place, value) in weight.elements.enumerated() {
      // Rounding a scale to 11 bits, and a product or two to 24.
      let allowed = values[place].magnitude * 0x1p-10 + 0x1p-24
      guard (value - values[place]).magnitude <= allowed else {
        throw .notAffine(
          "its weight [\(place / columns), \(place % columns)] is \(values[place]), and scale × (code − "
            + "zero) is \(value)")
      }
    }
  }
}

extension LayerResult {
  /// What a reader needs besides codes, scales and zeros; nil where that is nothing.
  var affineObstacle: AffineObstacle? {
    if blocks != nil { return .blocks }
    if vectorCodes != nil { return .vectors }
    if codebooks != nil || levels != nil || lattice != nil { return .levels }
    if outliers != nil { return .outliers }
    if inputScales != nil { return .inputScales }
    if !restoring.isEmpty { return .turned }
    if scaleRun != nil { return .runs }
    if zeros.elements.contains(where: { $0 != $0.rounded() }) { return .realZeros }
    if codes.isSigned, storage.items.first(where: { $0.name == "codes" })?.bitsEach == 1 {
      return .signs
    }
    return nil
  }
}
