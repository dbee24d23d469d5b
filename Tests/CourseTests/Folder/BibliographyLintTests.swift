import Course
import Testing

/// By hand: bibliographies with one thing wrong each, and one with nothing.
@Suite("Bibliography lint")
struct BibliographyLintTests {
  static let good = "- {id: a, title: A, year: 2023, arxiv: \"2210.17323\"}\n"

  @Test("a bibliography in order says nothing")
  func nothing() throws {
    #expect(try LintedCourse(bibliography: Self.good).found == [])
  }

  @Test("an entry that nothing cites is an error at its line")
  func uncited() throws {
    let course = try LintedCourse(bibliography: Self.good + "- {id: b, title: B}\n")
    #expect(course.found == ["uncited-source:sources.yaml:2"])
    #expect(course.diagnostics.first?.severity == .error)
  }

  @Test("front matter, a claim, the glossary and a wrong citation cite too")
  func citing() throws {
    let course = try LintedCourse([
      "01-a.md": """
      ---
      title: A
      sources: [a]
      ---
      # A

      A scale [@a].

      <!-- claim: c source=b -->
      > It is.
      <!-- end -->

      """,
      "glossary.md": "# G\n\n## Scale\n\nA step [@c], in [chapter 1](01-a.md).\n",
      "sources.yaml": """
      - {id: a, title: A}
      - {id: b, title: B}
      - {id: c, title: C}
      - id: d
        title: D
        year: 2015
        miscited:
          - {by: e, claim: "As [@f].", as: {after: g}, correct: Before it.}
      - {id: e, title: E}
      - {id: f, title: F}
      - {id: g, title: G, year: 2016}

      """,
    ])
    #expect(course.found == [])
  }

  @Test("a source that front matter lists and the text never cites is named at its line")
  func unusedSources() throws {
    let course = try LintedCourse([
      "01-a.md": "---\ntitle: A\nsources:\n  - a\n  - b\n---\n# A\n\n*See [@a]*.\n",
      "sources.yaml": "- {id: a, title: A}\n- {id: b, title: B}\n",
    ])
    #expect(course.found == ["unused-source:01-a.md:5"])
  }

  @Test(
    "arXiv numbers of every age are read, and what is none is refused",
    arguments: [
      ("2210.17323", true), ("1501.00001", true), ("1412.9999", true), ("0704.0001", true),
      ("quant-ph/9508027", true), ("math.GT/0309136", true),
      ("2210.1732", false), ("2213.17323", false), ("2200.17323", false), ("1412.99999", false),
      ("1501.0001", false), ("0703.0001", false), ("2210.17323v2", false),
      ("arXiv:2210.17323", false), ("221017323", false), ("/9508027", false),
      ("quant-ph/950802", false), ("2210.1732x", false),
    ])
  func arXivNumbers(number: String, isOne: Bool) throws {
    let course = try LintedCourse(bibliography: "- {id: a, title: A, arxiv: \"\(number)\"}\n")
    #expect(course.found == (isOne ? [] : ["arxiv-number:sources.yaml:1"]), "\(number)")
  }

  @Test("one arXiv number for two entries is one too many")
  func duplicateNumbers() throws {
    let course = try LintedCourse([
      "01-a.md": "---\ntitle: A\n---\n# A\n\n[@a; @b]\n",
      "sources.yaml":
        "- {id: a, title: A, arxiv: \"2210.17323\"}\n- {id: b, title: B, arxiv: \"2210.17323\"}\n",
    ])
    #expect(course.found == ["duplicate-arxiv:sources.yaml:2"])
  }

  @Test(
    "a year long before the arXiv number's is wrong",
    arguments: [(2020, false), (2021, true), (2022, true), (2025, true)])
  func years(year: Int, isRight: Bool) throws {
    let course = try LintedCourse(
      bibliography: "- {id: a, title: A, year: \(year), arxiv: \"2210.17323\"}\n")
    #expect(course.found == (isRight ? [] : ["year-before-arxiv:sources.yaml:1"]))
  }

  @Test("a number from the nineties is of the last century")
  func oldYears() throws {
    let course = try LintedCourse(
      bibliography: "- {id: a, title: A, year: 1993, arxiv: \"quant-ph/9508027\"}\n")
    #expect(course.found == ["year-before-arxiv:sources.yaml:1"])
    let good = try LintedCourse(
      bibliography: "- {id: a, title: A, year: 1996, arxiv: \"quant-ph/9508027\"}\n")
    #expect(good.found == [])
  }
}
