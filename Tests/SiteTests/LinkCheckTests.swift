import Course
import Site
import Testing

/// The link checker.
///
/// Evidence: by hand, one mistake at a time.
@Suite("Link check")
struct LinkCheckTests {
  private func problems(_ html: String) -> [String] {
    let site = RenderedSite(
      pages: [
        SitePage(path: "index.html", html: "<main id=\"top\"></main>"),
        SitePage(path: "one/index.html", html: html),
      ], assets: [SiteAsset(path: "assets/a b.css", content: .bytes([]))])
    return LinkCheck.diagnostics(of: site).map { "\($0.path):\($0.line) \($0.id)" }
  }

  @Test(
    "what leads somewhere is silent",
    arguments: [
      "<a href=\"../index.html\">x</a>", "<a href=\"../index.html#top\">x</a>",
      "<i id=\"here\"></i>\n<a href=\"#here\">x</a>", "<link href=\"../assets/a%20b.css\">",
      "<a href=\"https://example.org/\">followed, not loaded</a>",
      "<!-- <a href=\"nowhere\"> --><script>\"<a href='nowhere'>\"</script>",
      "<i id=\"a&amp;b\"></i><a href=\"#a&amp;b\">x</a>",
    ])
  func fine(html: String) {
    #expect(problems(html) == [])
  }

  @Test(
    "what does not is named with page and line",
    arguments: [
      ("\n<a href=\"../none.html\">x</a>", "2 broken-link"),
      ("<a href=\"../index.html#none\">x</a>", "1 broken-anchor"),
      ("\n\n<a href=\"#none\">x</a>", "3 broken-anchor"),
      ("<a href=\"../../index.html\">x</a>", "1 broken-link"),
      ("<a href=\"/index.html\">x</a>", "1 broken-link"),
      ("<a href=\"javascript:alert(1)\">x</a>", "1 broken-link"),
      ("<img src=\"https://example.org/a.png\">", "1 external-load"),
      ("<link href=\"http://example.org/a.css\">", "1 external-load"),
      ("<i id=\"a\"></i><i id=\"a\"></i>", "1 doubled-anchor"),
      ("<span class=\"refused\" data-destination=\"javascript:x\">x</span>", "1 refused-link"),
    ])
  func broken(html: String, problem: String) {
    #expect(problems(html) == ["one/index.html:\(problem)"])
  }
}
