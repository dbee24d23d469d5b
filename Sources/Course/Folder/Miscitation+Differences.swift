extension Miscitation {
  /// In what the citation differs from the entry it means, computed from the fields of both.
  ///
  /// A first author is compared by the last word of the name. A year is right where it is that of the
  /// arXiv number, that of publication, or between.
  ///
  /// - Parameters:
  ///   - source: The entry that is meant.
  ///   - bibliography: Where an entry said to have come first is looked up.
  /// - Returns: Authors, year, number, order; nothing for what is right, left out or not comparable.
  public func differences(from source: Source, in bibliography: Bibliography) -> [Difference] {
    var found: [Difference] = []
    if let name = cited.authors.first, let author = source.authors.first,
      Self.familyName(name) != Self.familyName(author)
    {
      found.append(.firstAuthor(cited: name, correct: author))
    }
    if let year = cited.year, let years = source.years, !years.contains(year) {
      found.append(.year(cited: year, correct: source.year ?? years.lowerBound))
    }
    if let number = cited.arXiv, number != source.arXiv {
      found.append(.arXiv(cited: number, correct: source.arXiv))
    }
    if let id = cited.after, let earlier = bibliography[id], source.precedes(earlier) == true {
      found.append(.order(after: id))
    }
    return found
  }

  /// The verdict of a ledger in a few words.
  ///
  /// - Parameters:
  ///   - source: The entry that is meant.
  ///   - bibliography: Where an entry said to have come first is looked up.
  /// - Returns: What differs, `the authors are others; the number is another paper’s`, and where only
  ///   words tell what is wrong, that the source says something else.
  public func verdict(on source: Source, in bibliography: Bibliography) -> String {
    guard !cited.isEmpty else { return "not what the source says" }
    return differences(from: source, in: bibliography).map(\.description).joined(separator: "; ")
  }

  /// The cited fields that have no counterpart to compare with.
  func incomparable(with source: Source, in bibliography: Bibliography) -> [String] {
    var found: [String] = []
    if !cited.authors.isEmpty, source.authors.isEmpty { found.append("authors") }
    if cited.year != nil, source.years == nil { found.append("year") }
    if let id = cited.after, let earlier = bibliography[id], source.precedes(earlier) == nil {
      found.append("after")
    }
    return found
  }

  /// Every id this row cites: who cites so, what came first, and what the words cite.
  var citedSources: [String] {
    let words = (claim + correct + actually).flatMap(\.citations)
    return [by] + (cited.after.map { [$0] } ?? []) + words
  }

  private static func familyName(_ name: String) -> String {
    name.split(whereSeparator: \.isWhitespace).last?.lowercased() ?? ""
  }
}
