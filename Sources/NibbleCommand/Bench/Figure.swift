/// One measured figure: its median, how far it spread, and what it stands beside.
struct Figure: Encodable {
  /// What was measured.
  let name: String
  /// In which unit.
  let unit: String
  /// The median of the runs.
  let median: Double
  /// The smallest run.
  let lowest: Double
  /// The largest run.
  let highest: Double
  /// How many runs counted.
  let runs: Int
  /// The median of the ratios, run by run, to a probe or a limit.
  let ratio: Double?
  /// What the ratio is to.
  let ratioTo: String?

  /// A figure from its runs, and from the runs of a probe measured in turn with them.
  init(name: String, unit: String, values: [Double], against probe: Probe? = nil) {
    let sorted = values.sorted()
    self.name = name
    self.unit = unit
    median = sorted.median
    lowest = sorted.first ?? .nan
    highest = sorted.last ?? .nan
    runs = values.count
    ratio = probe.map { probe in zip(values, probe.values).map { $0 / $1 }.sorted().median }
    ratioTo = probe?.name
  }

  /// What a figure is compared with: a probe of the machine, run by run, or a fixed goal.
  struct Probe {
    let name: String
    let values: [Double]
  }
}

extension [Double] {
  /// The middle of sorted values.
  fileprivate var median: Double {
    guard !isEmpty else { return .nan }
    return count % 2 == 1 ? self[count / 2] : (self[count / 2 - 1] + self[count / 2]) / 2
  }
}
