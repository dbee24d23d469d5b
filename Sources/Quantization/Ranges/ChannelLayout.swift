/// Where the elements of a channel lie in a row-major tensor, part of its rows at a time.
struct ChannelLayout {
  /// The slices along axis 0; one for a tensor without axes.
  let rows: Int
  /// The slices along the channel axis; one when there is no channel axis.
  let channels: Int
  private let axis: Int?
  private let rowCount: Int
  private let inner: Int

  /// The layout of a tensor with `count` elements.
  init(shape: [Int], axis: Int?, count: Int) throws(ObserverError) {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { throw .shape(shape, count: count) }
      product = next
    }
    guard product == count else { throw .shape(shape, count: count) }
    if let axis {
      guard shape.indices.contains(axis) else { throw .axis(axis, shape: shape) }
    }
    self.axis = axis
    rows = shape.first ?? 1
    rowCount = shape.dropFirst().reduce(1, *)
    channels = axis.map { shape[$0] } ?? 1
    inner = axis.map { shape[($0 + 1)...].reduce(1, *) } ?? 1
  }

  /// The rows cut into parts, the larger ones first, parts without rows left out.
  func batches(_ parts: Int) -> [Range<Int>] {
    let count = min(parts, rows)
    var start = 0
    return (0..<count).map { part in
      let size = rows / parts + (part < rows % parts ? 1 : 0)
      defer { start += size }
      return start..<start + size
    }
  }

  /// Calls `body` with the elements of one channel that lie in some of the rows.
  func withElements<Result>(
    of channel: Int, rows: Range<Int>, in values: UnsafeBufferPointer<Float>,
    _ body: (UnsafeBufferPointer<Float>) throws(ObserverError) -> Result
  ) throws(ObserverError) -> Result {
    let span = rows.lowerBound * rowCount..<rows.upperBound * rowCount
    guard let axis else { return try body(UnsafeBufferPointer(rebasing: values[span])) }
    guard axis > 0 else {
      let own = rows.contains(channel) ? channel * rowCount..<(channel + 1) * rowCount : 0..<0
      return try body(UnsafeBufferPointer(rebasing: values[own]))
    }
    var elements: [Float] = []
    elements.reserveCapacity(span.count / channels)
    for start in stride(
      from: span.lowerBound + channel * inner, to: span.upperBound, by: channels * inner)
    {
      elements += values[start..<start + inner]
    }
    return try elements.withUnsafeBufferPointer(body)
  }
}
