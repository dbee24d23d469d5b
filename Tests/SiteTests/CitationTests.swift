import Course
import Site
import Testing

@Suite("Citations on a page")
struct CitationTests {
  private static let sources = Bibliography(entries: [
    Source(id: "frantar2022", title: "GPTQ", authors: ["Elias Frantar"], year: 2022),
    Source(id: "lin2023", title: "AWQ", authors: ["Ji Lin"], year: 2023),
  ])

  @Test("by hand: sources cited together are one run, the style's brackets around the whole of it")
  func together() throws {
    let chapter = Fixture.chapter("As they say [@frantar2022; @lin2023], and he [@lin2023].")
    let site = try Fixture.site([chapter], bibliography: Self.sources)
    let main = try Fixture.main(site, "01-grid/index.html")
    let classes = try MarkupReader.read(main).elements
      .filter { $0.name == "a" && ($0.attributes["class"] ?? "").hasPrefix("citation") }
      .map { $0.attributes["class"] }
    #expect(classes == ["citation open", "citation more", "citation"])
  }
}
