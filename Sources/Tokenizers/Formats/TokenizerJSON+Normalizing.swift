extension TokenizerJSON {
  struct Added {
    let token: AddedToken
    let isNormalized: Bool
  }

  func addedTokens() throws(TokenizerError) -> [Added] {
    var result: [Added] = []
    for value in self["added_tokens"].array ?? [] {
      guard let id = value["id"].id, let content = value["content"].string else {
        throw .inconsistent(
          path: path, reason: "the added token \(shown(value.summary)) lacks an id or a content")
      }
      guard value["single_word"].boolean != true else {
        throw unsupported(
          "an added token with single_word", content, "added tokens found anywhere")
      }
      var token = AddedToken(
        text: Array(content.utf8), id: id, isSpecial: value["special"].boolean ?? false)
      token.stripsLeft = value["lstrip"].boolean ?? false
      token.stripsRight = value["rstrip"].boolean ?? false
      result.append(
        Added(token: token, isNormalized: value["normalized"].boolean ?? !token.isSpecial))
    }
    return result
  }

  func normalizations(_ value: JSONValue) throws(TokenizerError) -> [Normalization] {
    if value.isNull { return [] }
    let supported = "NFC, Prepend, Replace with a string, Sequence"
    switch value["type"].string {
    case "NFC": return [.canonicalComposition]
    case "Prepend": return [.prepend(Array((value["prepend"].string ?? "").utf8))]
    case "Replace":
      guard let old = value["pattern"]["String"].string, let new = value["content"].string else {
        throw unsupported(
          "the normalizer Replace of", value["pattern"].summary, "a String with a content")
      }
      return [.replace(Array(old.utf8), with: Array(new.utf8))]
    case "Sequence":
      var steps: [Normalization] = []
      for step in value["normalizers"].array ?? [] { steps += try normalizations(step) }
      return steps
    default: throw unsupported("the normalizer", value["type"].summary, supported)
    }
  }
}
