/// A small part of a JSON document, taken whole.
indirect enum JSONValue: Equatable {
  struct Member: Equatable {
    let key: String
    let value: JSONValue
  }

  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A member of an object; null where there is none, or where this is no object.
  subscript(key: String) -> JSONValue {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.key == key }?.value ?? .null
  }

  var isNull: Bool { self == .null }

  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  var keys: [String] {
    if case .object(let members) = self { members.map(\.key) } else { [] }
  }

  /// The number, where it is whole, 0 or more, and small enough for an id.
  var id: Int? {
    guard case .number(let value) = self, let whole = Int(exactly: value), whole >= 0,
      whole < Int(Int32.max)
    else { return nil }
    return whole
  }

  /// A short form for messages.
  var summary: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): value
    case .array(let elements): "[" + elements.map(\.summary).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\($0.key): \($0.value.summary)" }.joined(separator: ", ") + "}"
    }
  }
}
