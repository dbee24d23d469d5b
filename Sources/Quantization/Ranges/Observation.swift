/// What an observer found in a tensor: one range, or one for every channel.
public struct Observation: Hashable, Sendable {
  /// The ranges, one for every channel in order, or a single one.
  public let ranges: [ObservedRange]
  /// The mean squared error of each range's own values after a trip through its grid, in float64.
  public let meanSquaredError: [Double]
  /// The axis whose slices are the channels; nil when one range serves all.
  public let channelAxis: Int?

  /// The lower ends.
  public var minimum: [Double] { ranges.map(\.minimum) }
  /// The upper ends.
  public var maximum: [Double] { ranges.map(\.maximum) }
  /// The distances between codes.
  public var scale: [Float] { ranges.map(\.scale) }
  /// The codes of real zero.
  public var zeroPoint: [Int] { ranges.map(\.zeroPoint) }
}

extension Observer {
  /// Observes a tensor: in batches of rows, as one whole or channel by channel.
  ///
  /// Rows are the slices along axis 0, cut into `options.batches` parts as even as they can be, the
  /// larger ones first, as `numpy.array_split` cuts; parts without rows are left out. A channel sees
  /// its own elements of each part, so along axis 0 every channel lies in one part.
  ///
  /// - Parameters:
  ///   - values: The elements in row-major order.
  ///   - shape: The tensor's shape; empty for a single number.
  ///   - options: The grid, the channels and the batches.
  /// - Returns: The ranges, their grids and their errors.
  /// - Throws: `ObserverError` for options or values that cannot be observed.
  public func observe(
    _ values: UnsafeBufferPointer<Float>, shape: [Int], options: ObserverOptions = .init()
  ) throws(ObserverError) -> Observation {
    let fresh = try makeEstimator(options)
    let layout = try ChannelLayout(
      shape: shape, axis: options.channelAxis, count: values.count)
    guard values.count > 0 else { throw .noValues }
    try values.requireFinite()
    let batches = layout.batches(options.batches)

    var ranges: [ObservedRange] = []
    var errors: [Double] = []
    for channel in 0..<layout.channels {
      var estimator = fresh
      for rows in batches {
        try layout.withElements(of: channel, rows: rows, in: values) {
          slice throws(ObserverError) in
          try estimator.observeFinite(slice)
        }
      }
      let range = try estimator.range()
      let error = try layout.withElements(of: channel, rows: 0..<layout.rows, in: values) {
        slice throws(ObserverError) in
        range.meanSquaredError(of: slice)
      }
      ranges.append(range)
      errors.append(error)
    }
    return Observation(
      ranges: ranges, meanSquaredError: errors, channelAxis: options.channelAxis)
  }

  /// Observes a tensor: in batches of rows, as one whole or channel by channel.
  ///
  /// - Parameters:
  ///   - values: The elements in row-major order.
  ///   - shape: The tensor's shape; empty for a single number.
  ///   - options: The grid, the channels and the batches.
  /// - Returns: The ranges, their grids and their errors.
  /// - Throws: `ObserverError` for options or values that cannot be observed.
  public func observe(
    _ values: [Float], shape: [Int], options: ObserverOptions = .init()
  ) throws(ObserverError) -> Observation {
    try values.withUnsafeBufferPointer { buffer throws(ObserverError) in
      try observe(buffer, shape: shape, options: options)
    }
  }
}
