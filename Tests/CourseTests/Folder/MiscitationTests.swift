import Course
import Testing

/// By hand: how papers were cited, how they are, and what the comparison must say.
@Suite("Wrong citations")
struct MiscitationTests {
  /// GPTQ as it is: submitted in 2022, published in 2023.
  static let gptq = Source(
    id: "g", title: "GPTQ", authors: ["Elias Frantar", "Saleh Ashkboos"], year: 2023,
    arXiv: "2210.17323")
  static let smooth = Source(
    id: "s", title: "SmoothQuant", authors: ["Guangxuan Xiao"], year: 2023, arXiv: "2211.10438")
  static let old = Source(id: "o", title: "Lattices", authors: ["Craig Gentry"], year: 2009)
  static let bibliography = Bibliography(entries: [gptq, smooth, old])

  private func differences(
    _ cited: Miscitation.Cited, from source: Source = gptq
  ) -> [Miscitation.Difference] {
    Miscitation(by: "x", claim: [], correct: [], cited: cited)
      .differences(from: source, in: Self.bibliography)
  }

  @Test("what is cited rightly differs in nothing")
  func right() {
    #expect(differences(.init(authors: ["Frantar"], year: 2022, arXiv: "2210.17323")) == [])
    #expect(differences(.init(authors: ["elias frantar"], year: 2023)) == [])
    #expect(differences(.init(after: "o")) == [])
    #expect(differences(.init()) == [])
  }

