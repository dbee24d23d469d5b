internal import Tensors

/// The two ends of a range that holds zero, in Double.
struct Extent: Hashable, Sendable {
  /// The lower end, at most zero.
  let lowest: Double
  /// The upper end, at least zero.
  let highest: Double

  /// A range that is widened to hold zero.
  init(_ lowest: Double, _ highest: Double) {
    self.lowest = min(0, lowest)
    self.highest = max(0, highest)
  }

  /// The smallest range that holds zero and every finite value; zero alone when there are none.
  init(of values: UnsafeBufferPointer<Float>) {
    guard let extent = values.extent else {
      self.init(0, 0)
      return
    }
    self.init(Double(extent.lowerBound), Double(extent.upperBound))
  }

  /// The larger distance of an end from zero: the limit of the symmetric range that covers this.
  var limit: Double { max(-lowest, highest) }

  /// Both ends multiplied by a factor of at most one.
  func scaled(by factor: Double) -> Extent {
    Extent(lowest * factor, highest * factor)
  }

  /// The part of the range that lies within `limit` of zero.
  func clipped(to limit: Double) -> Extent {
    Extent(max(lowest, -limit), min(highest, limit))
  }
}
