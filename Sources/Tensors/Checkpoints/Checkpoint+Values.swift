extension Checkpoint {
  /// A tensor as a matrix of `Float`.
  ///
  /// Rank 2 as it is; rank 1 as one row; rank 0 as 1 × 1; higher ranks with the first size as rows.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The matrix; see ``floats(named:)`` for how elements are converted.
  /// - Throws: `CheckpointError.noSuchTensor`, or `CheckpointError.notNumbers` for blocks, which
  ///   ``bytes(named:)`` gives as they are, and for types without a conversion.
  public func matrix(named name: String) throws(CheckpointError) -> Matrix {
    let info = try info(named: name)
    let (tensor, type) = try numbers(named: name)
    return Matrix(rows: info.rows, columns: info.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      tensor.withContiguousBytes { convertToFloats($0, of: type, into: target) }
    }
  }

  /// A tensor's elements as `Float`, row after row.
  ///
  /// Exact for F32, F16, BF16, the FP8 types, BOOL and integers up to 2²⁴; F64 and larger integers are
  /// rounded to the nearest `Float`.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: As many numbers as the tensor has elements.
  /// - Throws: `CheckpointError.noSuchTensor` or `CheckpointError.notNumbers`.
  public func floats(named name: String) throws(CheckpointError) -> [Float] {
    let count = try info(named: name).count
    let (tensor, type) = try numbers(named: name)
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      let target = UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
      tensor.withContiguousBytes { convertToFloats($0, of: type, into: target) }
      filled = count
    }
  }

  /// Lends a tensor's elements as `Float`, piece by piece, without a copy of the whole.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - body: Reads one piece, row-major without regard to rows; must not keep the pointer. Not called
  ///     for a tensor without elements.
  /// - Throws: `CheckpointError.noSuchTensor` or `CheckpointError.notNumbers`.
  public func withFloatChunks(
    named name: String, _ body: (UnsafeBufferPointer<Float>) -> Void
  ) throws(CheckpointError) {
    let count = try info(named: name).count
    let (tensor, type) = try numbers(named: name)
    tensor.withContiguousBytes { lendFloats($0, of: type, count: count, body) }
  }

  /// Lends a tensor's bytes as they are stored, row after row.
  ///
  /// Little-endian, at any address; blocks of a GGUF file in the order of their rows. Copied only
  /// where the elements do not lie so.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - body: Reads the bytes; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: `CheckpointError.noSuchTensor`.
  public func withBytes<Result>(
    named name: String, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(CheckpointError) -> Result {
    try placedTensor(named: name).withContiguousBytes(body)
  }

  /// A tensor's bytes as they are stored, row after row.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: A copy.
  /// - Throws: `CheckpointError.noSuchTensor`.
  public func bytes(named name: String) throws(CheckpointError) -> [UInt8] {
    try withBytes(named: name) { Array($0) }
  }

  /// A tensor in the mapped file itself, to be kept and read without a copy.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The place; nil for a view in a PyTorch file whose elements do not lie row after row.
  /// - Throws: `CheckpointError.noSuchTensor`.
  public func mapped(named name: String) throws(CheckpointError) -> MappedTensor? {
    let tensor = try placedTensor(named: name)
    return tensor.strides == nil ? MappedTensor(tensor: tensor) : nil
  }

  private func numbers(
    named name: String
  ) throws(CheckpointError) -> (tensor: PlacedTensor, type: TensorType) {
    let tensor = try placedTensor(named: name)
    guard case .numbers(let type) = tensor.type, type.isReadableAsFloats else {
      throw .notNumbers(path: path, name: name, type: tensor.type)
    }
    return (tensor, type)
  }
}

/// A tensor's bytes in a mapped file, which stays mapped as long as this value lives.
///
/// What a model keeps of a weight that it uses as it is stored: no copy, and pages that the system can
/// drop and read again.
public struct MappedTensor: Sendable {
  let tensor: PlacedTensor

  /// The tensor's name.
  public var name: String { tensor.name }
  /// How its elements are stored.
  public var type: StoredType { tensor.type }
  /// Its sizes, the outermost first.
  public var shape: [Int] { tensor.shape }

  /// Lends the bytes, row after row, little-endian, at any address.
  ///
  /// - Parameter body: Reads the bytes; must not keep the pointer longer than this value.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(tensor) {} }
    return try body(tensor.bytes)
  }

  /// Lends F32 elements where they lie at an address that `Float` can be read from.
  ///
  /// - Parameter body: Reads the elements; must not keep the pointer longer than this value.
  /// - Returns: What `body` returns; nil, without calling it, for another type or address.
  /// - Throws: What `body` throws.
  public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard tensor.type == .numbers(.float32), UInt(bitPattern: tensor.bytes.baseAddress) % 4 == 0
    else { return nil }
    defer { withExtendedLifetime(tensor) {} }
    return try body(tensor.bytes.assumingMemoryBound(to: Float.self))
  }
}
