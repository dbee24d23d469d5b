extension TokenizerJSON {
  func template(
    _ value: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> Tokenizer.Template {
    var template = Tokenizer.Template()
    if value.isNull { return template }
    switch value["type"].string {
    case "ByteLevel": return template
    case "Sequence":
      for step in value["processors"].array ?? [] {
        let inner = try self.template(step, vocabulary)
        template.prefix = inner.prefix + template.prefix
        template.suffix += inner.suffix
      }
    case "TemplateProcessing":
      var isBefore = true
      for piece in value["single"].array ?? [] {
        if piece.keys == ["Sequence"] {
          guard isBefore else {
            throw unsupported("the template", value["single"].summary, "one text in a template")
          }
          isBefore = false
          continue
        }
        let name = piece["SpecialToken"]["id"].string
        guard let name, let ids = value["special_tokens"][name]["ids"].array else {
          throw .inconsistent(
            path: path,
            reason: "the template's \(shown(piece.summary)) is not among its special tokens")
        }
        for id in ids {
          let id = try checked(id, vocabulary)
          if isBefore { template.prefix.append(id) } else { template.suffix.append(id) }
        }
      }
    case "RobertaProcessing", "BertProcessing":
      template.prefix = [try checked(value["cls"].array?.last ?? .null, vocabulary)]
      template.suffix = [try checked(value["sep"].array?.last ?? .null, vocabulary)]
    default:
      throw unsupported(
        "the post-processor", value["type"].summary,
        "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, Sequence")
    }
    return template
  }

  func checked(
    _ value: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> Int {
    guard let id = value.id, id < vocabulary.count else {
      throw .inconsistent(
        path: path, reason: "the post-processor names the id \(value.summary), which is none")
    }
    return id
  }

  func decoding(
    _ value: JSONValue, _ vocabulary: inout Vocabulary, isByteLevel: Bool
  ) throws(TokenizerError) -> Decoding {
    let steps = value["type"].string == "Sequence" ? value["decoders"].array ?? [] : [value]
    let names = steps.map { $0["type"].string ?? $0["type"].summary }
    switch names {
    case ["ByteLevel"] where isByteLevel:
      vocabulary.setByteLevelContents()
      return .byteLevel
    case ["Metaspace"]:
      setSpaces(&vocabulary, bytes: false)
      let scheme = steps[0]["prepend_scheme"].string
      let drops = scheme.map { $0 != "never" } ?? (steps[0]["add_prefix_space"].boolean ?? true)
      return .metaspace(dropsFirstSpaces: drops)
    case ["Replace", "ByteFallback", "Fuse"], ["Replace", "ByteFallback", "Fuse", "Strip"]:
      guard steps[0]["pattern"]["String"].string == "▁", steps[0]["content"].string == " " else {
        throw unsupported("the decoder", steps[0].summary, "Replace of ▁ by a space")
      }
      var first = 0
      if let strip = steps.dropFirst(3).first {
        guard strip["content"].string == " ", let start = strip["start"].id,
          strip["stop"].id == 0
        else { throw unsupported("the decoder", strip.summary, "Strip of spaces at the start") }
        first = start
      }
      setSpaces(&vocabulary, bytes: true)
      return .fallbackRuns(firstSpaces: first)
    default:
      throw unsupported(
        "the decoder", names.joined(separator: ", "),
        "ByteLevel, Metaspace, or Replace, ByteFallback, Fuse and Strip in a Sequence")
    }
  }

  func setSpaces(_ vocabulary: inout Vocabulary, bytes: Bool) {
    if bytes {
      for id in 0..<vocabulary.count where byte(ofToken: vocabulary.texts[id]) != nil {
        vocabulary.setKind(.byte, of: id)
      }
    }
    vocabulary.setMarkedContents(bytes: bytes)
  }
}
