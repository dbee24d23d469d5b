/// What a comment asks of the course.
enum Directive: Hashable {
  /// `predict: NAME`.
  case predict(String)
  /// `claim: ID source=ID`.
  case claim(id: String, source: String)
  /// `for: PERSONA, PERSONA`.
  case audience([String])
  /// `end`.
  case end
  /// `=NAME`: the number before it is that value.
  case value(String)
  /// A note that nobody is shown.
  case note
  /// Meant as a directive and not one: what to say, as an error or only a warning.
  case mistaken(id: String, summary: String, isError: Bool)

  /// The words that begin a directive.
  static let words = ["predict", "claim", "for", "end"]

  /// Reads the text of a comment, without `<!--` and `-->`.
  init(_ comment: String) {
    if comment.hasPrefix("=") {
      self = Self.value(comment.dropFirst())
      return
    }
    let word = comment.prefix { $0.isLetter || $0 == "-" || $0 == "/" }
    let rest = comment[word.endIndex...].drop(while: \.isWhitespace)
    if rest.first == ":" {
      self = Self.named(String(word), rest.dropFirst().drop(while: \.isWhitespace))
    } else {
      self = Self.unnamed(String(word), rest)
    }
  }

  private static func value(_ written: Substring) -> Directive {
    let name = written.drop(while: \.isWhitespace)
    guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
      return .mistaken(
        id: "value-name",
        summary:
          "`<!--=\(written)-->` names no value; write `<!--=NAME-->`, without spaces in the name",
        isError: true)
    }
    return .value(String(name))
  }

  private static func named(_ word: String, _ rest: Substring) -> Directive {
    switch word {
    case "predict":
      guard !rest.isEmpty, !rest.contains(where: \.isWhitespace) else {
        return .mistaken(
          id: "predict-name",
          summary: "a prediction names one value, without spaces: `<!-- predict: grid.scale -->`",
          isError: true)
      }
      return .predict(String(rest))
    case "claim": return claim(rest)
    case "for":
      let personas = rest.split { $0 == "," || $0.isWhitespace }.map(String.init)
      guard !personas.isEmpty else {
        return .mistaken(
          id: "unknown-persona",
          summary: "`<!-- for: -->` names no persona; \(personaList)", isError: true)
      }
      return .audience(personas)
    case "end": return misspelled("end:", meant: "end")
    default:
      let near = NearestWords.to(word, among: words).first
      guard let meant = near, word.count >= 3, abs(meant.count - word.count) <= 1 else {
        return .note
      }
      return misspelled("\(word):", meant: meant)
    }
  }

  private static func unnamed(_ word: String, _ rest: Substring) -> Directive {
    if word == "end", rest.isEmpty { return .end }
    let isPersonaList =
      !rest.isEmpty
      && rest.split { $0 == "," || $0.isWhitespace }
        .allSatisfy { Persona(rawValue: String($0)) != nil }
    if word == "for", isPersonaList { return misspelled("for", meant: "for") }
    if (word == "predict" || word == "claim") && !rest.isEmpty && rest.count < 60 {
      return misspelled(word, meant: word)
    }
    let closers = ["claim", "for", "predict", ""]
    if ["end", "/for", "/claim", "/end"].contains(word.lowercased()),
      closers.contains(rest.lowercased())
    {
      return misspelled(rest.isEmpty ? word : "\(word) \(rest)", meant: "end")
    }
    return .note
  }

  private static func claim(_ rest: Substring) -> Directive {
    let parts = rest.split(whereSeparator: \.isWhitespace)
    let example = "write `<!-- claim: ID source=SOURCE -->`"
    guard let id = parts.first, !id.contains("=") else {
      return .mistaken(
        id: "claim-syntax", summary: "the claim has no id; \(example)", isError: true)
    }
    var source = ""
    for part in parts.dropFirst() {
      guard part.hasPrefix("source="), part.count > 7, source.isEmpty else {
        return .mistaken(
          id: "claim-syntax", summary: "a claim does not take `\(part)`; \(example)", isError: true)
      }
      source = String(part.dropFirst(7))
    }
    guard !source.isEmpty else {
      return .mistaken(
        id: "claim-syntax", summary: "the claim \(id) has no source; \(example)", isError: true)
    }
    return .claim(id: String(id), source: source)
  }

  private static func misspelled(_ written: String, meant: String) -> Directive {
    let right =
      switch meant {
      case "predict": "<!-- predict: NAME -->"
      case "claim": "<!-- claim: ID source=SOURCE -->"
      case "for": "<!-- for: PERSONA -->"
      default: "<!-- end -->"
      }
    return .mistaken(
      id: "unknown-directive",
      summary: "the comment `\(written)` does nothing; if a directive was meant, write `\(right)`",
      isError: false)
  }

  /// The personas there are, for messages.
  static let personaList =
    "personas are " + Persona.allCases.map(\.rawValue).joined(separator: ", ")
}
