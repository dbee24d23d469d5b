// A chart may hold NaN and infinities, which JSON cannot write as numbers; they cross as strings.

extension Chart.Mark {
  private enum CodingKeys: String, CodingKey {
    case kind, label, x, y, categories, heights, edges, counts, rows
  }

  private enum Kind: String, Codable {
    case line, points, bars, histogram, heatmap
  }

  /// Reads the form that ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func numbers(_ key: CodingKeys) throws -> [Double] {
      try container.decode([PlottedNumber].self, forKey: key).map(\.value)
    }
    let label = try container.decode(String.self, forKey: .label)
    switch try container.decode(Kind.self, forKey: .kind) {
    case .line: self = .line(label: label, x: try numbers(.x), y: try numbers(.y))
    case .points: self = .points(label: label, x: try numbers(.x), y: try numbers(.y))
    case .bars:
      self = .bars(
        label: label, categories: try container.decode([String].self, forKey: .categories),
        heights: try numbers(.heights))
    case .histogram:
      self = .histogram(label: label, edges: try numbers(.edges), counts: try numbers(.counts))
    case .heatmap:
      let rows = try container.decode([[PlottedNumber]].self, forKey: .rows)
      self = .heatmap(label: label, rows: rows.map { $0.map(\.value) })
    }
  }

  /// Writes the kind, the label, and the numbers; a number that is not finite is written as text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func encode(_ kind: Kind, _ label: String, _ numbers: [(CodingKeys, [Double])]) throws {
      try container.encode(kind, forKey: .kind)
      try container.encode(label, forKey: .label)
      for (key, values) in numbers {
        try container.encode(values.map(PlottedNumber.init), forKey: key)
      }
    }
    switch self {
    case .line(let label, let x, let y): try encode(.line, label, [(.x, x), (.y, y)])
    case .points(let label, let x, let y): try encode(.points, label, [(.x, x), (.y, y)])
    case .bars(let label, let categories, let heights):
      try encode(.bars, label, [(.heights, heights)])
      try container.encode(categories, forKey: .categories)
    case .histogram(let label, let edges, let counts):
      try encode(.histogram, label, [(.edges, edges), (.counts, counts)])
    case .heatmap(let label, let rows):
      try encode(.heatmap, label, [])
      try container.encode(rows.map { $0.map(PlottedNumber.init) }, forKey: .rows)
    }
  }
}

/// A number in JSON, or its text where JSON has no such number.
private struct PlottedNumber: Codable {
  let value: Double

  init(_ value: Double) {
    self.value = value
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
      return
    }
    let text = try container.decode(String.self)
    guard let number = Double(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not a number")
    }
    value = number
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite {
      try container.encode(value)
    } else {
      try container.encode(value.description)
    }
  }
}
