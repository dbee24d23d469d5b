/// What ``BytePairTrainer`` has learned.
public struct TrainedVocabulary: Sendable {
  /// The tokens by id, in GPT-2's alphabet, as UTF-8.
  let tokens: [[UInt8]]
  /// The merges, best first: two ids each.
  public let merges: [(left: Int, right: Int)]
  /// How texts were cut into words.
  public let pattern: SplitPattern
  /// The tokens that no text makes.
  public let specialTokens: [String]

  /// How many tokens there are.
  public var count: Int { tokens.count }

  /// The tokens by id, as ``vocabularyJSON()`` writes them.
  public var tokenTexts: [String] { tokens.map { String(decoding: $0, as: UTF8.self) } }

  /// The contents of `vocab.json`: an object from token to id, in the order of the ids.
  ///
  /// - Returns: JSON, UTF-8.
  public func vocabularyJSON() -> [UInt8] {
    var output: [UInt8] = [UInt8(ascii: "{")]
    for (id, token) in tokens.enumerated() {
      if id > 0 { output.append(UInt8(ascii: ",")) }
      appendJSON(token, to: &output)
      output += Array(":\(id)".utf8)
    }
    output.append(UInt8(ascii: "}"))
    return output
  }

  /// The contents of `merges.txt`: a line of version, then a merge in each line, best first.
  ///
  /// - Returns: Text, UTF-8.
  public func mergesText() -> [UInt8] {
    var output = Array("#version: 0.2\n".utf8)
    for (left, right) in merges {
      output += tokens[left] + [UInt8(ascii: " ")] + tokens[right] + [UInt8(ascii: "\n")]
    }
    return output
  }

  /// The contents of `tokenizer.json`, which Hugging Face's tokenizers read.
  ///
  /// - Parameter beginning: The special token that is put before a text; nil for none.
  /// - Returns: JSON, UTF-8.
  public func tokenizerJSON(beginning: String? = nil) -> [UInt8] {
    var output = Array(#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":["#.utf8)
    for (id, token) in specialTokens.enumerated() {
      output += Array("\(id > 0 ? "," : ""){\"id\":\(id),\"content\":".utf8)
      appendJSON(token.utf8, to: &output)
      output += Array(
        #","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}"#
          .utf8)
    }
    output += Array(#"],"normalizer":null,"pre_tokenizer":"#.utf8)
    let byteLevel =
      #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":"#
    if pattern == .gpt2 {
      output += Array((byteLevel + "true}").utf8)
    } else {
      output += Array(
        #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"#.utf8)
      appendJSON(pattern.expression.utf8, to: &output)
      output += Array((#"},"behavior":"Isolated","invert":false},"# + byteLevel + "false}]}").utf8)
    }
    output += Array(#","post_processor":"#.utf8) + templateJSON(beginning)
    output += Array((#","decoder":"# + byteLevel + "true}").utf8)
    output += Array(
      #","model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"#
        .utf8)
    output += Array(
      #""end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"#
        .utf8)
    output += Array(#""vocab":"#.utf8) + vocabularyJSON() + Array(#","merges":["#.utf8)
    for (index, merge) in merges.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output.append(UInt8(ascii: "["))
      appendJSON(tokens[merge.left], to: &output)
      output.append(UInt8(ascii: ","))
      appendJSON(tokens[merge.right], to: &output)
      output.append(UInt8(ascii: "]"))
    }
    return output + Array("]}}".utf8)
  }

  /// What `tokenizer.json` puts around a text: the beginning token before it, or nothing.
  private func templateJSON(_ beginning: String?) -> [UInt8] {
    guard let beginning, let id = specialTokens.firstIndex(of: beginning) else {
      return Array("null".utf8)
    }
    var name: [UInt8] = []
    appendJSON(beginning.utf8, to: &name)
    let text = String(decoding: name, as: UTF8.self)
    let token = #"{"SpecialToken":{"id":\#(text),"type_id":0}}"#
    let first = #"{"Sequence":{"id":"A","type_id":0}}"#
    let second = #"{"Sequence":{"id":"B","type_id":1}}"#
    return Array(
      (#"{"type":"TemplateProcessing","single":[\#(token),\#(first)],"#
        + #""pair":[\#(token),\#(first),\#(second)],"#
        + #""special_tokens":{\#(text):{"id":\#(text),"ids":[\#(id)],"tokens":[\#(text)]}}}"#)
        .utf8)
  }

  /// The contents of `tokenizer_config.json`: which special token is which.
  ///
  /// - Parameter beginning: The special token that begins a text and ends it.
  /// - Returns: JSON, UTF-8.
  public func configurationJSON(beginning: String) -> [UInt8] {
    var output = Array(#"{"tokenizer_class":"PreTrainedTokenizerFast","add_bos_token":true"#.utf8)
    var names = [("bos_token", beginning), ("eos_token", beginning)]
    for (key, name) in [("pad_token", "<pad>"), ("unk_token", "<unk>")]
    where specialTokens.contains(name) { names.append((key, name)) }
    for (key, name) in names {
      output += Array(#","\#(key)":"#.utf8)
      appendJSON(name.utf8, to: &output)
    }
    return output + Array("}\n".utf8)
  }

  /// A tokenizer with this vocabulary.
  ///
  /// - Returns: What reading the written files gives.
  /// - Throws: `TokenizerError`, which what was learned gives no reason for.
  public func tokenizer() throws(TokenizerError) -> Tokenizer {
    try Tokenizer.readingJSON(tokenizerJSON(), path: "the trained vocabulary")
  }

  /// Writes `vocab.json`, `merges.txt` and `tokenizer.json`, each whole or not at all.
  ///
  /// - Parameters:
  ///   - folder: Where; made if it is not there. Files of these names are replaced.
  ///   - beginning: The special token that begins a text, and ends it; a `tokenizer_config.json` says
  ///     so. Nil for a vocabulary that leaves it to the model.
  /// - Throws: `TokenizerError.cannotWrite`.
  public func write(
    toFolder folder: String, beginning: String? = nil
  ) throws(TokenizerError) {
    try OutputFile.makeFolder(folder)
    try OutputFile.write(vocabularyJSON(), to: joined(folder, "vocab.json"))
    try OutputFile.write(mergesText(), to: joined(folder, "merges.txt"))
    try OutputFile.write(
      tokenizerJSON(beginning: beginning), to: joined(folder, "tokenizer.json"))
    guard let beginning else { return }
    try OutputFile.write(
      configurationJSON(beginning: beginning), to: joined(folder, "tokenizer_config.json"))
  }
}
