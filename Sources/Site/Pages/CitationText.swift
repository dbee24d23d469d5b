import Course

/// How a source reads: short where it is cited, whole in the bibliography.
enum CitationText {
  /// `Frantar et al. 2022`, `Jacob & Kligys 2018`; the title where nobody signed.
  static func short(_ source: Source) -> String {
    let names = source.authors.map(familyName)
    let who: String
    switch names.count {
    case 0: who = source.title
    case 1: who = names[0]
    case 2: who = "\(names[0]) & \(names[1])"
    default: who = "\(names[0]) et al."
    }
    return source.year.map { "\(who) \($0)" } ?? who
  }

  /// The authors in a row.
  static func authors(_ source: Source) -> String {
    source.authors.joined(separator: ", ")
  }

  /// The last word of a name, or what stands before a comma.
  private static func familyName(_ name: String) -> String {
    if let comma = name.firstIndex(of: ",") { return String(name[..<comma]) }
    return name.split(separator: " ").last.map(String.init) ?? name
  }
}
