/// A weight whose codes can be multiplied with a vector as they are.
public protocol PackedWeight: WeightMatrix {
  /// Multiplies some rows with a vector, on the calling thread, without writing their values anywhere.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - vector: As many numbers as there are columns.
  ///   - products: Room for a product a row.
  func multiply(
    _ range: Range<Int>, by vector: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>)
}

extension PackedWeight {
  /// The linear layer that multiplies with the codes.
  ///
  /// - Parameter bias: One number a row, or none.
  /// - Returns: A ``PackedLayer``.
  public func layer(bias: [Float]?) -> any LinearLayer { PackedLayer(self, bias: bias) }
}
