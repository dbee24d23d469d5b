extension SafetensorsFile {
  /// A tensor as a matrix of `Float`.
  ///
  /// Rank 2 as it is; rank 1 as one row; rank 0 as 1 × 1; higher ranks with the first size as rows
  /// and the product of the others as columns, which is how a convolution's weight is quantized.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The matrix; see ``floats(named:)`` for how elements are converted.
  /// - Throws: `SafetensorsError.noSuchTensor` or `SafetensorsError.unreadableType`.
  public func matrix(named name: String) throws(SafetensorsError) -> Matrix {
    let info = try info(named: name)
    try requireReadableAsFloats(info)
    let (rows, columns) = Matrix.shape(ofTensor: info.shape)
    return Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      withBytes(of: info) { convertToFloats($0, of: info.type, into: target) }
    }
  }

  /// A tensor's elements as `Float`, row after row.
  ///
  /// Exact for F32, F16, BF16, the FP8 types, BOOL and integers up to 2²⁴; F64 and larger integers
  /// are rounded to the nearest `Float`, and an F64 beyond its range becomes infinite.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: As many numbers as the tensor has elements.
  /// - Throws: `SafetensorsError.noSuchTensor`, or `SafetensorsError.unreadableType` for complex
  ///   numbers, types of less than a byte and the FNUZ types.
  public func floats(named name: String) throws(SafetensorsError) -> [Float] {
    let info = try info(named: name)
    try requireReadableAsFloats(info)
    return [Float](unsafeUninitializedCapacity: info.count) { buffer, count in
      let target = UnsafeMutableBufferPointer(rebasing: buffer[0..<info.count])
      withBytes(of: info) { convertToFloats($0, of: info.type, into: target) }
      count = info.count
    }
  }

  /// A tensor's elements as whole numbers, row after row.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: As many numbers as the tensor has elements; BOOL gives 0 and 1.
  /// - Throws: `SafetensorsError.noSuchTensor`, `SafetensorsError.unreadableType` unless the type is
  ///   an integer or BOOL, or `SafetensorsError.integerTooLarge` for a U64 above `Int64.max`.
  public func integers(named name: String) throws(SafetensorsError) -> [Int64] {
    let info = try info(named: name)
    let widened: [Int64]? = withBytes(of: info) { bytes in
      switch info.type {
      case .bool: widen(bytes, UInt8.self).map { $0 == 0 ? 0 : 1 }
      case .uint8: widen(bytes, UInt8.self)
      case .int8: widen(bytes, Int8.self)
      case .uint16: widen(bytes, UInt16.self)
      case .int16: widen(bytes, Int16.self)
      case .uint32: widen(bytes, UInt32.self)
      case .int32: widen(bytes, Int32.self)
      case .int64, .uint64: widen(bytes, Int64.self)
      default: nil
      }
    }
    guard let values = widened else {
      throw .unreadableType(path: path, name: name, type: info.type, wanted: "whole numbers")
    }
    // Read as signed, a number that is too large appears as a negative one.
    if info.type == .uint64, let index = values.firstIndex(where: { $0 < 0 }) {
      throw .integerTooLarge(
        path: path, name: name, index: index, value: UInt64(bitPattern: values[index]))
    }
    return values
  }

  /// Lends a tensor's elements as `Float`, piece by piece, without a copy of the whole.
  ///
  /// The pieces follow each other row-major, without regard to rows. An F32 tensor comes in one
  /// piece straight from the file if its address allows.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - body: Reads one piece; must not keep the pointer. Not called for a tensor without elements.
  /// - Throws: `SafetensorsError.noSuchTensor` or `SafetensorsError.unreadableType`.
  public func withFloatChunks(
    named name: String, _ body: (UnsafeBufferPointer<Float>) -> Void
  ) throws(SafetensorsError) {
    let info = try info(named: name)
    try requireReadableAsFloats(info)
    withBytes(of: info) { lendFloats($0, of: info.type, count: info.count, body) }
  }

  /// The range of a tensor's finite elements and how many are not finite, without a copy of it.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The scan of all elements.
  /// - Throws: `SafetensorsError.noSuchTensor` or `SafetensorsError.unreadableType`.
  public func scan(named name: String) throws(SafetensorsError) -> ValueScan {
    var scan = ValueScan()
    try withFloatChunks(named: name) { scan.add($0) }
    return scan
  }

  /// The count and the first four moments of a tensor's elements, without a copy of it.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The moments of all elements; NaN where an element is not finite.
  /// - Throws: `SafetensorsError.noSuchTensor` or `SafetensorsError.unreadableType`.
  public func moments(named name: String) throws(SafetensorsError) -> Moments {
    var moments = Moments()
    try withFloatChunks(named: name) { moments.add($0) }
    return moments
  }

  private func requireReadableAsFloats(_ info: TensorInfo) throws(SafetensorsError) {
    guard info.type.isReadableAsFloats else {
      throw .unreadableType(
        path: path, name: info.name, type: info.type, wanted: "single-precision numbers")
    }
  }

  private func widen<Integer: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _: Integer.Type
  ) -> [Int64] {
    let size = MemoryLayout<Integer>.size
    return (0..<bytes.count / size).map { index in
      Int64(
        truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: index * size, as: Integer.self))
    }
  }
}
