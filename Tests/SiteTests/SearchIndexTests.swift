import Course
import Foundation
import Site
import StepRecords
import Testing

/// What a reader can search for.
///
/// Evidence: by law (every address leads somewhere, the script is data) and by hand.
@Suite("The search index")
struct SearchIndexTests {
  /// The rows of a site's index: kind, title, address, place, words.
  static func rows(_ site: RenderedSite) throws -> [[String]] {
    let script = try Fixture.text(site, "assets/search-index.js")
    #expect(script.hasPrefix("nibbleIndex(["))
    #expect(script.hasSuffix("]);\n"))
    let data = script.dropFirst("nibbleIndex(".count).dropLast(");\n".count)
    return try JSONDecoder().decode([[String]].self, from: Data(data.utf8))
  }

  @Test("chapters, sections, steps, terms, claims, sources and wrong citations are found")
  func kinds() throws {
    let rows = try Self.rows(PageSnapshotTests.book())
    #expect(rows.allSatisfy { $0.count == 5 })
    func titles(_ kind: String) -> [String] { rows.filter { $0[0] == kind }.map { $0[1] } }
    #expect(titles("chapter") == ["The grid", "More & more"])
    #expect(titles("section") == ["How far apart", "A heading"])
    // A step nobody named is found by its first line.
    #expect(titles("step") == ["grid", "byte-range", "everywhere", "let more = 2 // => 2"])
    #expect(titles("term") == ["Scale", "Zero point"])
    #expect(titles("claim") == ["A byte holds 256.", "Halves are exact everywhere."])
    #expect(titles("source").contains("Integer-Arithmetic-Only Inference <on paper>"))
    #expect(titles("wrong citation") == ["Krishnamoorthi, 2019."])
  }

  @Test("a claim says its verdict, a term its meaning, and other names lead to it")
  func places() throws {
    let rows = try Self.rows(PageSnapshotTests.book())
    let claim = try #require(rows.first { $0[1] == "Halves are exact everywhere." })
    #expect(claim[3] == "holds when in binary")
    let term = try #require(rows.first { $0[1] == "Scale" })
    #expect(term[3] == "The distance between two codes & no more.")
    #expect(term[4].split(separator: " ").contains("step"))
  }

  @Test("every address is an anchor of a page")
  func addresses() throws {
    let site = try PageSnapshotTests.book()
    let links = try Self.rows(site).map { "<a href=\"\($0[2])\">x</a>" }.joined(separator: "\n")
    let finder = SitePage(path: "finder.html", html: links)
    let broken = LinkCheck.diagnostics(
      of: RenderedSite(pages: site.pages + [finder], assets: site.assets))
    #expect(broken.map(\.summary) == [])
    #expect(try !Self.rows(site).isEmpty)
  }

  @Test("answers of exercises are not found by searching, and neither is a list of sources")
  func nothingGivenAway() throws {
    let exercise = try #require(BlockSnapshotTests.cases.first { $0.name == "exercise" })
    let chapter = Fixture.chapter(exercise.body + "\n\n## Sources\n\n- [@jacob2018]\n")
    let steps = try Self.rows(Fixture.site([chapter])).filter { $0[0] == "step" }
    #expect(steps.map { $0[1] } == ["clip.stub"])
    #expect(try !Self.rows(Fixture.site([chapter])).contains { $0[1] == "Sources" })
  }

  @Test("whatever a chapter says stays data")
  func hostile() throws {
    let words = "\"]);alert(1)//</script><!-- \u{2028} \\u0022 \\"
    let chapter = Fixture.chapter("## \(words)\n\nText.", title: "'\(words)'")
    let site = try Fixture.site([chapter])
    let rows = try Self.rows(site)
    #expect(rows.contains { $0[0] == "section" && $0[1].contains("alert(1)") })
    #expect(try !Fixture.text(site, "assets/search-index.js").contains("</script"))
    #expect(try !Fixture.text(site, "assets/search-index.js").contains("\u{2028}"))
  }
}
