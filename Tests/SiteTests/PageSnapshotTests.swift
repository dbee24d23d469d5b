import Course
import Site
import StepRecords
import Testing

/// The pages that are not chapters.
///
/// Evidence: by eye.
@Suite("Home, claims ledger, bibliography")
struct PageSnapshotTests {
  /// Two chapters in two parts; the first has a claim and a citation, the second has not run.
  static func book() throws -> RenderedSite {
    let first = Fixture.chapter(
      """
      As [@jacob2018] says, and in [the other chapter](02-more.md#a-heading).

      <!-- claim: byte-range source=jacob2018 -->
      > A byte holds 256.

      ```swift claim=byte-range
      let top = 255 // => 255
      verdict(holds: top == 256) // => fails
      ```
      <!-- end -->
      """)
    let second = Fixture.chapter(
      """
      # More & more

      ## A heading

      ```swift
      let more = 2 // => 2
      ```
      """, id: "02-more", title: "More & more")
    let result = Fixture.result(
      first,
      [
        "top": .integer(255),
        "verdict(holds: top == 256)": .verdict([VerdictCondition(name: "", holds: false)]),
      ])
    return try Fixture.site([first, second], results: [result], bibliography: bibliography())
  }

  static func bibliography() throws -> Bibliography? {
    var bibliography: Bibliography?
    try Fixture.inTemporaryFolder { folder in
      try write("# empty\n", to: "\(folder)/01-grid.md")
      try write(
        """
        - id: jacob2018
          title: "Integer-Arithmetic-Only Inference <on paper>"
          authors: [Benoit Jacob, Skirmantas Kligys, Bo Chen]
          year: 2018
          venue: CVPR
          arxiv: "1712.05877"
        - id: explained-article
          title: Post-Training Quantization Explained
          authors: []
        """, to: "\(folder)/sources.yaml")
      bibliography = try CourseFolder(path: folder).bibliography
    }
    return bibliography
  }

  @Test("the first page lists parts and chapters with questions and minutes")
  func home() throws {
    try expectSnapshot(Fixture.main(Self.book(), "index.html"), "home.html")
  }

  @Test("the claims ledger has every claim, its source, its verdict and a link to its step")
  func claims() throws {
    try expectSnapshot(Fixture.main(Self.book(), "claims/index.html"), "claims.html")
  }

  @Test("the bibliography has every source and who cites it")
  func bibliographyPage() throws {
    try expectSnapshot(Fixture.main(Self.book(), "bibliography/index.html"), "bibliography.html")
  }

  @Test("a whole page, frame and contents included")
  func wholePage() throws {
    let page = try #require(Self.book().pages.first { $0.path == "02-more/index.html" })
    try expectSnapshot(page.html, "whole-page.html")
  }

  @Test("every link of the book leads somewhere")
  func links() throws {
    #expect(LinkCheck.diagnostics(of: try Self.book()).map(\.summary) == [])
  }

  @Test("the same content gives the same bytes")
  func pure() throws {
    #expect(try Self.book().pages == Self.book().pages)
  }

  @Test("an empty course is a site, too")
  func empty() throws {
    let site = try Fixture.site([])
    #expect(site.pages.count == 3)
    #expect(LinkCheck.diagnostics(of: site).isEmpty)
    #expect(try Fixture.main(site, "index.html").contains("There are no chapters yet."))
  }
}
