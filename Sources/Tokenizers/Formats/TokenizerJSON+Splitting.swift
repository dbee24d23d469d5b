extension TokenizerJSON {
  struct Layout {
    var preTokenizer = PreTokenizer()
    var isByteLevel = false
  }

  func preTokenizer(_ value: JSONValue) throws(TokenizerError) -> Layout {
    var layout = Layout()
    if value.isNull { return layout }
    let steps =
      value["type"].string == "Sequence" ? value["pretokenizers"].array ?? [] : [value]
    for step in steps {
      guard !layout.isByteLevel, layout.preTokenizer.metaspace == nil else {
        throw unsupported(
          "the pre-tokenizer", step["type"].summary + " after ByteLevel or Metaspace",
          "ByteLevel or Metaspace last")
      }
      switch step["type"].string {
      case "Split": layout.preTokenizer.rules.append(.pattern(try splitPattern(step)))
      case "ByteLevel":
        layout.isByteLevel = true
        let addsSpace = step["add_prefix_space"].boolean ?? true
        guard !addsSpace || layout.preTokenizer.rules.isEmpty else {
          throw unsupported("ByteLevel's add_prefix_space", "after Split", "false there")
        }
        layout.preTokenizer.addsPrefixSpace = addsSpace
        if step["use_regex"].boolean ?? true { layout.preTokenizer.rules.append(.pattern(.gpt2)) }
      case "Metaspace":
        guard layout.preTokenizer.rules.isEmpty else {
          throw unsupported("the pre-tokenizer Metaspace", "after Split", "Metaspace alone")
        }
        layout.preTokenizer = try metaspace(step)
      default:
        throw unsupported(
          "the pre-tokenizer", step["type"].summary, "ByteLevel, Split, Metaspace, Sequence")
      }
    }
    guard layout.isByteLevel || layout.preTokenizer.rules.isEmpty else {
      throw unsupported("the pre-tokenizer Split", "without ByteLevel", "Split before ByteLevel")
    }
    return layout
  }

  func splitPattern(_ step: JSONValue) throws(TokenizerError) -> SplitPattern {
    guard let expression = step["pattern"]["Regex"].string,
      let pattern = SplitPattern(expression: expression)
    else {
      let known = SplitPattern.allCases.map { shown($0.expression) }.joined(separator: " · ")
      throw unsupported("the split pattern", step["pattern"].summary, known)
    }
    // The patterns match everything, so that these two ways of cutting are one.
    switch (step["behavior"].string, step["invert"].boolean ?? false) {
    case ("Isolated", _), ("Removed", true): return pattern
    default:
      throw unsupported(
        "the pre-tokenizer Split with behavior", step["behavior"].summary, "Isolated")
    }
  }

  func metaspace(_ step: JSONValue) throws(TokenizerError) -> PreTokenizer {
    let mark = Array((step["replacement"].string ?? "▁").utf8)
    guard mark.elementsEqual(SentencePieceNormalizer.mark) else {
      throw unsupported("Metaspace's replacement", step["replacement"].summary, "▁")
    }
    // Before version 0.15: add_prefix_space.
    let name =
      step["prepend_scheme"].string
      ?? (step["add_prefix_space"].boolean == false ? "never" : "always")
    guard let scheme = PreTokenizer.PrependScheme(rawValue: name) else {
      throw unsupported("Metaspace's prepend_scheme", name, "always, first, never")
    }
    var result = PreTokenizer()
    result.metaspace = PreTokenizer.Metaspace(mark: mark, scheme: scheme)
    result.mark = mark
    result.markSplit = step["split"].boolean ?? true ? .everyMark : .none
    return result
  }
}
