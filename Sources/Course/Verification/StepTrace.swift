internal import StepRecords

/// What one run announced about one step.
struct StepTrace {
  /// The values found, by expectation.
  var values: [Int: RecordedValue] = [:]
  /// For statements that should throw: the description of what they threw, nil when they returned.
  var thrown: [Int: String?] = [:]
  /// What the step left for the reader.
  var results: [StepResult] = []
  /// The line of the statement that ran last.
  var reached: Int?
  /// How long the step took; nil when it did not come to its end.
  var seconds: Double?
  /// The error that left it, where the program says so itself.
  var uncaught: String?

  /// Everything a run announced, by step.
  static func traces(of records: [StepRecord]) -> [String: StepTrace] {
    var traces: [String: StepTrace] = [:]
    var current: String?
    func note(_ change: (inout StepTrace) -> Void) {
      guard let current else { return }
      change(&traces[current, default: StepTrace()])
    }
    for record in records {
      switch record {
      case .stepBegan(let id, _):
        current = id
        traces[id] = StepTrace()
      case .reached(let line): note { $0.reached = line }
      case .value(let index, let value): note { $0.values[index] = value }
      case .thrown(let index, let description): note { $0.thrown[index] = .some(description) }
      case .shown(let label, let value, let unit):
        note { $0.results.append(.shown(label: label, value: value, unit: unit)) }
      case .table(let table): note { $0.results.append(.table(table)) }
      case .chart(let chart): note { $0.results.append(.chart(chart)) }
      case .stepEnded(_, _, let seconds):
        note { $0.seconds = seconds }
        current = nil
      case .uncaught(_, let description): note { $0.uncaught = description }
      }
    }
    return traces
  }
}
