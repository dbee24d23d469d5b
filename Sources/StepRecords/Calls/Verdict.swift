/// What a claim's test found: named conditions, and whether the numbers met each.
public struct Verdict: Hashable, Sendable {
  /// The conditions in the order written; a plain verdict has one, named "".
  public let conditions: [VerdictCondition]

  /// Whether every condition held.
  public var holds: Bool { conditions.allSatisfy(\.holds) }
}

/// The verdict on a claim from one condition.
///
/// Followed by `// => holds` or `// => fails`: nobody types a verdict that the numbers did not give.
///
/// - Parameter holds: Whether what the claim says is what the numbers say.
/// - Returns: The verdict, for an expectation to check.
@discardableResult
public func verdict(holds: Bool) -> Verdict {
  Verdict(conditions: [VerdictCondition(name: "", holds: holds)])
}

/// The verdict on a claim that may hold under some conditions and fail under others.
///
/// Followed by `// => holds when a, b` with the names of those that held, or `holds` or `fails` when
/// all or none did. The conditions are a literal, since a dictionary would forget their order.
///
/// - Parameter conditions: Each condition's name and whether it held.
/// - Returns: The verdict, for an expectation to check.
@discardableResult
public func verdict(_ conditions: KeyValuePairs<String, Bool>) -> Verdict {
  Verdict(conditions: conditions.map { VerdictCondition(name: $0.key, holds: $0.value) })
}
