internal import Grids

/// What an observer is asked for: the grid, who shares a scale, and how the data arrives.
public struct ObserverOptions: Hashable, Sendable {
  /// The width of a code, 1 to 8.
  public var bits: Int
  /// Whether codes are signed integers.
  public var isSigned: Bool
  /// Whether the grid is centred on zero.
  public var isSymmetric: Bool
  /// The axis along which every slice gets its own range; nil for one range in all.
  public var channelAxis: Int?
  /// How many parts the rows arrive in.
  public var batches: Int
  /// The percentage a percentile observer keeps; nil for the observer's own default.
  public var percentile: Double?
  /// The power that `mse` raises errors to.
  public var norm: Double

  /// Options; each has the default of the command line.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8.
  ///   - isSigned: Whether codes are signed integers.
  ///   - isSymmetric: Whether the grid is centred on zero.
  ///   - channelAxis: The axis along which every slice gets its own range.
  ///   - batches: How many parts the rows arrive in, cut as evenly as they can be, larger first.
  ///   - percentile: The percentage a percentile observer keeps, above 0 and at most 100.
  ///   - norm: The power that `mse` raises errors to, positive.
  public init(
    bits: Int = 8, isSigned: Bool = false, isSymmetric: Bool = false, channelAxis: Int? = nil,
    batches: Int = 1, percentile: Double? = nil, norm: Double = 2
  ) {
    self.bits = bits
    self.isSigned = isSigned
    self.isSymmetric = isSymmetric
    self.channelAxis = channelAxis
    self.batches = batches
    self.percentile = percentile
    self.norm = norm
  }
}

extension ObserverOptions {
  /// The integers of the grid; `restricted` leaves the most negative one out when signed.
  func integers(restricted: Bool) throws(ObserverError) -> IntegerGrid {
    let isRestricted = restricted && isSigned
    let supported = (isRestricted ? 2 : 1)...8
    guard supported.contains(bits) else { throw .bits(bits, supported: supported) }
    return isSigned
      ? .signed(bits: bits, restricted: isRestricted) : .unsigned(bits: bits)
  }

  /// The integers of our own grids: restricted when signed and symmetric, so that both ends of the
  /// range are exact.
  func ownIntegers() throws(ObserverError) -> IntegerGrid {
    try integers(restricted: isSymmetric)
  }

  /// Refuses options that mean nothing for any observer.
  func validate() throws(ObserverError) {
    _ = try integers(restricted: false)
    guard batches >= 1 else { throw .batches(batches) }
    if let percentile, !(percentile > 0 && percentile <= 100) { throw .percentile(percentile) }
    guard norm > 0, norm.isFinite else { throw .norm(norm) }
  }
}
