import Course
import Glibc
import Testing

/// By hand: small glossaries, what they hold, and what each mistake is called.
@Suite("Glossary")
struct GlossaryTests {
  static let chapter = """
    ---
    title: Grids
    ---
    # Grids

    ## The *scale*, first

    Two **zero points** and a Kullback–Leibler divergence; use `fakeQuantized`.

    ```math
    \\text{bits per weight} = 4
    ```

    """

  private func course(_ glossary: String) throws -> LintedCourse {
    try LintedCourse(["01-a.md": Self.chapter, "glossary.md": glossary])
  }

  @Test("terms come sorted, with their words, other names, links and lines")
  func reading() throws {
    let course = try course(
      """
      # Words

      Before the first.

      ## Scale

      A step, in [chapter 1](01-a.md#the-scale-first).

      Also *delta*, `s`.

      ## `Zero` point

      What it is,
      see [scale](#scale) and
      [chapter 1](./01-a.md) or [elsewhere](https://example.org/a.md).

      """)
    let glossary = try #require(course.folder.glossary)
    #expect(course.found == [])
    #expect(glossary.path == "\(course.temporary.path)/glossary.md")
    #expect(glossary.title == "Words")
    #expect(glossary.introduction.map(\.line) == [3])
    #expect(glossary.entries.map(\.term) == ["Scale", "Zero point"])
    #expect(glossary.entries.map(\.anchor) == ["scale", "zero-point"])
    #expect(glossary.entries.map(\.line) == [5, 11])
    #expect(glossary.entries[1].name == [.code("Zero"), .text(" point")])
    #expect(glossary.entries[0].synonyms == ["delta", "s"])
    #expect(glossary.entries[0].blocks.map(\.line) == [7, 9])
    #expect(
      glossary.entries[0].references == [
        .init(
          destination: "01-a.md#the-scale-first", chapter: "01-a", anchor: "the-scale-first",
          line: 7)
      ])
    #expect(
      glossary.entries[1].references == [
        .init(destination: "./01-a.md", chapter: "01-a", anchor: nil, line: 15)
      ])
    #expect(glossary["DELTA"]?.term == "Scale")
    #expect(glossary["zero point"]?.line == 11)
    #expect(glossary["grid"] == nil)
    // The glossary is no chapter, and a course without one has none.
    #expect(course.folder.chapters.map(\.id) == ["01-a"])
    #expect(try LintedCourse(["01-a.md": Self.chapter]).folder.glossary == nil)
  }

  @Test("a glossary out of order is sorted for readers and named for its author")
  func order() throws {
    let course = try course(
      """
      # G
      ## Zero-point
      In [1](01-a.md).
      ## Grid
      In [1](01-a.md).
      ## Scale
      In [1](01-a.md).

      """)
    #expect(course.folder.glossary?.entries.map(\.term) == ["Grid", "Scale", "Zero-point"])
    #expect(course.found == ["glossary-order:glossary.md:4", "glossary-order:glossary.md:6"])
  }

  @Test(
    "each mistake is an error at its line",
    arguments: [
      ("## Scale\n\nIn [1](01-a.md).\n", ["glossary-title:1"]),
      ("# G\n\n### Scale\n\nIn [1](01-a.md).\n", ["glossary-heading:3"]),
      ("# G\n\n# Scale\n\nIn [1](01-a.md).\n", ["glossary-heading:3"]),
      ("# G\n\n## Scale\n", ["empty-term:3"]),
      ("# G\n\n## Scale\n\nA step.\n", ["term-without-chapter:3"]),
      ("# G\n\n## Scale\n\nA\nstep [1](02-a.md).\n", ["dead-link:6"]),
      ("# G\n\n## Scale\n\nA step [1](01-a.md#scale).\n", ["dead-link:5"]),
      ("# G\n\n## Scale\n\nA [grid](#grid) [1](01-a.md).\n", ["dead-link:5"]),
      ("# G\n\n## Codebook\n\nIn [1](01-a.md).\n", ["unused-term:3"]),
      ("# G\n\n## Zero\n\nIn [1](01-a.md).\n\n## Zero points\n\n[1](01-a.md)\n", []),
      (
        "# G\n\n## Scale\n\n[1](01-a.md)\n\n## scale\n\n[1](01-a.md)\n", ["duplicate-term:7"]
      ),
      (
        "# G\n\n## Grid\n\n[1](01-a.md)\n\nAlso *scale*.\n\n## Scale\n\n[1](01-a.md)\n",
        ["duplicate-term:9"]
      ),
      ("# G\n\nBy [@nobody].\n\n## Scale\n\nIn [1](01-a.md).\n", ["unknown-citation:3"]),
      ("# G\n\n## Scale\n\nAbout 0.5, in [1](01-a.md).\n", ["bare-number:5"]),
      ("# G\n\n## Scale\n\nAbout [5](#x), in [1](01-a.md).\n", ["number-without-step:5"]),
      (
        "# G\n\n## Scale\n\nIn [1](01-a.md).\n\n```swift\nlet a = 1\n```\n",
        ["step-in-glossary:7"]
      ),
    ] as [(String, [String])])
  func mistakes(glossary: String, found: [String]) throws {
    let told = try course(glossary).found
    #expect(told == found.map { $0.replacing(":", with: ":glossary.md:") })
  }

  @Test(
    "a term is used in the plural, with other hyphens, by another name, in code",
    arguments: [
      ("Scale", true), ("Zero point", true), ("zero-point", true), ("Zero points", true),
      ("Kullback-Leibler divergence", true), ("fakeQuantized", true), ("Grid", true),
      ("Bits per weight", true),
      ("scal", false), ("Zero pointer", false), ("points zero", false), ("Leibler Kullback", false),
    ])
  func use(term: String, isUsed: Bool) throws {
    let course = try course("# G\n\n## \(term)\n\nIn [1](01-a.md).\n")
    #expect(course.found == (isUsed ? [] : ["unused-term:glossary.md:3"]), "\(term)")
    let other = try self.course("# G\n\n## Nothing\n\nIn [1](01-a.md).\n\nAlso *\(term)*.\n")
    #expect(other.found == (isUsed ? [] : ["unused-term:glossary.md:3"]), "\(term)")
  }

  @Test("a dead link says what may have been meant")
  func suggestions() throws {
    let course = try course("# G\n\n## Scale\n\n[1](01-b.md) [1](01-a.md#the-scale-frist)\n")
    #expect(
      course.diagnostics.map(\.summary) == [
        "01-b.md leads to no chapter; did you mean 01-a?",
        "01-a.md#the-scale-frist leads to no heading of 01-a; did you mean the-scale-first?",
      ])
  }

  @Test("a glossary that cannot be read is told, and the chapters are there")
  func unreadable() throws {
    let folder = try TemporaryFolder(["01-a.md": Self.chapter])
    let path = "\(folder.path)/glossary.md"
    try #require(mkfifo(path, 0o600) == 0)
    let read = try CourseFolder(path: folder.path)
    #expect(read.glossary == nil)
    #expect(read.chapters.count == 1)
    #expect(
      read.diagnostics.map(\.summary) == ["the glossary cannot be read: it is no regular file"])
  }
}
