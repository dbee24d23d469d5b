import Course
import Site
import StepRecords
import TestSupport
import Testing

/// The pages that are not chapters.
///
/// Evidence: by eye.
@Suite("Home, claims ledger, glossary, bibliography")
struct PageSnapshotTests {
  /// A course with everything: two chapters, of which the first has a claim and a citation and the
  /// second has not run; an opening, a glossary, a bibliography with a wrong citation.
  static func book() throws -> RenderedSite {
    let first = Fixture.chapter(
      """
      As [@jacob2018] says, and in [the other chapter](02-more.md#a-heading).

      ## How far apart

      A byte has steps. How far apart are two codes?

      ```swift name=grid
      let step = 6.0 / 255 // => 0.0235
      let half = step / 2 // => 0.0118
      ```

      They stand [0.024](#step) apart, and the worst case of a scale is half of it, [0.012](#half).

      <!-- claim: byte-range source=jacob2018 -->
      > A byte holds 256.

      ```swift claim=byte-range
      let top = 255 // => 255
      verdict(holds: top == 256) // => fails
      ```
      <!-- end -->

      <!-- claim: everywhere source=explained-article -->
      > Halves are exact everywhere.

      ```swift claim=everywhere
      verdict(["in binary": true, "in decimal": false]) // => holds when in binary
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
        "step": .double(6.0 / 255),
        "half": .double(3.0 / 255),
        "top": .integer(255),
        #"verdict(["in binary": true, "in decimal": false])"#: .verdict([
          VerdictCondition(name: "in binary", holds: true),
          VerdictCondition(name: "in decimal", holds: false),
        ]),
        "verdict(holds: top == 256)": .verdict([VerdictCondition(name: "", holds: false)]),
      ])
    let back = try back()
    return try Fixture.site(
      [first, second], results: [result], bibliography: back.bibliography, glossary: back.glossary,
      opening: opening)
  }

  static let opening = CourseOpening(
    markdown: Array(
      """
      # Small & sound

      A course that fits *on one page*.

      Everything else follows [from the grid](01-grid.md#how-far-apart).

      <!-- for: applied-engineer -->
      **Shipping?** Start at [more](02-more.md).
      <!-- end -->
      """.utf8), path: "Chapters/README.md")

  /// What stands at the back: read as a course's own files are.
  static func back() throws -> (bibliography: Bibliography?, glossary: Glossary?) {
    var back: (bibliography: Bibliography?, glossary: Glossary?) = (nil, nil)
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
          miscited:
            - by: explained-article
              claim: Krishnamoorthi, 2019.
              as: {authors: [Krishnamoorthi], year: 2019}
              correct: Jacob and others, 2018.
        - id: explained-article
          title: Post-Training Quantization Explained
          authors: []
        """, to: "\(folder)/sources.yaml")
      try write(
        """
        # Words

        ## Zero point

        The code of zero. See [the grid](01-grid.md).

        ## Scale

        The distance between two codes & no more.

        Also *step*.
        """, to: "\(folder)/glossary.md")
      let course = try CourseFolder(path: folder)
      back = (course.bibliography, course.glossary)
    }
    return back
  }

  @Test("the first page shows a step as it ran, where to start, the parts, and the verdicts")
  func home() throws {
    try expectSnapshot(Fixture.main(Self.book(), "index.html"), "home.html")
  }

  @Test("the claims ledger has every claim, its source, its verdict and a link to its step")
  func claims() throws {
    try expectSnapshot(Fixture.main(Self.book(), "claims/index.html"), "claims.html")
  }

  @Test("the glossary has every term and the chapters that use it")
  func glossary() throws {
    try expectSnapshot(Fixture.main(Self.book(), "glossary/index.html"), "glossary.html")
  }

  @Test("the bibliography has every source and who cites it, where")
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
    #expect(site.pages.map(\.path) == ["index.html"])
    #expect(LinkCheck.diagnostics(of: site).isEmpty)
    #expect(try Fixture.main(site, "index.html").contains("There are no chapters yet."))
  }
}
