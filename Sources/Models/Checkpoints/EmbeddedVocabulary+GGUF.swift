internal import Tensors
internal import Tokenizers

extension EmbeddedVocabulary {
  /// The vocabulary in the keys of a GGUF file.
  ///
  /// - Parameters:
  ///   - metadata: The file's keys.
  ///   - path: What to call the file in messages.
  /// - Throws: `ModelError.missingValue` or `.invalidValue`.
  init(gguf metadata: [String: GGUFValue], path: String) throws(ModelError) {
    let keys = GGUFKeys(metadata: metadata, path: path)
    guard let model = metadata["tokenizer.ggml.model"]?.string else {
      throw .missingValue(path: path, key: "tokenizer.ggml.model")
    }
    guard case .strings(let tokens) = metadata["tokenizer.ggml.tokens"] else {
      throw .missingValue(path: path, key: "tokenizer.ggml.tokens")
    }
    self.init(
      model: model, tokens: tokens, preTokenizer: metadata["tokenizer.ggml.pre"]?.string,
      path: path)
    scores = try keys.list("scores", "numbers") { value in
      if case .numbers(let scores) = value { scores.map { Float($0) } } else { nil }
    }
    kinds = try keys.list("token_type", "whole numbers") { value in
      if case .integers(let kinds) = value { kinds.map { Int($0) } } else { nil }
    }
    merges = try keys.list("merges", "texts") { value in
      if case .strings(let merges) = value { merges } else { nil }
    }
    specialIDs = Tokenizer.SpecialIDs(
      begin: try keys.id("bos_token_id"), end: try keys.id("eos_token_id"),
      unknown: try keys.id("unknown_token_id"), padding: try keys.id("padding_token_id"))
    putsBeginBeforeText = try keys.flag("add_bos_token")
    putsEndAfterText = try keys.flag("add_eos_token")
    addsSpacePrefix = try keys.flag("add_space_prefix")
    removesExtraWhitespace = try keys.flag("remove_extra_whitespaces")
  }
}

/// The keys `tokenizer.ggml.…`, each checked as it is taken.
private struct GGUFKeys {
  let metadata: [String: GGUFValue]
  let path: String

  /// A list; empty where there is none.
  func list<Element>(
    _ name: String, _ expected: String, _ elements: (GGUFValue) -> [Element]?
  ) throws(ModelError) -> [Element] {
    guard let value = metadata["tokenizer.ggml.\(name)"] else { return [] }
    // An empty list may be written with any type.
    if case .integers([]) = value { return [] }
    guard let list = elements(value) else { throw invalid(name, "a list of \(expected)") }
    return list
  }

  func id(_ name: String) throws(ModelError) -> Int? {
    guard let value = metadata["tokenizer.ggml.\(name)"] else { return nil }
    guard let id = value.integer else { throw invalid(name, "a token's number") }
    return id
  }

  func flag(_ name: String) throws(ModelError) -> Bool? {
    guard let value = metadata["tokenizer.ggml.\(name)"] else { return nil }
    guard case .boolean(let flag) = value else { throw invalid(name, "true or false") }
    return flag
  }

  private func invalid(_ name: String, _ expected: String) -> ModelError {
    .invalidValue(
      path: path, key: "tokenizer.ggml.\(name)", value: "something else", expected: expected)
  }
}
