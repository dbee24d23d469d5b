extension Inline {
  /// What a reader sees, without markup: for alternative texts, page titles, anchors and search.
  ///
  /// Line ends become spaces, a formula its TeX, a citation its id; raw HTML is left out.
  public static func plainText(of inlines: [Inline]) -> String {
    var text = ""
    for inline in inlines {
      switch inline {
      case .text(let part), .code(let part), .math(let part), .citation(let part): text += part
      case .softBreak, .lineBreak: text += " "
      case .emphasis, .strong, .link, .image: text += plainText(of: inline.children)
      case .proven(let number): text += number.text
      case .html: break
      }
    }
    return text
  }
}
