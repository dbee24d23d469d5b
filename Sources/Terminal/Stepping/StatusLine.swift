/// The line at the bottom: where the reader is, how long, and the keys that matter now.
///
/// Pure: the richest form that fits is chosen; on narrow terminals the chapter's name goes first, then
/// the time, then the keys that matter least. The first key and the last stay longest.
package struct StatusLine {
  /// A key and what it does.
  package struct Key: Hashable {
    let key: String
    let words: String

    package init(_ key: String, _ words: String) {
      self.key = key
      self.words = words
    }

    var text: String { "\(key) \(words)" }
  }

  /// The chapter's id.
  package var chapter = ""
  /// `step 3 of 12`, `exercise 1`.
  package var place = ""
  /// `what if: grid`, or nothing.
  package var mark = ""
  /// Seconds of this sitting.
  package var seconds = 0.0
  /// The keys, the one for going on first, help last.
  package var keys: [Key] = []

  package init() {}

  /// The line.
  ///
  /// - Parameter width: Columns there are.
  /// - Returns: Text that is not wider.
  package func text(width: Int) -> String {
    var forms: [[String]] = []
    let time = Self.time(seconds)
    let all = keys.map(\.text)
    for head in [[chapter, place, mark, time], [shortChapter, place, mark, time]] {
      forms.append(head + all)
    }
    forms += [[place, mark, time] + all, [place, mark] + all]
    var fewer = keys
    while fewer.count > 2 {
      fewer.remove(at: fewer.count - 2)
      forms.append([place, mark] + fewer.map(\.text))
    }
    forms += [[shortPlace, mark] + fewer.map(\.text), [shortPlace] + fewer.prefix(1).map(\.text)]
    let texts = forms.map { form in
      "─ " + form.filter { !$0.isEmpty }.joined(separator: " · ")
    }
    return texts.first { DisplayWidth.of($0) <= width } ?? (texts.last ?? "").fitted(to: width)
  }

  /// The time, as minutes that a person would count.
  package static func time(_ seconds: Double) -> String {
    let minutes = Int(max(0, min(seconds, 1e8)) / 60)
    if minutes < 1 { return "" }
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// `03-rounding` is `chapter 3`.
  private var shortChapter: String {
    let digits = chapter.prefix { $0.isASCII && $0.isNumber }
    return Int(digits).map { "chapter \($0)" } ?? ""
  }

  private var shortPlace: String {
    place.replacing("step ", with: "").replacing(" of ", with: "/")
  }
}
