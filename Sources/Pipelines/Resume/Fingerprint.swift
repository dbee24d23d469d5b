internal import FoundationEssentials

/// All that decides the bits of a run's output, by key: what a run that goes on must have in common with the
/// one that was interrupted.
public struct Fingerprint: Sendable, Equatable {
  /// Keys and values, in a fixed order.
  public let values: [(key: String, value: String)]

  init(_ values: [(key: String, value: String)]) { self.values = values }

  /// Whether two are of the same run.
  ///
  /// - Parameters:
  ///   - left: One.
  ///   - right: Another.
  /// - Returns: Whether keys and values are the same.
  public static func == (left: Fingerprint, right: Fingerprint) -> Bool {
    left.values.count == right.values.count
      && zip(left.values, right.values).allSatisfy { $0.key == $1.key && $0.value == $1.value }
  }

  /// Reads what ``json`` has written; nil where it is something else.
  init?(_ bytes: [UInt8]) {
    guard let members = JSONMembers(bytes) else { return nil }
    var values: [(key: String, value: String)] = []
    for member in members.members {
      let pair = Data("[\"\(member.key)\", \(member.json)]".utf8)
      guard let texts = try? JSONDecoder().decode([String].self, from: pair), texts.count == 2
      else {
        return nil
      }
      values.append((texts[0], texts[1]))
    }
    self.values = values
  }

  var json: JSONText { .object(values.map { ($0.key, .text($0.value)) }) }

  /// In what this one, an earlier run's, differs from a new one, in words.
  func differences(from new: Fingerprint) -> [String] {
    let old = Dictionary(values.map { ($0.key, $0.value) }) { $1 }
    let now = Dictionary(new.values.map { ($0.key, $0.value) }) { $1 }
    let keys = values.map(\.key) + new.values.map(\.key).filter { old[$0] == nil }
    return keys.compactMap { (key) -> String? in
      switch (old[key], now[key]) {
      case (let left?, let right?) where left == right: nil
      case (let left?, let right?):
        Self.isChecksum(left) && Self.isChecksum(right)
          ? "the \(key) are others" : "\(key) was \(left) and is \(right)"
      case (let left?, nil): "\(key) was \(left) and is not given"
      case (nil, let right?): "\(key) was not given and is \(right)"
      case (nil, nil): nil
      }
    }
  }

  private static func isChecksum(_ text: String) -> Bool {
    text.utf8.count == 16 && text.allSatisfy(\.isHexDigit)
  }
}
