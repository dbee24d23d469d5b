extension Tokenizer {
  /// Reads a tokenizer from a folder or a file.
  ///
  /// In a folder the first of these is read: `tokenizer.json`, `tokenizer.model`, `vocab.json` with
  /// `merges.txt`, `encoder.json` with `vocab.bpe`, `tokenizer.bin` (llama2.c's). What
  /// `tokenizer_config.json` and `special_tokens_map.json` beside it say of special tokens is heeded.
  /// A file is recognized by its name's ending: `.json`, `.model` or `.bin`. A GGUF file is not read
  /// here; see ``EmbeddedVocabulary``.
  ///
  /// - Parameter path: The folder or file.
  /// - Returns: A tokenizer with the ids of the original.
  /// - Throws: `TokenizerError`; its ``TokenizerError/isMissingInput`` tells what is not there from
  ///   what is malformed.
  public static func load(path: String) throws(TokenizerError) -> Tokenizer {
    switch InputFile.kind(of: path) {
    case .nothing: throw .noSuchFile(path: path)
    case .folder: return try load(folder: path)
    case .file: break
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let folder = path.dropLast(name.count)
    switch name.split(separator: ".").last {
    case "model": return try readingSentencePiece(path: path)
    case "bin": return try readingLlama2C(path: path)
    case "json":
      // A plain vocabulary has its merges beside it.
      for (vocabulary, merges) in pairsOfFiles where name == vocabulary {
        return try Tokenizer(vocabularyPath: path, mergesPath: folder + merges)
      }
      return try readingJSON(path: path)
    default:
      throw .unsupported(
        path: path, part: "the kind of file", found: name,
        supported: "tokenizer.json, tokenizer.model, vocab.json with merges.txt, tokenizer.bin")
    }
  }

  private static let pairsOfFiles = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")]

  private static func load(folder: String) throws(TokenizerError) -> Tokenizer {
    func path(_ name: String) -> String? {
      let path = joined(folder, name)
      return InputFile.kind(of: path) == .file ? path : nil
    }
    let settings = try SpecialTokenSettings(folder: folder)
    if let file = path("tokenizer.json") {
      return try settings.applied(to: try readingJSON(path: file), overridesTemplate: false)
    }
    if let file = path("tokenizer.model") {
      return try settings.applied(
        to: try readingSentencePiece(path: file), overridesTemplate: true)
    }
    for (vocabulary, merges) in pairsOfFiles {
      guard let vocabulary = path(vocabulary), let merges = path(merges) else { continue }
      return try Tokenizer(
        vocabularyPath: vocabulary, mergesPath: merges, conventions: try settings.conventions())
    }
    if let file = path("tokenizer.bin") { return try readingLlama2C(path: file) }
    throw .noTokenizer(folder: folder)
  }
}
