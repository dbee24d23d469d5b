extension RecordedValue: CustomStringConvertible {
  /// The value as an expectation would write it: strings in quotes, lists in brackets, `…` where
  /// elements were left out.
  public var description: String {
    switch self {
    case .absent: "nil"
    case .boolean(let value): String(value)
    case .integer(let value): String(value)
    case .float(let value): value.description
    case .double(let value): value.description
    case .string(let value): value.debugDescription
    case .list(let values): "[\(Self.joined(values))]"
    case .tuple(let values): "(\(Self.joined(values)))"
    case .elided: "…"
    case .verdict(let conditions): Self.verdict(conditions)
    case .described(let text): text
    }
  }

  private static func joined(_ values: [RecordedValue]) -> String {
    values.map(\.description).joined(separator: ", ")
  }

  private static func verdict(_ conditions: [VerdictCondition]) -> String {
    let held = conditions.filter(\.holds)
    if held.count == conditions.count { return "holds" }
    if held.isEmpty { return "fails" }
    return "holds when \(held.map(\.name).joined(separator: ", "))"
  }
}
