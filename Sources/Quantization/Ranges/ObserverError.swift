/// What can be wrong with the data or the options an observer is given.
public enum ObserverError: Error, Hashable, Sendable {
  /// No observer has this name.
  case unknownObserver(String, known: [String])
  /// The width of a code, and the widths that exist for this kind of grid.
  case bits(Int, supported: ClosedRange<Int>)
  /// A percentage that is not above 0 and at most 100.
  case percentile(Double)
  /// A power that is not a positive finite number.
  case norm(Double)
  /// A number of parts below one.
  case batches(Int)
  /// A channel axis that the tensor does not have.
  case axis(Int, shape: [Int])
  /// A shape that does not hold the number of values given.
  case shape([Int], count: Int)
  /// No values at all.
  case noValues
  /// A NaN or an infinity, and where it stands in row-major order.
  case valueNotFinite(index: Int, value: Float)
  /// A range that the framework an observer follows cannot handle in 32-bit arithmetic.
  case rangeTooWide(observer: String, lowest: Float, highest: Float)
  /// A histogram that later batches stretch beyond use.
  case histogramTooLong(observer: String, bins: Int, limit: Int)
}

extension ObserverError {
  /// The refusal of a histogram whose number of bins may be beyond any integer.
  static func histogramTooLong(observer: String, exactBins: Double, limit: Int) -> ObserverError {
    let bins = exactBins < 1e18 ? Int(exactBins) : 1_000_000_000_000_000_000
    return .histogramTooLong(observer: observer, bins: bins, limit: limit)
  }

  /// Whether an option is at fault, and not the data.
  public var isUsage: Bool {
    switch self {
    case .unknownObserver, .bits, .percentile, .norm, .batches, .axis: true
    case .shape, .noValues, .valueNotFinite, .rangeTooWide, .histogramTooLong: false
    }
  }
}

extension ObserverError: CustomStringConvertible {
  /// What is wrong, what was expected, and what to do, in one line.
  public var description: String {
    switch self {
    case .unknownObserver(let name, let known):
      "there is no observer '\(name)'; use one of \(known.joined(separator: ", "))"
    case .bits(let bits, let supported):
      "a grid of \(bits) bits does not exist here; use \(supported.lowerBound) to "
        + "\(supported.upperBound) bits"
    case .percentile(let percentile):
      "the percentile \(percentile) keeps no range; use a number above 0 and at most 100"
    case .norm(let norm):
      "errors cannot be raised to the power \(norm); use a positive number such as 2 or 2.4"
    case .batches(let count):
      "the rows cannot be fed in \(count) parts; use 1 or more"
    case .axis(let axis, let shape):
      "a tensor of shape \(shape) has no axis \(axis); "
        + (shape.isEmpty ? "observe it as a whole" : "use 0 to \(shape.count - 1)")
    case .shape(let shape, let count):
      "the shape \(shape) does not hold \(count) values; give the tensor's own shape"
    case .noValues:
      "there are no values to observe; give a tensor with at least one"
    case .valueNotFinite(let index, let value):
      "the value at index \(index) is \(value.isNaN ? "nan" : "\(value)"), and no range can hold it; "
        + "remove NaN and infinities from the data first"
    case .rangeTooWide(let observer, let lowest, let highest):
      "values from \(lowest) to \(highest) overflow the 32-bit arithmetic that '\(observer)' "
        + "follows; scale the data down, or use min-max"
    case .histogramTooLong(let observer, let bins, let limit):
      "a later batch reaches so far beyond the first that '\(observer)' would need \(bins) bins of "
        + "the first batch's width, more than \(limit); feed a batch with the usual extremes first"
    }
  }
}
