import Course

/// What a reader can search for: chapters, headings, steps, terms, claims, sources.
///
/// It is written as a script that hands its entries to `nibbleIndex`, because pages opened from a folder
/// may load scripts but not data. An entry is a row of texts: kind, title, address from the site's root,
/// where it stands, and the words that also lead to it.
struct SearchIndex {
  /// What kind of place an entry is.
  enum Kind: String {
    case chapter
    case section
    case step
    case term
    case claim
    case source
    case citation = "wrong citation"
    case page
  }

  /// One place to go.
  struct Entry: Equatable {
    let kind: Kind
    let title: String
    let address: String
    let place: String
    let words: String
  }

  /// Everything that can be found, chapters in order, then the back of the book.
  let entries: [Entry]

  /// The index of a site.
  init(_ site: SiteMap) {
    entries =
      site.content.chapters.flatMap { Self.entries(of: $0, site: site) } + Self.terms(site)
      + Self.claims(site) + Self.sources(site) + Self.pages(site)
  }

  /// The index as a script, an entry a line.
  var script: String {
    let rows = entries.map { entry in
      let texts = [entry.kind.rawValue, entry.title, entry.address, entry.place, entry.words]
      return "[\(texts.map(Self.literal).joined(separator: ","))]"
    }
    return "nibbleIndex([\n\(rows.joined(separator: ",\n"))\n]);\n"
  }

  // MARK: Entries

  private static func entries(of chapter: Chapter, site: SiteMap) -> [Entry] {
    let page = SiteMap.address(ofChapter: chapter.id)
    let title = site.title(of: chapter)
    let number = Contents.number(of: chapter)
    let place = number.isEmpty ? title : "\(number) \(title)"
    var entries: [Entry] = []
    for section in Section.sections(of: chapter) {
      let words = distinctWords(of: PlainText.of(section.blocks))
      if section.title.isEmpty || section.title == title {
        let known = entries.isEmpty ? chapter.frontMatter.question + " " : ""
        // The title's own anchor: searching from the chapter itself leads back to its top.
        let anchor = LinkDestination.encoded(name: section.anchor)
        entries.append(
          Entry(
            kind: .chapter, title: title, address: anchor.isEmpty ? page : "\(page)#\(anchor)",
            place: chapter.frontMatter.part,
            words: distinctWords(of: known + words)))
      } else if !Section.isListOfSources(section.title) {
        let anchor = LinkDestination.encoded(name: section.anchor)
        entries.append(
          Entry(
            kind: .section, title: section.title, address: "\(page)#\(anchor)", place: place,
            words: words))
      }
    }
    let anchors = ChapterRenderer.stepAnchors(of: chapter)
    for (step, anchor) in zip(chapter.steps, anchors) where isFound(step) {
      let anchor = LinkDestination.encoded(name: anchor)
      entries.append(
        Entry(
          kind: .step, title: self.title(of: step), address: "\(page)#\(anchor)", place: place,
          words: names(in: step.code)))
    }
    return entries
  }

  /// Answers of exercises are not found by searching.
  private static func isFound(_ step: Step) -> Bool {
    switch step.role {
    case .plain, .claim, .stub, .rejects, .traps: true
    case .check, .solution, .wrong: false
    }
  }

