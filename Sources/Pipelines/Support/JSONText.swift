/// A JSON value as text, built so that keys keep the order in which they were given.
struct JSONText: Sendable, Equatable, CustomStringConvertible {
  let description: String

  private init(_ description: String) { self.description = description }

  /// Text that is JSON already.
  static func raw(_ text: String) -> JSONText { JSONText(text) }
  static func whole(_ value: Int) -> JSONText { JSONText("\(value)") }
  static func flag(_ value: Bool) -> JSONText { JSONText("\(value)") }
  static let null = JSONText("null")

  /// A number; JSON has no others than finite ones.
  static func number(_ value: Double?) -> JSONText {
    guard let value, value.isFinite else { return null }
    return JSONText("\(value)")
  }

  static func text(_ value: String) -> JSONText {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return JSONText(text + "\"")
  }

  static func list(_ values: [JSONText]) -> JSONText {
    JSONText("[" + values.map(\.description).joined(separator: ", ") + "]")
  }

  /// Members on lines of their own, two blanks further in.
  static func object(_ members: [(key: String, json: JSONText)]) -> JSONText {
    if members.isEmpty { return JSONText("{}") }
    let lines = members.map { member in
      "  " + JSONText.text(member.key).description + ": "
        + member.json.description.split(separator: "\n", omittingEmptySubsequences: false)
        .joined(separator: "\n  ")
    }
    return JSONText("{\n" + lines.joined(separator: ",\n") + "\n}")
  }
}

/// The members of a JSON object, each value as it is written: what is not changed stays to the letter.
struct JSONMembers {
  private(set) var members: [(key: String, json: JSONText)] = []

  /// Takes an object apart; nil where the text is none.
  ///
  /// Values are not looked into.
  init?(_ text: [UInt8]) {
    var place = 0
    func skipBlanks() {
      while place < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[place]) { place += 1 }
    }
    func skipString() -> Bool {  // from its first quote to after its last
      place += 1
      while place < text.count {
        switch text[place] {
        case UInt8(ascii: "\\"): place += 2
        case UInt8(ascii: "\""):
          place += 1
          return true
        default: place += 1
        }
      }
      return false
    }
    skipBlanks()
    guard place < text.count, text[place] == UInt8(ascii: "{") else { return nil }
    place += 1
    while true {
      skipBlanks()
      guard place < text.count else { return nil }
      if text[place] == UInt8(ascii: "}") { return }
      guard text[place] == UInt8(ascii: "\"") else { return nil }
      let start = place
      guard skipString() else { return nil }
      let key = String(decoding: text[start + 1..<place - 1], as: UTF8.self)
      skipBlanks()
      guard place < text.count, text[place] == UInt8(ascii: ":") else { return nil }
      place += 1
      skipBlanks()
      let first = place
      var depth = 0
      while place < text.count {
        let byte = text[place]
        if byte == UInt8(ascii: "\"") {
          guard skipString() else { return nil }
          continue
        }
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
          if depth == 0 { break }
          depth -= 1
        }
        if byte == UInt8(ascii: ","), depth == 0 { break }
        place += 1
      }
      guard place < text.count else { return nil }
      var end = place
      while end > first, [0x20, 0x09, 0x0A, 0x0D].contains(text[end - 1]) { end -= 1 }
      members.append((key, .raw(String(decoding: text[first..<end], as: UTF8.self))))
      if text[place] == UInt8(ascii: ",") { place += 1 }
    }
  }

  /// Puts a value in the place of the one of the same key, or at the end.
  mutating func set(_ key: String, _ json: JSONText) {
    if let place = members.firstIndex(where: { $0.key == key }) {
      members[place].json = json
    } else {
      members.append((key, json))
    }
  }

  /// Takes a member out.
  mutating func remove(_ key: String) { members.removeAll { $0.key == key } }

  /// The object as text, with a line feed at its end.
  var text: String { JSONText.object(members).description + "\n" }
}
