/// A value as a running chapter saw it: enough to judge an expectation and to print, nothing more.
///
/// The chapter runs in a process of its own, so a value crosses as data. Floating values keep their
/// width, because a `Float` prints as `0.023529412` and the same number as a `Double` does not.
public indirect enum RecordedValue: Hashable, Sendable {
  /// A `nil`.
  case absent
  /// A `Bool`.
  case boolean(Bool)
  /// Any integer that fits in 64 bits.
  case integer(Int)
  /// A `Float` (or a narrower floating type).
  case float(Float)
  /// A `Double`.
  case double(Double)
  /// A `String`, `Substring` or `Character`.
  case string(String)
  /// A collection, element by element; a long one holds an ``RecordedValue/elided(_:)`` element in its middle.
  case list([RecordedValue])
  /// A tuple, element by element, labels dropped.
  case tuple([RecordedValue])
  /// How many elements of a long collection were left out at this place.
  case elided(Int)
  /// What `verdict(…)` found: each condition by name; a plain verdict has one, named "".
  case verdict([VerdictCondition])
  /// Anything else, as it describes itself: enum cases, structures, large integers.
  case described(String)
}

/// One named condition of a verdict, and whether the numbers met it.
public struct VerdictCondition: Hashable, Codable, Sendable {
  /// The condition's name; empty in a verdict without names.
  public let name: String
  /// Whether it held.
  public let holds: Bool

  /// A condition that did or did not hold.
  public init(name: String, holds: Bool) {
    self.name = name
    self.holds = holds
  }
}
