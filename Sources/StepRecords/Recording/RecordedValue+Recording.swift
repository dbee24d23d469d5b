extension RecordedValue {
  /// The most elements a collection keeps, by how deep it is nested; a longer one keeps its head and
  /// its tail.
  private static let elementsKept = [1024, 128, 32, 8]

  /// A value as the judge will see it, chosen by its type when the program runs.
  ///
  /// Optionals are unwrapped, integers and floating values keep their kind, sequences with an order
  /// become lists and tuples become tuples; a dictionary, a set and a range, which no expectation can
  /// list, and every other type, are what they say of themselves. Dictionaries and sets are sorted by
  /// their text, so that two runs say the same.
  ///
  /// - Parameter value: Any value at all.
  public init(recording value: Any) {
    self.init(recording: value, depth: 0)
  }

  private init(recording value: Any, depth: Int) {
    switch value {
    case let value as RecordedValue: self = value
    case let value as Verdict: self = .verdict(value.conditions)
    case let value as any RecordedOptional:
      self = value.wrapped.map { Self(recording: $0, depth: depth) } ?? .absent
    case let value as Bool: self = .boolean(value)
    case let value as String: self = .string(value)
    case let value as Substring: self = .string(String(value))
    case let value as Character: self = .string(String(value))
    case let value as Int: self = .integer(value)
    case let value as Float: self = .float(value)
    case let value as Double: self = .double(value)
    case let value as any BinaryInteger:
      self = Int(exactly: value).map(Self.integer) ?? .described(String(describing: value))
    case let value as any BinaryFloatingPoint: self = Self.narrow(value)
    case is any RangeExpression: self = .described(String(describing: value))
    case let value as any RecordedUnordered: self = value.recorded
    case let value as any Collection: self = .list(Self.elements(of: value, depth: depth))
    default: self = Self.structure(value, depth: depth)
    }
  }

  private static func narrow(_ value: some BinaryFloatingPoint) -> RecordedValue {
    let widened = Double(value)
    // Everything narrower than a Float fits in one exactly; an 80-bit number becomes a Double.
    return MemoryLayout.size(ofValue: value) <= MemoryLayout<Float>.size
      ? .float(Float(widened)) : .double(widened)
  }

  private static func structure(_ value: Any, depth: Int) -> RecordedValue {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .tuple else { return .described(String(describing: value)) }
    return .tuple(mirror.children.map { Self(recording: $0.value, depth: depth + 1) })
  }

  private static func elements(of values: some Collection, depth: Int) -> [RecordedValue] {
    let limit = elementsKept[min(depth, elementsKept.count - 1)]
    let count = values.count
    guard count > limit else { return values.map { Self(recording: $0, depth: depth + 1) } }
    let head = values.prefix(limit / 2)
    let tail = values.dropFirst(count - limit / 2)
    return head.map { Self(recording: $0, depth: depth + 1) } + [.elided(count - limit / 2 * 2)]
      + tail.map { Self(recording: $0, depth: depth + 1) }
  }
}

/// An optional of any type, seen through its existential.
private protocol RecordedOptional {
  var wrapped: Any? { get }
}

extension Optional: RecordedOptional {
  fileprivate var wrapped: Any? { map { $0 } }
}

/// A collection without an order of its own.
private protocol RecordedUnordered {
  var recorded: RecordedValue { get }
}

extension Dictionary: RecordedUnordered {
  fileprivate var recorded: RecordedValue {
    guard !isEmpty else { return .described("[:]") }
    let entries = map { key, value in
      "\(RecordedValue(recording: key)): \(RecordedValue(recording: value))"
    }
    return .described("[\(entries.sorted().joined(separator: ", "))]")
  }
}

extension Set: RecordedUnordered {
  fileprivate var recorded: RecordedValue {
    let entries = map { RecordedValue(recording: $0).description }
    return .described("[\(entries.sorted().joined(separator: ", "))]")
  }
}
