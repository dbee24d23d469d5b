import Foundation
import Site
import Testing

/// By hand: rows handed in by whoever knows methods, as the site lists them.
@Suite("The table of methods")
struct MethodsPageTests {
  private static let methods = [
    SiteMethod(
      name: "rtn", summary: "each weight alone", options: ["--bits", "--group-size"], needs: "",
      bits: "b + 16/g", source: "Frantar et al. 2022"),
    SiteMethod(
      name: "gguf:q4_k", summary: "super-blocks <of> 256", options: [], needs: "sums over inputs",
      bits: "4.5", source: "llama.cpp & others"),
  ]

  @Test("every row stands in the table and in a section of its own, with a link between them")
  func rows() throws {
    let site = try Fixture.site([], methods: Self.methods)
    let page = try Fixture.main(site, "methods/index.html")
    #expect(page.contains("<p class=\"question\">2 methods for one layer"))
    #expect(
      page.contains("<a href=\"#rtn\"><code>rtn</code></a></th><td>nothing</td><td>b + 16/g</td>"))
    #expect(page.contains("<td>sums over inputs</td><td>4.5</td>"))
    #expect(page.contains("<section class=\"term method\" id=\"rtn\">"))
    #expect(page.contains("<p>Each weight alone.</p>"))
    #expect(
      page.contains(
        "Options: <code><span class=\"option\">--bits</span> "
          + "<span class=\"option\">--group-size</span></code>"))
    #expect(page.components(separatedBy: "Options:").count == 2, "no line for no options")
    #expect(page.contains("Super-blocks &lt;of&gt; 256."))
    #expect(page.contains("Source: llama.cpp &amp; others"))
    #expect(LinkCheck.diagnostics(of: site).isEmpty)
  }

  @Test("the first page and the contents lead there, and a search finds it")
  func found() throws {
    let site = try Fixture.site([], methods: Self.methods)
    let home = try #require(site.pages.first { $0.path == "index.html" })
    #expect(
      home.html.contains(
        "<a class=\"chapter\" href=\"methods/index.html\">Methods side by side</a>"))
    #expect(try Fixture.main(site, "index.html").contains("2 methods: what each needs"))
    #expect(try Fixture.text(site, "assets/search-index.js").contains("methods/index.html"))
  }

  @Test("a course whose engine has no methods has no such page")
  func none() throws {
    let site = try Fixture.site([])
    #expect(!site.pages.contains { $0.path == "methods/index.html" })
    #expect(!site.pages.contains { $0.html.contains("Methods side by side") })
  }
}
