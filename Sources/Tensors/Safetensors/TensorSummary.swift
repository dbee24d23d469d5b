/// What a look at a stored tensor tells before anything is computed from it.
public struct TensorSummary: Equatable, Sendable {
  /// What the header says of the tensor.
  public let info: TensorInfo
  /// The range of the finite elements, and how many are NaN or infinite.
  public let scan: ValueScan
  /// Count, mean, deviation and shape of the distribution; nil where an element is not finite.
  public let moments: Moments?
  /// How many elements lie farther than ``outlierDistance`` standard deviations from the mean.
  ///
  /// Nil where an element is not finite. A normal distribution puts two elements in a billion there.
  public let outlierCount: Int?

  /// How many standard deviations from the mean an outlier lies at least.
  public static let outlierDistance = 6.0
}

extension SafetensorsFile {
  /// Range, moments and outliers of a tensor, without a copy of it.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The summary of all elements.
  /// - Throws: `SafetensorsError.noSuchTensor` or `SafetensorsError.unreadableType`.
  public func summary(named name: String) throws(SafetensorsError) -> TensorSummary {
    let info = try info(named: name)
    var scan = ValueScan()
    var moments = Moments()
    try withFloatChunks(named: name) { chunk in
      // In pieces that stay in the cache between the two, which both leave results unchanged.
      for start in stride(from: 0, to: chunk.count, by: 4_096) {
        let piece = UnsafeBufferPointer(
          rebasing: chunk[start..<min(start + 4_096, chunk.count)])
        scan.add(piece)
        moments.add(piece)
      }
    }
    guard scan.isFinite else {
      return TensorSummary(info: info, scan: scan, moments: nil, outlierCount: nil)
    }
    let limit = TensorSummary.outlierDistance * moments.standardDeviation
    var outliers = 0
    // Nothing is an outlier where even the ends of the range are not.
    if let extent = scan.extent,
      Double(extent.upperBound) - moments.mean > limit
        || moments.mean - Double(extent.lowerBound) > limit
    {
      let lowest = moments.mean - limit
      let highest = moments.mean + limit
      try withFloatChunks(named: name) { chunk in
        for value in chunk where Double(value) < lowest || Double(value) > highest {
          outliers += 1
        }
      }
    }
    return TensorSummary(info: info, scan: scan, moments: moments, outlierCount: outliers)
  }
}
