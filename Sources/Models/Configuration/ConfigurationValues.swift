/// The values of a `config.json`, each checked as it is taken.
struct ConfigurationValues {
  let path: String
  /// What comes before a key in messages: `rope_scaling.` inside that object.
  let prefix: String
  let values: [String: JSONValue]

  init(path: String, prefix: String = "", values: [String: JSONValue]) {
    self.path = path
    self.prefix = prefix
    self.values = values
  }

  /// A value that is there and not null.
  subscript(key: String) -> JSONValue? {
    guard let value = values[key], value != .null else { return nil }
    return value
  }

  /// A size: 1 or more, and small enough that products of sizes stay in range.
  func size(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
    try whole(key, in: 1...1 << 24, default: fallback)
  }

  /// A number of blocks: more than any model has would only be room for a mistake.
  func layers(_ key: String) throws(ModelError) -> Int {
    try whole(key, in: 1...1 << 16)
  }

  func whole(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    guard let value = self[key] else {
      if let fallback { return fallback }
      throw .missingValue(path: path, key: prefix + key)
    }
    guard case .integer(let number) = value, range.contains(number) else {
      throw invalid(
        key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number above 0.
  func positive(_ key: String, default fallback: Double? = nil) throws(ModelError) -> Double {
    guard let value = self[key] else {
      if let fallback { return fallback }
      throw .missingValue(path: path, key: prefix + key)
    }
    let number: Double? =
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    guard let number, number > 0, number.isFinite else {
      throw invalid(key, value, "a number above 0")
    }
    return number
  }

  func flag(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard let value = self[key] else { return fallback }
    guard case .bool(let flag) = value else { throw invalid(key, value, "true or false") }
    return flag
  }

  func text(_ key: String, default fallback: String? = nil) throws(ModelError) -> String {
    guard let value = self[key] else {
      if let fallback { return fallback }
      throw .missingValue(path: path, key: prefix + key)
    }
    guard case .string(let text) = value else { throw invalid(key, value, "a text") }
    return text
  }

  func object(_ key: String) throws(ModelError) -> ConfigurationValues? {
    guard let value = self[key] else { return nil }
    guard case .object(let values) = value else { throw invalid(key, value, "an object") }
    return ConfigurationValues(path: path, prefix: prefix + key + ".", values: values)
  }

  /// One token or several, as `eos_token_id` may be.
  func tokens(_ key: String) throws(ModelError) -> [Int] {
    switch self[key] {
    case nil: return []
    case .integer(let token): return [token]
    case .array(let values):
      var tokens: [Int] = []
      for value in values {
        guard case .integer(let token) = value else {
          throw invalid(key, value, "a token's number, or a list of them")
        }
        tokens.append(token)
      }
      return tokens
    case .some(let value): throw invalid(key, value, "a token's number, or a list of them")
    }
  }

  func invalid(_ key: String, _ value: JSONValue, _ expected: String) -> ModelError {
    .invalidValue(path: path, key: prefix + key, value: value.text, expected: expected)
  }

  /// Refuses an option that would change the numbers and is not built.
  func refuse(_ key: String, if isOn: Bool, _ reason: String) throws(ModelError) {
    if isOn, let value = self[key] {
      throw .unsupported(path: path, key: prefix + key, value: value.text, reason: reason)
    }
  }
}
