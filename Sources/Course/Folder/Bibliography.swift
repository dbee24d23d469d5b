/// The sources a course may cite, from `sources.yaml` beside its chapters.
public struct Bibliography: Hashable, Sendable {
  /// The sources in the order of the file.
  public let entries: [Source]
  /// Read from a file; false where there is none, and then every citation is unknown.
  public let isFromFile: Bool

  private let indices: [String: Int]

  /// A bibliography of the given sources; of two with one id the first counts.
  ///
  /// - Parameters:
  ///   - entries: The sources.
  ///   - isFromFile: False says that the course has no `sources.yaml`.
  public init(entries: [Source], isFromFile: Bool = true) {
    self.entries = entries
    self.isFromFile = isFromFile
    indices = Dictionary(
      entries.enumerated().map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The source with an id, if there is one.
  public subscript(id: String) -> Source? {
    indices[id].map { entries[$0] }
  }

  /// Every wrong citation with the entry that was meant, in the order of the file.
  public var miscitations: [(source: Source, miscitation: Miscitation)] {
    entries.flatMap { source in source.miscitations.map { (source, $0) } }
  }

  /// `; did you mean ID?`, or nothing.
  func suggestion(for id: String) -> String {
    NearestWords.question(id, among: entries.map(\.id))
  }
}

/// A paper, a page or a book that a course cites.
public struct Source: Hashable, Sendable {
  /// How chapters cite it: `frantar2022`.
  public let id: String
  /// Its title.
  public let title: String
  /// Its authors in order, each as written.
  public let authors: [String]
  /// The year it appeared.
  public let year: Int?
  /// The journal, conference or site.
  public let venue: String?
  /// An address, where it has one of its own.
  public let url: String?
  /// Its arXiv number: `2210.17323`.
  public let arXiv: String?
  /// How other sources cite it wrongly, in the order of the file.
  public let miscitations: [Miscitation]
  /// Its line in the file.
  public let line: Int

  /// A source from its parts.
  public init(
    id: String, title: String, authors: [String] = [], year: Int? = nil, venue: String? = nil,
    url: String? = nil, arXiv: String? = nil, miscitations: [Miscitation] = [], line: Int = 0
  ) {
    self.id = id
    self.title = title
    self.authors = authors
    self.year = year
    self.venue = venue
    self.url = url
    self.arXiv = arXiv
    self.miscitations = miscitations
    self.line = line
  }

  /// The same source with its wrong citations.
  func adding(_ miscitations: [Miscitation]) -> Source {
    Source(
      id: id, title: title, authors: authors, year: year, venue: venue, url: url, arXiv: arXiv,
      miscitations: miscitations, line: line)
  }

  /// Where a reader finds it: its own address, else arXiv's page.
  public var link: String? {
    url ?? arXiv.map { "https://arxiv.org/abs/\($0)" }
  }
}
