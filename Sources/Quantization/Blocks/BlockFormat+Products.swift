internal import CKernels

extension BlockFormat {
  /// The bytes of rows, one after the other, times a vector: how many rows, blocks a row, the vector, room
  /// for 17 numbers for each 16 of it, and where the products go, one a row.
  typealias MultiplyRows =
    @Sendable (
      _ bytes: UnsafePointer<UInt8>, _ rows: Int, _ blocks: Int, _ vector: UnsafePointer<Float>,
      _ scratch: UnsafeMutablePointer<Float>, _ products: UnsafeMutablePointer<Float>
    ) -> Void

  /// Writes the values of whole blocks, on the calling thread.
  ///
  /// - Parameters:
  ///   - bytes: The blocks.
  ///   - values: As many as the blocks hold.
  public func decode(
    _ bytes: UnsafePointer<UInt8>, into values: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      values.count % blockLength == 0, "\(values.count) values in blocks of \(blockLength)")
    decodeRow(bytes, values)
  }

  /// Multiplies rows of blocks with a vector, on the calling thread.
  ///
  /// What a language model does for each new token. Where a format has a kernel for it, no weight is
  /// written anywhere: a run's codes are multiplied as they are, and its scale multiplies the run's sum.
  /// Other formats are decoded row by row into the first cache. Either way the products are those of
  /// single precision, ``productReference(_:_:offset:)``'s up to rounding: its numbers are kept to
  /// 2⁻²³ of the largest in a run of 32 at least.
  ///
  /// - Parameters:
  ///   - bytes: The rows' blocks, row after row.
  ///   - rows: How many rows.
  ///   - vector: As many numbers as a row has columns.
  ///   - products: Room for a product a row.
  public func multiply(
    _ bytes: UnsafePointer<UInt8>, rows: Int, by vector: UnsafeBufferPointer<Float>,
    into products: UnsafeMutablePointer<Float>
  ) {
    precondition(
      vector.count % blockLength == 0, "a vector of \(vector.count) and blocks of \(blockLength)")
    guard let start = vector.baseAddress, rows > 0 else { return }
    guard let multiplyRows else {
      return multiplyDecoded(bytes, rows: rows, by: vector, into: products)
    }
    let room = vector.count / 16 * 17
    withUnsafeTemporaryAllocation(byteCount: room * 4, alignment: 64) { buffer in
      guard let scratch = buffer.bindMemory(to: Float.self).baseAddress else { return }
      multiplyRows(bytes, rows, vector.count / blockLength, start, scratch, products)
    }
  }

  /// As ``multiply(_:rows:by:into:)``, a row's values written out first.
  private func multiplyDecoded(
    _ bytes: UnsafePointer<UInt8>, rows: Int, by vector: UnsafeBufferPointer<Float>,
    into products: UnsafeMutablePointer<Float>
  ) {
    let (columns, size) = (vector.count, bytesPerRow(columns: vector.count))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { row in
      for index in 0..<rows {
        decodeRow(bytes + index * size, row)
        nibble_dense_product(
          row.baseAddress, Int32(NIBBLE_FLOAT32), 0, 1, columns, vector.baseAddress, 1,
          nil, 0, products + index, 1)
      }
    }
  }

  /// The product of one row of blocks with a vector, by the formula, in double precision.
  ///
  /// Run by run: scale × (Σ code·x − zero · Σ x), or scale × Σ level[code]·x. It explains
  /// ``multiply(_:rows:by:into:)`` and judges it.
  ///
  /// - Parameters:
  ///   - bytes: A row's blocks.
  ///   - vector: As many numbers as the row has columns.
  ///   - offset: What a kernel adds to each code and takes off again.
  /// - Returns: The product, and what rounding errors are a fraction of: the sum of the magnitudes of
  ///   everything that is added up for it, each code and each zero apart, with `offset` added to each code.
  /// - Throws: `QuantizationError.countMismatch`.
  public func productReference(
    _ bytes: [UInt8], _ vector: [Float], offset: Double = 0
  ) throws(QuantizationError) -> (product: Double, magnitude: Double) {
    let (codes, scales, zeros) = try unpacked(bytes)
    guard codes.count == vector.count else {
      throw .countMismatch(
        what: "numbers in the vector", found: vector.count, expected: codes.count)
    }
    var (product, magnitude) = (0.0, 0.0)
    for (run, scale) in scales.enumerated() {
      for index in run * runLength..<(run + 1) * runLength {
        let (x, code) = (Double(vector[index]), codes[index])
        let level = levels.map { Double($0[code]) } ?? Double(code)
        let zero = levels == nil ? Double(zeros[run]) : 0
        product += Double(scale) * (level - zero) * x
        magnitude += abs(Double(scale)) * (abs(level) + abs(zero) + offset) * abs(x)
      }
    }
    return (product, magnitude)
  }
}
