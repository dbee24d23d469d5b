/// What `tokenizer_config.json` and `special_tokens_map.json` say of special tokens.
struct SpecialTokenSettings {
  private var paths: [String] = []
  private var names: [String: String] = [:]
  private var flags: [String: Bool] = [:]
  private var tokenizerClass: String?

  private static let nameKeys = ["bos_token", "eos_token", "unk_token", "pad_token"]
  private static let flagKeys = ["add_bos_token", "add_eos_token", "add_prefix_space"]

  /// Reads the files of a folder that are there; the configuration goes before the map.
  init(folder: String) throws(TokenizerError) {
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
      let path = joined(folder, name)
      guard InputFile.kind(of: path) == .file else { continue }
      paths.append(path)
      let contents = try InputFile.contents(of: path)
      let value = try JSONReader.read(contents, path: path) { (reader) throws(TokenizerError) in
        try reader.readValue()
      }
      for key in Self.nameKeys where names[key] == nil {
        names[key] = value[key].string ?? value[key]["content"].string
      }
      for key in Self.flagKeys where flags[key] == nil { flags[key] = value[key].boolean }
      tokenizerClass = tokenizerClass ?? value["tokenizer_class"].string
    }
  }

  /// Conventions for `vocab.json` and `merges.txt`; nil where no file says anything.
  ///
  /// - Throws: `TokenizerError.unsupported` for Qwen 2, whose two files lack what it does besides.
  func conventions() throws(TokenizerError) -> ByteLevelConventions? {
    guard !names.isEmpty else { return nil }
    if let tokenizerClass, tokenizerClass.hasPrefix("Qwen2") {
      throw .unsupported(
        path: paths.first ?? "tokenizer_config.json", part: "the tokenizer class",
        found: tokenizerClass, supported: "Qwen 2 from its tokenizer.json")
    }
    var conventions = ByteLevelConventions()
    conventions.begin = names["bos_token"]
    conventions.end = names["eos_token"]
    conventions.unknown = names["unk_token"]
    conventions.padding = names["pad_token"]
    conventions.addsPrefixSpace = flags["add_prefix_space"] ?? false
    conventions.putsBeginBeforeText = flags["add_bos_token"] ?? (names["bos_token"] == "</s>")
    conventions.putsEndAfterText = flags["add_eos_token"] ?? false
    return conventions
  }

  /// The tokenizer with the special tokens that the files name.
  ///
  /// The flags say what is put around a text only where the template is overridden: a
  /// `tokenizer.json` says it itself.
  func applied(
    to tokenizer: Tokenizer, overridesTemplate: Bool
  ) throws(TokenizerError) -> Tokenizer {
    var parts = tokenizer.parts
    func id(_ key: String) throws(TokenizerError) -> Int? {
      guard let name = names[key] else { return nil }
      guard let id = tokenizer.id(of: name) else {
        throw .inconsistent(
          path: paths.first ?? "tokenizer_config.json",
          reason: "\(key) is \(shown(name)), which is not in the vocabulary")
      }
      return id
    }
    parts.specialIDs.begin = try id("bos_token") ?? parts.specialIDs.begin
    parts.specialIDs.end = try id("eos_token") ?? parts.specialIDs.end
    parts.specialIDs.unknown = try id("unk_token") ?? parts.specialIDs.unknown
    // Padding changes no text's ids; a name without a token is one that training was to add.
    let padding = names["pad_token"].flatMap { tokenizer.id(of: $0) }
    parts.specialIDs.padding = padding ?? parts.specialIDs.padding
    if overridesTemplate {
      let puts = (flags["add_bos_token"] ?? true, flags["add_eos_token"] ?? false)
      parts.template.prefix = puts.0 ? [parts.specialIDs.begin].compactMap { $0 } : []
      parts.template.suffix = puts.1 ? [parts.specialIDs.end].compactMap { $0 } : []
    }
    return Tokenizer(parts)
  }
}
