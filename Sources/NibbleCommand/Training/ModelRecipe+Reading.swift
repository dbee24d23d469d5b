import Course
import Foundation
import Training
import Yams

extension ModelRecipe {
  /// Reads a recipe in YAML.
  ///
  /// - Parameter path: The file.
  /// - Returns: A recipe of which every key was read; whether it can be followed, `validate()` tells.
  /// - Throws: `Failure`, with the line, the key and what was expected.
  static func reading(_ path: String) throws -> ModelRecipe {
    let text = try TextFile.text(of: path)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      let problem = YAMLProblem(error, in: text)
      throw Failure(.badData, "\(path):\(problem.line): not YAML: \(problem.summary)")
    }
    guard let root, root.mapping != nil else {
      throw Failure(
        .badData,
        "\(path): a recipe is keys and values: tokenizer, training and, where there are some, outliers"
      )
    }
    let found: ModelRecipe
    do {
      found = try YAMLDecoder().decode(ModelRecipe.self, from: text)
    } catch let error as DecodingError {
      throw RecipeProblem(error, in: root).failure(path)
    } catch {
      throw Failure(.badData, "\(path): the recipe cannot be read: \(error)")
    }
    // A key that nothing reads would be a setting somebody believes in.
    if let known = try Yams.compose(yaml: YAMLEncoder().encode(found)),
      let key = unknownKey(in: root, known, path: [])
    {
      let line = RecipeProblem.line(of: key, in: root).map { ":\($0)" } ?? ""
      throw Failure(
        .badData,
        "\(path)\(line): '\(key.joined(separator: "."))' is no key of a recipe; leave it out or mend it"
      )
    }
    return found
  }

  /// The first key that a recipe has and its reading has not.
  private static func unknownKey(in node: Node, _ known: Node, path: [String]) -> [String]? {
    if case .sequence(let items) = node, case .sequence(let others) = known {
      return zip(items, others).enumerated().lazy.compactMap { place, pair in
        unknownKey(in: pair.0, pair.1, path: path + ["\(place)"])
      }.first
    }
    guard case .mapping(let mapping) = node, case .mapping(let other) = known else { return nil }
    for (key, value) in mapping {
      let whole = path + [key.string ?? ""]
      guard let counterpart = other.first(where: { $0.key.string == key.string })?.value else {
        // A null stands for what is not there.
        if value.null == NSNull() { continue }
        return whole
      }
      if let found = unknownKey(in: value, counterpart, path: whole) { return found }
    }
    return nil
  }
}

/// A value of a recipe that cannot be read: which, and what was expected.
private struct RecipeProblem {
  private let line: Int?
  private let words: String

  /// Puts a decoder's error into the words of the file.
  init(_ error: DecodingError, in root: Node) {
    switch error {
    case .keyNotFound(let key, let context):
      let place = context.codingPath.map(Self.step)
      line = Self.line(of: place, in: root)
      words = "'\(Self.name(place + [key.stringValue]))' is missing\(Self.alternatives(key))"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let place = context.codingPath.map(Self.step)
      line = Self.line(of: place, in: root)
      let allowed = Self.names[place.last ?? ""].map { ": one of " + $0.joined(separator: ", ") }
      words =
        "\(Self.subject(place)) is \(Self.found(place, in: root)); expected "
        + "\(Self.kind(type))\(allowed ?? "")"
    case .dataCorrupted(let context):
      let place = context.codingPath.map(Self.step)
      line = Self.line(of: place, in: root)
      let expected =
        Self.names[place.last ?? ""].map { "expected one of " + $0.joined(separator: ", ") }
        ?? "expected another value"
      words = "\(Self.subject(place)) is \(Self.found(place, in: root)); \(expected)"
    @unknown default:
      line = nil
      words = "the recipe cannot be read"
    }
  }

  func failure(_ path: String) -> Failure {
    Failure(.badData, path + (line.map { ":\($0)" } ?? "") + ": " + words)
  }

  /// The names that some keys take.
  private static let names: [String: [String]] = [
    "architecture": ModelShape.Architecture.allCases.map(\.rawValue),
    "activation": ModelShape.Activation.allCases.map(\.rawValue),
    "attention": AttentionInitialization.allCases.map(\.rawValue),
    "inLoop": ["straightThrough", "learnedStepSize", "ternary", "lowRank"],
  ]

  private static func alternatives(_ key: any CodingKey) -> String {
    names[key.stringValue].map { "; it is one of " + $0.joined(separator: ", ") } ?? ""
  }

  private static func step(_ key: any CodingKey) -> String {
    key.intValue.map(String.init) ?? key.stringValue
  }

  /// `training.supplies.0.share`.
  private static func name(_ place: [String]) -> String { place.joined(separator: ".") }

  private static func subject(_ place: [String]) -> String {
    place.isEmpty ? "the recipe" : "'\(name(place))'"
  }

  private static func node(at place: [String], in root: Node) -> Node? {
    place.reduce(root) { node, step in
      switch node {
      case .mapping(let mapping)?: mapping.first { $0.key.string == step }?.value
      case .sequence(let items)?: Int(step).flatMap { items.indices.contains($0) ? items[$0] : nil }
      default: nil
      }
    }
  }

  /// The line of a value; of one that is not there, that of the table it would be in.
  static func line(of place: [String], in root: Node) -> Int? {
    node(at: place, in: root)?.mark?.line
      ?? (place.isEmpty ? nil : line(of: Array(place.dropLast()), in: root))
  }

  private static func found(_ place: [String], in root: Node) -> String {
    switch node(at: place, in: root) {
    case .scalar(let scalar)?:
      scalar.string.isEmpty ? "empty" : "'\(scalar.string.prefix(60))'"
    case .mapping?: "a table of keys"
    case .sequence?: "a list"
    default: "not there"
    }
  }

  private static func kind(_ type: Any.Type) -> String {
    switch type {
    case is UInt.Type, is UInt8.Type, is UInt16.Type, is UInt32.Type, is UInt64.Type:
      "a whole number from 0"
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type, is Node.Scalar.Type: "a single value"
    case is Node.Sequence.Type: "a list"
    case is Node.Mapping.Type: "a table of keys"
    default: "something else"
    }
  }
}
