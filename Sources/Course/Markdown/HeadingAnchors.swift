/// Gives headings their page anchors, by GitHub's rule, each anchor once.
struct HeadingAnchors {
  private var taken: Set<String> = []
  private var counts: [String: Int] = [:]

  /// The anchor of a heading with this text: `The grid` becomes `the-grid`, a second one `the-grid-1`.
  ///
  /// A heading without letters or digits becomes `section`.
  mutating func anchor(for text: String) -> String {
    let slug = Self.slug(text)
    let base = slug.isEmpty ? "section" : slug
    var anchor = base
    var count = counts[base, default: 0]
    while !taken.insert(anchor).inserted {
      count += 1
      anchor = "\(base)-\(count)"
    }
    counts[base] = count
    return anchor
  }

  /// Lower case; letters, marks, digits, `_` and `-` stay, spaces become `-`, the rest goes.
  static func slug(_ text: String) -> String {
    var slug = ""
    for scalar in text.lowercased().unicodeScalars {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber,
        .connectorPunctuation:
        slug.unicodeScalars.append(scalar)
      default:
        if scalar == " " || scalar == "-" { slug.append("-") }
      }
    }
    return slug
  }
}