  /// A step's name, or its claim's, or its first line of code where nobody named it.
  private static func title(of step: Step) -> String {
    if case .claim(let id) = step.role { return id }
    guard !step.isNamed else { return step.id }
    let line = step.code.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) }
    return line.map { ChapterRenderer.oneLine(String($0), limit: 60) } ?? step.id
  }

  private static func terms(_ site: SiteMap) -> [Entry] {
    (site.content.glossary?.entries ?? []).map { entry in
      Entry(
        kind: .term, title: entry.term,
        address: "\(SiteMap.glossaryPath)#\(LinkDestination.encoded(name: entry.anchor))",
        place: firstSentence(of: PlainText.of(entry.blocks)),
        words: distinctWords(
          of: entry.synonyms.joined(separator: " ") + " " + PlainText.of(entry.blocks)))
    }
  }

  private static func claims(_ site: SiteMap) -> [Entry] {
    ClaimsLedger(site, root: "").entries.map { entry in
      let anchor = LinkDestination.encoded(name: ChapterRenderer.claimAnchor(entry.id))
      let source = site.content.bibliography?[entry.source].map(CitationText.full) ?? entry.source
      return Entry(
        kind: .claim, title: ChapterRenderer.oneLine(entry.plainStatement, limit: 140),
        address: "\(SiteMap.claimsPath)#\(anchor)", place: entry.verdict.words,
        words: distinctWords(of: "\(entry.id) \(source) \(entry.plainStatement)"))
    }
  }

  private static func sources(_ site: SiteMap) -> [Entry] {
    guard let bibliography = site.content.bibliography else { return [] }
    let entries = bibliography.entries.map { source in
      let anchor = LinkDestination.encoded(name: SiteMap.sourceAnchor(source.id))
      let names = source.authors.joined(separator: " ")
      return Entry(
        kind: .source, title: source.title, address: "\(SiteMap.bibliographyPath)#\(anchor)",
        place: source.authors.isEmpty ? source.venue ?? "" : CitationText.short(source),
        words: distinctWords(
          of: "\(source.id) \(names) \(source.venue ?? "") \(source.arXiv ?? "") "
            + (source.year.map(String.init) ?? "")))
    }
    return entries
      + bibliography.miscitations.enumerated().map { index, found in
        let claim = Inline.plainText(of: found.miscitation.claim)
        let truth = Inline.plainText(of: found.miscitation.correct)
        return Entry(
          kind: .citation, title: ChapterRenderer.oneLine(claim, limit: 140),
          address: "\(SiteMap.claimsPath)#\(MiscitationList.anchor(index))",
          place: bibliography[found.miscitation.by].map(CitationText.short) ?? "",
          words: distinctWords(of: "\(found.source.title) \(truth)"))
      }
  }

  private static func pages(_ site: SiteMap) -> [Entry] {
    let home = Entry(
      kind: .page, title: site.content.title, address: "index.html", place: "The first page",
      words: distinctWords(of: HomePage.promise(of: site.content)))
    return [home]
      + SiteMap.BackPage.allCases.filter(site.has).map { page in
        Entry(
          kind: .page, title: page.title, address: page.path, place: "At the back",
          words: distinctWords(of: page.about))
      }
  }

  // MARK: Words

  /// Words that lead nowhere because they lead everywhere, in prose and in Swift.
  private static let common = Set(
    """
    a about after all also an and any are as at be because been before below between both but by can \
    could did do does each else every few first for from get gives had has have here how if in into is \
    it its itself just like make many may more most much must near no nor not of off on once one only \
    or other our out over own per same see should so some still such than that the their them then \
    there these they this those three to too two under until up upon very was we were what when where \
    which while who whose why will with would you your let var func return guard try import self true \
    false nil case switch string double float int map filter reduce count
    """.split(separator: " "))

  /// Every word of three letters or more that is not a common one, once, in lower case, in order.
  ///
  /// Numbers stay where they have a point or two digits: people look for `0.0235` and for `4-bit`'s 16.
  static func distinctWords(of text: String) -> String {
    var seen = common
    // Scalars are enough and much faster than characters: every word of the book passes through here.
    let words = text.lowercased().unicodeScalars.split { scalar in
      guard scalar.isASCII else {
        return !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      }
      switch scalar {
      case "a"..."z", "0"..."9", ".", "_": return false
      default: return true
      }
    }
    return words.compactMap { word -> Substring? in
      var word = word
      while word.last == "." { word.removeLast() }
      while word.first == "." { word.removeFirst() }
      let isNumber = word.first.map { ("0"..."9").contains($0) } ?? false
      guard word.count >= (isNumber ? 2 : 3) else { return nil }
      return seen.insert(Substring(word)).inserted ? Substring(word) : nil
    }.joined(separator: " ")
  }

  /// The names a step uses: neither what it says in strings and comments, nor its numbers.
  private static func names(in code: String) -> String {
    let bytes = Array(code.utf8)
    let parts = SwiftHighlighter.spans(of: code).filter { span in
      span.kind == .plain || span.kind == .type
    }
    let text = parts.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    let names = text.joined(separator: " ").split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    return distinctWords(of: names.joined(separator: " "))
  }

  private static func firstSentence(of text: String) -> String {
    var sentence = ""
    for word in text.split(separator: " ") {
      sentence += sentence.isEmpty ? word : " " + word
      if let last = word.last, ".?!".contains(last) { break }
    }
    return ChapterRenderer.oneLine(sentence, limit: 120)
  }

  /// A text as JavaScript writes it, with nothing in it that could end a script or a line.
  static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in HTMLText.legible(text).unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "<": result += "\\u003c"
      case "\u{2028}": result += "\\u2028"
      case "\u{2029}": result += "\\u2029"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
