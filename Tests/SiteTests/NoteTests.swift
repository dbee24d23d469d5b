import Course
import Site
import StepRecords
import Testing

/// What stands in the margin and on paper: notes on numbers and sources, footnotes.
///
/// Evidence: by hand.
@Suite("Notes")
struct NoteTests {
  static func page(_ body: String, _ values: [String: RecordedValue]) throws -> String {
    let chapter = Fixture.chapter(body)
    let result = Fixture.result(chapter, values)
    return try Fixture.main(Fixture.site([chapter], results: [result]), "01-grid/index.html")
  }

  static let body = """
    ```swift name=grid
    let scale = 6.0 / 255   // => 0.0235
    let codes = 256         // => 256
    ```

    The step is [0.0235](#scale), one of [256](#codes), less than [0.1](#scale "<").
    """

  @Test("a number says its step, its value in full and how exactly it is stated")
  func numbers() throws {
    let page = try Self.page(Self.body, ["scale": .double(6.0 / 255), "codes": .integer(256)])
    #expect(
      page.contains(
        "scale is 0.0235294, in full 0.023529411764705882; equal to 4 decimals. Step grid."))
    #expect(page.contains("codes is 256; exactly as stated. Step grid."))
    #expect(page.contains("less than stated. Step grid."))
  }

  @Test("a number leads to the line that computed it")
  func lines() throws {
    let page = try Self.page(Self.body, ["scale": .double(6.0 / 255), "codes": .integer(256)])
    #expect(page.contains("<a class=\"proven\" href=\"#step-grid.line2\""))
    #expect(page.contains("<span class=\"line\" id=\"step-grid.line2\">"))
  }

  @Test("a number that does not hold says so")
  func wrong() throws {
    let page = try Self.page(Self.body, ["scale": .double(0.03), "codes": .integer(256)])
    #expect(page.contains("the text says 0.0235, which does not hold. Step grid."))
  }

  @Test("on paper a link out of the site is a number, one for each address")
  func footnotes() throws {
    let page = try Self.page(
      "[One](https://a.example/x), [two](https://b.example/), [one again](https://a.example/x), [here](#top).",
      [:])
    #expect(page.contains(">One</a><sup class=\"footnote-mark\">1</sup>"))
    #expect(page.contains(">two</a><sup class=\"footnote-mark\">2</sup>"))
    #expect(page.contains(">one again</a><sup class=\"footnote-mark\">1</sup>"))
    #expect(page.contains("<p><sup>2</sup> https://b.example/</p>"))
    #expect(!page.contains("<sup>3</sup>"))
    #expect(page.contains(">here</a>."))
  }
}
