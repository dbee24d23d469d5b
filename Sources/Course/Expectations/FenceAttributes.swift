/// The words behind `swift` on a fence, read and checked.
struct FenceAttributes {
  private(set) var name: String?
  private(set) var role = Step.Role.plain
  private(set) var isFolded = false
  private(set) var isSlow = false
  /// What is wrong with them: the kind and a sentence.
  private(set) var problems: [(id: String, summary: String)] = []

  private static let flags = ["folded", "rejects", "traps", "slow"]
  private static let keys = [
    "name", "exercise", "check", "solution", "wrong", "fails-at", "claim",
  ]
  private static let roles = [
    "rejects", "traps", "exercise", "check", "solution", "wrong", "claim",
  ]

  /// Reads an info string, with or without `swift` at its front.
  init(info: String) {
    var words = info.split(whereSeparator: \.isWhitespace).map(String.init)
    if words.first?.lowercased() == "swift" { words.removeFirst() }
    var values: [String: String] = [:]
    var order: [String] = []
    for word in words {
      guard let (key, value) = read(word) else { continue }
      guard values[key] == nil else {
        problems.append(("conflicting-attributes", "\(key) is said twice"))
        continue
      }
      values[key] = value
      order.append(key)
    }
    name = values["name"]
    isFolded = values["folded"] != nil
    isSlow = values["slow"] != nil
    let stated = order.filter(Self.roles.contains)
    if stated.count > 1 {
      problems.append(
        (
          "conflicting-attributes",
          "a step has one purpose, not \(stated.joined(separator: " and ")); keep one of them"
        ))
    }
    role = stated.first.map { Self.role($0, values) } ?? .plain
    checkCombinations(values)
  }

  /// A word's key and value; nil, with a problem noted, where it is not one that fences know.
  private mutating func read(_ word: String) -> (key: String, value: String)? {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let key = String(parts[0])
    let value = parts.count > 1 ? String(parts[1]) : nil
    if Self.flags.contains(key) {
      guard value == nil else {
        problems.append(("bad-attribute", "\(key) takes no value; write it alone"))
        return (key, "")
      }
      return (key, "")
    }
    guard Self.keys.contains(key) else {
      let near = NearestWords.question(key, among: Self.flags + Self.keys)
      let known = (Self.flags + Self.keys.map { $0 + "=" }).joined(separator: ", ")
      problems.append(
        (
          "unknown-attribute",
          "a step has no attribute \(key)\(near.isEmpty ? "; there are \(known)" : near)"
        ))
      return nil
    }
    guard let value, !value.isEmpty else {
      problems.append(("bad-attribute", "\(key)= needs a value right behind it, without a space"))
      return nil
    }
    guard key == "fails-at" || Self.isName(value) else {
      problems.append(
        ("bad-attribute", "\(key)=\(value) is not a name; use letters, digits, - and _"))
      return nil
    }
    return (key, value)
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.allSatisfy { SwiftByte.isLetter($0) || SwiftByte.isDigit($0) || $0 == 0x2D }
  }

  private static func role(_ word: String, _ values: [String: String]) -> Step.Role {
    let value = values[word] ?? ""
    switch word {
    case "rejects": return .rejects
    case "traps": return .traps
    case "exercise": return .stub(exercise: value)
    case "check": return .check(exercise: value)
    case "solution": return .solution(exercise: value)
    case "claim": return .claim(value)
    default: return .wrong(exercise: value, failsAt: values["fails-at"].flatMap { Int($0) })
    }
  }

  private mutating func checkCombinations(_ values: [String: String]) {
    if let place = values["fails-at"] {
      if case .wrong = role {
        if Int(place).map({ $0 < 1 }) ?? true {
          problems.append(
            ("bad-attribute", "fails-at=\(place) is not a check; they count from 1"))
        }
      } else {
        problems.append(("conflicting-attributes", "fails-at= belongs to wrong= only"))
      }
    }
    guard role.exercise != nil else { return }
    if name != nil {
      problems.append(
        ("conflicting-attributes", "parts of an exercise are named after it; leave out name="))
    }
    if isSlow {
      problems.append(
        ("conflicting-attributes", "an exercise is proven on every run and cannot be slow"))
    }
  }
}

extension Step.Role {
  /// The exercise a step is part of.
  var exercise: String? {
    switch self {
    case .stub(let exercise), .check(let exercise), .solution(let exercise),
      .wrong(let exercise, _):
      exercise
    case .plain, .claim, .rejects, .traps: nil
    }
  }

  /// Whether the step is part of the one program that runs from top to bottom.
  var isInProgram: Bool {
    switch self {
    case .plain, .claim, .solution: true
    case .stub, .check, .wrong, .rejects, .traps: false
    }
  }
}