  @Test("authors, year, number and order are compared, each by itself")
  func wrong() {
    #expect(
      differences(.init(authors: ["Dettmers", "Frantar"]))
        == [.firstAuthor(cited: "Dettmers", correct: "Elias Frantar")])
    #expect(differences(.init(year: 2021)) == [.year(cited: 2021, correct: 2023)])
    #expect(differences(.init(year: 2024)) == [.year(cited: 2024, correct: 2023)])
    #expect(
      differences(.init(arXiv: "2203.11264"))
        == [.arXiv(cited: "2203.11264", correct: "2210.17323")])
    // Both of 2022 by their numbers: the months tell.
    #expect(differences(.init(after: "s")) == [.order(after: "s")])
    #expect(differences(.init(after: "g"), from: Self.smooth) == [])
    // A year alone, against a number.
    #expect(differences(.init(after: "g"), from: Self.old) == [.order(after: "g")])
    #expect(
      differences(.init(arXiv: "0811.3171"), from: Self.old)
        == [.arXiv(cited: "0811.3171", correct: nil)])
  }

  @Test("the verdict names what differs, and what only words can tell")
  func verdicts() {
    let all = Miscitation(
      by: "x", claim: [], correct: [],
      cited: .init(authors: ["Wang"], year: 2020, arXiv: "2403.04744", after: "s"))
    #expect(
      all.verdict(on: Self.gptq, in: Self.bibliography)
        == "the authors are others; the year is wrong; the number is another paper’s; "
        + "the order is the other way round")
    let words = Miscitation(by: "x", claim: [.text("a")], correct: [.text("b")])
    #expect(words.verdict(on: Self.gptq, in: Self.bibliography) == "not what the source says")
  }

  static let page = "- {id: a, title: A}\n- {id: page, title: P}\n"

  @Test("a row is read with its line, and its words are Markdown that cites")
  func reading() throws {
    let course = try LintedCourse(
      bibliography: Self.page + """
        - id: g
          title: GPTQ
          authors: [Elias Frantar]
          year: 2023
          arxiv: "2210.17323"
          miscited:
            - by: page
              claim: Somebody *else*.
              as: {authors: [Ding], year: 2021, arxiv: "2306.16356", after: a}
              actually: Group theory.
              correct: >-
                Frantar, as [@a]
                knows.
            - {by: page, claim: x, correct: y}

        """)
    let rows = try #require(course.folder.bibliography).miscitations
    #expect(rows.map(\.source.id) == ["g", "g"])
    #expect(rows.map(\.miscitation.line) == [9, 16])
    let row = rows[0].miscitation
    #expect(row.claim == [.text("Somebody "), .emphasis([.text("else")]), .text(".")])
    #expect(row.correct == [.text("Frantar, as "), .citation("a"), .text(" knows.")])
    #expect(Inline.plainText(of: row.actually) == "Group theory.")
    #expect(
      row.cited == .init(authors: ["Ding"], year: 2021, arXiv: "2306.16356", after: "a"))
    // Nothing dates `a`, so the order cannot be checked; everything else is right.
    #expect(course.found == ["nothing-to-compare:sources.yaml:9"])
  }

  @Test(
    "a row that is no wrong citation, or cannot be checked, is an error at its line",
    arguments: [
      ("as: {authors: [Frantar], year: 2022}", ["not-miscited"]),
      ("as: {arxiv: \"2210.17323\"}", ["not-miscited"]),
      ("as: {after: page}", ["not-miscited"]),
      ("as: {arxiv: \"2210.17324\"}", []),
      ("as: {authors: [Frantar], arxiv: \"2210.17324\"}, actually: Another.", []),
      ("actually: Another.", ["actually-without-number"]),
      ("as: {year: 1999}, actually: Another.", ["actually-without-number"]),
    ] as [(String, [String])])
  func lint(fields: String, found: [String]) throws {
    let course = try LintedCourse(
      bibliography: """
        - {id: a, title: A}
        - {id: page, title: P, year: 2001}
        - id: g
          title: GPTQ
          authors: [Elias Frantar]
          year: 2023
          arxiv: "2210.17323"
          miscited:
            - {by: page, claim: x, correct: y, \(fields)}

        """)
    #expect(course.found == found.map { "\($0):sources.yaml:9" })
  }

  @Test("an entry without authors or year has nothing to compare with")
  func nothingToCompare() throws {
    let course = try LintedCourse(
      bibliography: Self.page
        + "- {id: b, title: B, miscited: [{by: page, claim: x, correct: y, "
        + "as: {authors: [C], year: 2000, after: a}}]}\n")
    #expect(
      course.found == [String](repeating: "nothing-to-compare:sources.yaml:3", count: 3))
    #expect(course.diagnostics.map(\.summary).map { $0.contains("no authors") }.first == true)
  }

  @Test("numbers that nothing proves may not stand in the words")
  func numbers() throws {
    let course = try LintedCourse(
      bibliography: Self.page
        + "- {id: b, title: B, miscited: [{by: page, claim: It lost 0.3., "
        + "correct: \"[2](#x) and 1609.07061 in 2015\"}]}\n")
    #expect(course.found == ["bare-number:sources.yaml:3", "number-without-step:sources.yaml:3"])
  }

  @Test(
    "a row of the wrong form is named with its line",
    arguments: [
      ("miscited: x", ["bibliography-type:4"]), ("miscited: [x]", ["bibliography-type:4"]),
      ("miscited: [{claim: x, correct: y}]", ["incomplete-miscitation:4"]),
      ("miscited: [{by: page}]", ["incomplete-miscitation:4", "incomplete-miscitation:4"]),
      ("miscited: [{by: pages, claim: x, correct: y}]", ["unknown-citation:4"]),
      ("miscited: [{by: page, claim: \"[@q]\", correct: y}]", ["unknown-citation:4"]),
      ("miscited: [{by: page, claim: x, correct: y, as: {after: q}}]", ["unknown-citation:4"]),
      ("miscited: [{by: page, claim: x, correct: y, az: z}]", ["unknown-key:4"]),
      ("miscited: [{by: page, claim: x, correct: y, as: {yaer: 1}}]", ["unknown-key:4"]),
      ("miscited: [{by: page, claim: x, correct: y, as: z}]", ["bibliography-type:4"]),
      ("miscited: [{by: page, claim: [x], correct: y}]", ["bibliography-type:4"]),
      ("miscited: [{by: page, claim: x, correct: y, as: {year: z}}]", ["bibliography-type:4"]),
      (
        "miscited: [{by: page, claim: x, correct: y, as: {authors: {z: z}}}]",
        ["bibliography-type:4"]
      ),
    ] as [(String, [String])])
  func form(row: String, found: [String]) throws {
    let folder = try TemporaryFolder([
      "01-a.md": CourseFolderTests.chapter,
      "sources.yaml": Self.page + "- id: b\n  \(row)\n  title: B\n",
    ])
    let read = try CourseFolder(path: folder.path)
    #expect(read.diagnostics.map { "\($0.id):\($0.line)" } == found)
  }
}
