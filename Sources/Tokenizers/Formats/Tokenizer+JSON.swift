extension Tokenizer {
  /// Reads a `tokenizer.json` of Hugging Face's tokenizers.
  ///
  /// Truncation and padding that the file may ask for are not applied, as `transformers` does not
  /// apply them unless it is told to.
  ///
  /// - Parameter path: Where the file is.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; `unsupported` names any part that is not carried out here.
  public static func readingJSON(path: String) throws(TokenizerError) -> Tokenizer {
    try readingJSON(try InputFile.contents(of: path), path: path)
  }

  /// Reads the contents of a `tokenizer.json`.
  ///
  /// - Parameters:
  ///   - contents: The whole file.
  ///   - path: What to call it in messages.
  /// - Returns: A tokenizer with the same ids.
  /// - Throws: `TokenizerError`; `unsupported` names any part that is not carried out here.
  public static func readingJSON(
    _ contents: [UInt8], path: String = "tokenizer.json"
  ) throws(TokenizerError) -> Tokenizer {
    try TokenizerJSON(contents, path: path).tokenizer()
  }
}
