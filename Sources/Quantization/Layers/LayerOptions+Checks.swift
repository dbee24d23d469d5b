extension LayerOptions {
  /// The group size for rows of this length: what was asked, or 128, or the row if that is shorter.
  ///
  /// - Parameter columns: The length of a row.
  /// - Returns: A size that tiles the row.
  /// - Throws: `QuantizationError.groupSizeDoesNotDivide` or `.sizeNotPositive`.
  package func resolvedGroupSize(columns: Int) throws(QuantizationError) -> Int {
    let size = groupSize ?? min(128, columns)
    guard size >= 0 else { throw .sizeNotPositive(name: "group size", value: size) }
    guard size != 0 else { return columns }
    guard columns % size == 0 else {
      throw .groupSizeDoesNotDivide(groupSize: size, columns: columns)
    }
    return size
  }

  /// Refuses bits other than the ones a format has.
  func requireBits(_ fixed: Int, for method: String) throws(QuantizationError) {
    if let bits, bits != fixed { throw .bits(bits, allowed: fixed...fixed, who: method) }
  }

  /// Refuses a group size other than the one a format has.
  func requireGroupSize(
    _ fixed: Int, for format: String, columns: Int
  ) throws(QuantizationError) {
    if let groupSize, groupSize != fixed {
      throw .groupSizeIsFixed(format: format, asked: groupSize, fixed: fixed)
    }
    guard columns % fixed == 0 else {
      throw .formatBlockDoesNotDivide(format: format, blockSize: fixed, columns: columns)
    }
  }

  /// The bits asked for, 4 by default, within what a method can store.
  func resolvedBits(
    in allowed: ClosedRange<Int> = 1...8, for method: String
  ) throws(QuantizationError) -> Int {
    let bits = bits ?? 4
    guard allowed.contains(bits) else { throw .bits(bits, allowed: allowed, who: method) }
    return bits
  }
}
