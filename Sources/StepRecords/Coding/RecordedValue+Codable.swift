extension RecordedValue: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case absent, boolean, integer, float, double, string, list, tuple, elided, verdict, described
  }

  /// Reads the form that ``encode(to:)`` writes: an object with the kind as its only key.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard let key = container.allKeys.first, container.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a recorded value has one kind"))
    }
    switch key {
    case .absent: self = .absent
    case .boolean: self = .boolean(try container.decode(Bool.self, forKey: key))
    case .integer: self = .integer(try container.decode(Int.self, forKey: key))
    case .float: self = .float(try Self.number(in: container, forKey: key))
    case .double: self = .double(try Self.number(in: container, forKey: key))
    case .string: self = .string(try container.decode(String.self, forKey: key))
    case .list: self = .list(try container.decode([RecordedValue].self, forKey: key))
    case .tuple: self = .tuple(try container.decode([RecordedValue].self, forKey: key))
    case .elided: self = .elided(try container.decode(Int.self, forKey: key))
    case .verdict: self = .verdict(try container.decode([VerdictCondition].self, forKey: key))
    case .described: self = .described(try container.decode(String.self, forKey: key))
    }
  }

  /// Writes one object whose only key is the kind.
  ///
  /// Floating values are written as Swift's shortest round-trip text, so that NaN, the infinities and
  /// negative zero survive JSON, and a `Float` comes back as the same `Float`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .absent: try container.encode(true, forKey: .absent)
    case .boolean(let value): try container.encode(value, forKey: .boolean)
    case .integer(let value): try container.encode(value, forKey: .integer)
    case .float(let value): try container.encode(value.description, forKey: .float)
    case .double(let value): try container.encode(value.description, forKey: .double)
    case .string(let value): try container.encode(value, forKey: .string)
    case .list(let values): try container.encode(values, forKey: .list)
    case .tuple(let values): try container.encode(values, forKey: .tuple)
    case .elided(let count): try container.encode(count, forKey: .elided)
    case .verdict(let conditions): try container.encode(conditions, forKey: .verdict)
    case .described(let text): try container.encode(text, forKey: .described)
    }
  }

  private static func number<Number: LosslessStringConvertible>(
    in container: KeyedDecodingContainer<CodingKeys>, forKey key: CodingKeys
  ) throws -> Number {
    let text = try container.decode(String.self, forKey: key)
    guard let number = Number(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: "'\(text)' is not a number")
    }
    return number
  }
}
