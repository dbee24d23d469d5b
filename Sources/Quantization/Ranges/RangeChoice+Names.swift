extension RangeChoice {
  /// The names a choice can be asked for by, as they are typed on a command line.
  public static let names = ["min-max", "mse", "octav", "percentile"]

  /// The choice with a name.
  ///
  /// - Parameters:
  ///   - name: One of ``names``.
  ///   - percentile: What `percentile` keeps, in percent, above 0 and at most 100.
  ///   - norm: The power `mse` raises errors to, positive.
  /// - Throws: `ObserverError.unknownChoice`, `.percentile` or `.norm`.
  public init(
    named name: String, percentile: Double = 99.99, norm: Double = 2
  ) throws(ObserverError) {
    switch name {
    case "min-max":
      self = .minMax
    case "mse":
      try ObserverOptions.check(norm: norm)
      self = .meanSquaredError(norm: norm)
    case "octav":
      self = .octav
    case "percentile":
      try ObserverOptions.check(percentile: percentile)
      self = .percentile(percentile)
    default:
      throw .unknownChoice(name, known: Self.names)
    }
  }
}
