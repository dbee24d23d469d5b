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
  /// - Returns: JSON, UTF-8.
  public func tokenizerJSON() -> [UInt8] {
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
    output += Array((#","post_processor":null,"decoder":"# + byteLevel + "true}").utf8)
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

  /// A tokenizer with this vocabulary.
  ///
  /// - Returns: What reading the written files gives.
  /// - Throws: `TokenizerError`, which what was learned gives no reason for.
  public func tokenizer() throws(TokenizerError) -> Tokenizer {
    try Tokenizer.readingJSON(tokenizerJSON(), path: "the trained vocabulary")
  }

  /// Writes `vocab.json`, `merges.txt` and `tokenizer.json`, each whole or not at all.
  ///
  /// - Parameter folder: Where; made if it is not there. Files of these names are replaced.
  /// - Throws: `TokenizerError.cannotWrite`.
  public func write(toFolder folder: String) throws(TokenizerError) {
    try OutputFile.makeFolder(folder)
    try OutputFile.write(vocabularyJSON(), to: joined(folder, "vocab.json"))
    try OutputFile.write(mergesText(), to: joined(folder, "merges.txt"))
    try OutputFile.write(tokenizerJSON(), to: joined(folder, "tokenizer.json"))
  }
}
