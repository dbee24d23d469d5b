import Course
import Site
import StepRecords
import Testing

/// The first page says what the chapters found, and nothing else.
///
/// Evidence: by hand.
@Suite("The first page")
struct HomeTests {
  static let body = """
    How far apart are two codes?

    ```swift name=grid
    let step = 6.0 / 255 // => 0.0235
    let half = step / 2 // => 0.0118
    ```

    They stand [0.024](#step) apart.
    """

  static func home(step: Double, half: Double = 3.0 / 255, body: String = body) throws -> String {
    let chapter = Fixture.chapter(body)
    let result = Fixture.result(chapter, ["step": .double(step), "half": .double(half)])
    return try Fixture.main(Fixture.site([chapter], results: [result]), "index.html")
  }

  @Test("the example is a step as it ran, with the question before it and the number that reads it")
  func example() throws {
    let home = try Self.home(step: 6.0 / 255)
    #expect(home.contains("How far apart are two codes?"))
    #expect(home.contains("</span> 0.0235294</span>"))
    #expect(home.contains("href=\"01-grid/index.html#step-grid.line1\""))
  }

  @Test("its values are the results', not the text's: another result shows another value")
  func takenFromResults() throws {
    // 0.02351 still rounds to the 0.0235 and the 0.024 that the chapter states.
    #expect(try Self.home(step: 0.02351).contains("</span> 0.02351</span>"))
  }

  @Test("a step that does not hold, or whose number is wrong, is no example")
  func nothingFalse() throws {
    #expect(try !Self.home(step: 0.5).contains("class=\"example\""))
    let wrong = Self.body.replacing("[0.024]", with: "[0.025]")
    #expect(try !Self.home(step: 6.0 / 255, body: wrong).contains("class=\"example\""))
    #expect(
      try !Fixture.main(Fixture.site([Fixture.chapter(Self.body)]), "index.html")
        .contains("class=\"example\""))
  }

  @Test("a short step goes before a long one, and a long one is better than none")
  func shortFirst() throws {
    let lines = (1...12).map { "let unused\($0) = \($0)" }.joined(separator: "\n")
    let long = """
      ```swift name=long
      \(lines)
      let first = 1 // => 1
      let second = 2 // => 2
      ```

      It is [1](#first).
      """
    let values: [String: RecordedValue] = [
      "first": .integer(1), "second": .integer(2), "step": .double(6.0 / 255),
      "half": .double(3.0 / 255),
    ]
    func home(_ body: String) throws -> String {
      let chapter = Fixture.chapter(body)
      return try Fixture.main(
        Fixture.site([chapter], results: [Fixture.result(chapter, values)]), "index.html")
    }
    #expect(try home(long).contains("01-grid/index.html#step-long\""))
    #expect(try home(long + "\n\n" + Self.body).contains("01-grid/index.html#step-grid\""))
  }

  @Test("values and verdicts are counted, and ways that no claim ended in are not named")
  func counts() throws {
    let home = try Fixture.main(PageSnapshotTests.book(), "index.html")
    // step, half and top, and the two verdicts: five values; one claim fails, one holds at times.
    #expect(
      home.contains("<span class=\"figure\">5</span> <span class=\"what\">values proven</span>"))
    #expect(home.contains("5 values proven"))
    #expect(home.contains("<strong class=\"fails\">fails</strong> 1"))
    #expect(home.contains("<strong class=\"partly\">holds when</strong> 1"))
    #expect(!home.contains("<strong class=\"holds\">"))
  }

  @Test("a course is named by its opening, else by its folder")
  func names() throws {
    #expect(
      try PageSnapshotTests.book().pages[0].html.contains("<title>Small &amp; sound</title>"))
    #expect(CourseOpening.title(ofFolder: "/books/sorting-things/Chapters") == "Sorting things")
    #expect(CourseOpening.title(ofFolder: "/books/graphs/") == "Graphs")
    #expect(CourseOpening.title(ofFolder: "/") == "The course")
  }

  @Test("read as one persona, the opening keeps that persona's start only")
  func persona() throws {
    let chapter = Fixture.chapter("Text.", id: "02-more")
    func home(_ persona: String?) throws -> String {
      try Fixture.main(
        Fixture.site([chapter], opening: PageSnapshotTests.opening.reading(as: persona)),
        "index.html")
    }
    #expect(try home(nil).contains("Applied engineer"))
    #expect(try home("applied-engineer").contains("Applied engineer"))
    #expect(try !home("cs-student").contains("Where to start"))
  }

  @Test("code in an opening is quoted, not shown as a step that never ran")
  func openingCode() throws {
    let opening = CourseOpening(
      markdown: Array("# Sorting\n\nA promise.\n\n```swift\nsort()\n```\n".utf8), path: "README.md")
    let site = try Fixture.site([Fixture.chapter("Text.")], opening: opening)
    let home = try Fixture.main(site, "index.html")
    #expect(home.contains("class=\"quoted\""))
    #expect(!home.contains("Not run yet"))
  }
}
