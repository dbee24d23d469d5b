/// Cuts a formula into commands and characters, with their offsets.
struct TeXLexer {
  /// One piece of a formula.
  struct Token: Hashable {
    enum Kind: Hashable {
      /// `\name`, or `\` and one other character.
      case command(String)
      /// Any other character; white space is kept, for `\text`.
      case character(Character)
    }

    let kind: Kind
    let offset: Int
  }

  /// The pieces in order.
  static func tokens(_ text: String) -> [Token] {
    var tokens: [Token] = []
    var offset = 0
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      let start = offset
      offset += character.utf8.count
      index = text.index(after: index)
      guard character == "\\", index < text.endIndex else {
        tokens.append(Token(kind: .character(character), offset: start))
        continue
      }
      let name = text[index...].prefix { $0.isASCII && $0.isLetter }
      let command = name.isEmpty ? text[index...].prefix(1) : name
      tokens.append(Token(kind: .command(String(command)), offset: start))
      offset += command.utf8.count
      index = command.endIndex
    }
    return tokens
  }
}
