/// How a text is cut into words before any pair merges: a regular expression, scanned by hand.
///
/// The alternatives of each pattern leave nothing out, so the words tile the text.
public enum SplitPattern: Hashable, Sendable, CaseIterable {
  /// GPT-2, OPT, and the byte-level pre-tokenizer of Hugging Face.
  case gpt2
  /// Llama 3: letters may take one mark before them, numbers come in threes.
  case llama3
  /// Qwen 2: as Llama 3, each digit alone.
  case qwen2

  /// The regular expression this scans.
  public var expression: String {
    switch self {
    case .gpt2:
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3: Self.llamaExpression(numbers: #"\p{N}{1,3}"#)
    case .qwen2: Self.llamaExpression(numbers: #"\p{N}"#)
    }
  }

  private static func llamaExpression(numbers: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// The pattern that an expression names, if it is one of these.
  init?(expression: String) {
    guard
      let known = Self.allCases.first(where: { $0.expression.utf8.elementsEqual(expression.utf8) })
    else { return nil }
    self = known
  }

  /// The words of a text.
  ///
  /// - Parameter text: Any text.
  /// - Returns: The words in order; joined they are the text.
  public func words(in text: String) -> [String] {
    let bytes = Array(text.utf8)
    var words: [String] = []
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let scanner = WordScanner(bytes: base, end: buffer.count)
      var start = 0
      while start < buffer.count {
        let end = scanner.endOfWord(at: start, pattern: self)
        words.append(String(decoding: buffer[start..<end], as: UTF8.self))
        start = end
      }
    }
    return words
  }
}
