/// Something whose numbers lie side by side in memory: the statistics are written once, for these.
///
/// Arrays of `Float`, slices and buffers of them, and ``Matrix``.
public protocol FloatValues {
  /// Lends the numbers without copying them.
  ///
  /// - Parameter body: Reads the numbers; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result
}

extension Array: FloatValues where Element == Float {
  /// Lends the numbers without copying them.
  ///
  /// - Parameter body: Reads the numbers; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer(body)
  }
}

extension ArraySlice: FloatValues where Element == Float {
  /// Lends the numbers without copying them.
  ///
  /// - Parameter body: Reads the numbers; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer(body)
  }
}

extension UnsafeBufferPointer: FloatValues where Element == Float {
  /// Lends the numbers without copying them.
  ///
  /// - Parameter body: Reads the numbers; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(self)
  }
}

extension UnsafeMutableBufferPointer: FloatValues where Element == Float {
  /// Lends the numbers without copying them.
  ///
  /// - Parameter body: Reads the numbers; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(self))
  }
}

extension Matrix: FloatValues {
  /// Lends the elements, row after row, without copying them.
  ///
  /// - Parameter body: Reads the elements; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer(body)
  }
}
