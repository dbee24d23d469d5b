import Course
import Glibc
import Testing

/// By hand: folders written for the test, and what a reader of the course would expect of them.
@Suite("Course folder")
struct CourseFolderTests {
  static let chapter = "---\ntitle: A\n---\n# A\n"

  private func course() throws -> TemporaryFolder {
    try TemporaryFolder([
      "10-late.md": Self.chapter, "2-second.md": Self.chapter, "01-first.md": Self.chapter,
      "appendix.md": Self.chapter, "README.md": "x", "glossary.md": "x", ".hidden.md": "x",
      "notes.txt": "x", "builds/cs-student.md": Self.chapter, "builds/README.md": "x",
      "sources.yaml":
        "- id: a1\n  title: One\n  authors: [B C, D E]\n  year: 2018\n  arxiv: \"1712.05877\"\n",
    ])
  }

  @Test("chapters come in reading order, builds last; README and glossary are none")
  func order() throws {
    let folder = try course()
    let read = try CourseFolder(path: folder.path + "/")
    #expect(
      read.chapters.map(\.id) == [
        "01-first", "2-second", "10-late", "appendix", "builds/cs-student",
      ])
    #expect(read.chapters.map(\.number) == [1, 2, 10, nil, nil])
    #expect(read.chapters[0].path == "\(folder.path)/01-first.md")
    #expect(read.bibliography?["a1"]?.link == "https://arxiv.org/abs/1712.05877")
    #expect(read.bibliography?["a1"]?.authors == ["B C", "D E"])
    #expect(read.diagnostics == [])
  }

  @Test("a chapter is named by id, number or path")
  func names() throws {
    let folder = try course()
    let read = try CourseFolder(path: folder.path)
    for name in ["1", "01", "001", "01-first", "01-first.md", "\(folder.path)/01-first.md"] {
      #expect(try read.chapter(named: name).id == "01-first", "\(name)")
    }
    let roundabout = "\(folder.path)/./builds/cs-student.md"
    #expect(try read.chapter(named: roundabout).id == "builds/cs-student")
    #expect(try read.chapter(named: "builds/cs-student").id == "builds/cs-student")
    let outside = try TemporaryFolder([
      "own.md": "Cites [@q]\n", "sources.yaml": "- id: q\n  title: Q\n",
    ])
    let own = try read.chapter(named: "\(outside.path)/own.md")
    #expect(own.id == "own")
    #expect(try own.parse().diagnostics.map(\.id) == ["missing-title"])
  }

  @Test("a name that means no chapter comes with the nearest ids")
  func unknownNames() throws {
    let folder = try course()
    let read = try CourseFolder(path: folder.path)
    let cases: [(String, [String])] = [
      ("99", []), ("01-frist", ["01-first"]), ("second", ["2-second"]), ("03-lat", ["10-late"]),
    ]
    for (name, near) in cases {
      #expect(
        throws: CourseError.unknownChapter(name: name, folder: folder.path, near: near)
      ) { try read.chapter(named: name) }
    }
    #expect(throws: CourseError.missing(path: "/nowhere/x.md")) {
      try read.chapter(named: "/nowhere/x.md")
    }
  }

  @Test("a folder that is missing, a file, or empty is refused with its path")
  func unusable() throws {
    let folder = try TemporaryFolder(["README.md": "x"])
    #expect(throws: CourseError.missing(path: "/nowhere")) { try CourseFolder(path: "/nowhere/") }
    #expect(throws: CourseError.notAFolder(path: "\(folder.path)/README.md")) {
      try CourseFolder(path: "\(folder.path)/README.md")
    }
    #expect(throws: CourseError.noChapters(path: folder.path)) {
      try CourseFolder(path: folder.path)
    }
    let gone = ChapterFile(id: "x", path: "\(folder.path)/x.md")
    #expect(throws: CourseError.missing(path: "\(folder.path)/x.md")) { try gone.bytes() }
    let directory = ChapterFile(id: "x", path: folder.path)
    #expect(throws: CourseError.unreadable(path: folder.path, reason: "it is a folder")) {
      try directory.parse()
    }
  }

  @Test("a chapter that cannot be read is told, and the others are there")
  func unreadable() throws {
    let folder = try TemporaryFolder([
      "01-good.md": "# One", "02-folder.md/inside.txt": "x", "builds/03-fine.md": "# Three",
    ])
    let dangling = "\(folder.path)/04-dangling.md"
    let pipe = "\(folder.path)/05-pipe.md"
    try #require(symlink("/nowhere/at/all", dangling) == 0 && mkfifo(pipe, 0o600) == 0)
    let read = try CourseFolder(path: folder.path)
    #expect(read.chapters.map(\.id) == ["01-good", "builds/03-fine"])
    #expect(
      read.diagnostics.map {
        "\($0.path.dropFirst(folder.path.count + 1)):\($0.line) \($0.summary)"
      } == [
        "02-folder.md:1 the chapter cannot be read: it is a folder",
        "04-dangling.md:1 the chapter cannot be read: it is a link that leads nowhere",
        "05-pipe.md:1 the chapter cannot be read: it is no regular file",
      ])
    // Named by its path, a pipe is refused too: reading it could last for ever.
    let named = try read.chapter(named: pipe)
    #expect(throws: CourseError.unreadable(path: pipe, reason: "it is no regular file")) {
      try named.parse()
    }
    let only = try TemporaryFolder(["01-folder.md/inside.txt": "x"])
    #expect(
      throws: CourseError.unreadable(path: "\(only.path)/01-folder.md", reason: "it is a folder")
    ) { try CourseFolder(path: only.path) }
  }

  @Test("a command line may name paths where there is no chapters folder, and repeats count once")
  func commandLine() throws {
    let folder = try course()
    let path = "\(folder.path)/2-second.md"
    #expect(try CourseFolder.chapters(named: [path], in: "/nowhere").map(\.id) == ["2-second"])
    #expect(
      try CourseFolder.chapters(named: ["2", path, "1"], in: folder.path).map(\.id)
        == ["2-second", "01-first"])
    #expect(try CourseFolder.chapters(named: [], in: folder.path).count == 5)
    #expect(throws: CourseError.missing(path: "/nowhere")) {
      try CourseFolder.chapters(named: ["2"], in: "/nowhere")
    }
  }

  @Test("lint over all chapters: numbers, needs, sources nobody cites")
  func lint() throws {
    let folder = try TemporaryFolder([
      "01-a.md": "---\ntitle: A\nneeds: [02-b, 03-d]\nsources: [s]\n---\n# A\n",
      "02-b.md": "---\ntitle: B\nneeds: [01-a]\n---\n| a |\n|---|\n| *[@t]* |\n",
      "02-c.md": "---\ntitle: C\n---\nx\n",
      "sources.yaml":
        "- {id: s, title: S}\n- {id: t, title: T}\n- {id: u, title: U}\n- {id: s, title: V}\n",
    ])
    let read = try CourseFolder(path: folder.path)
    var chapters: [Chapter] = []
    for file in read.chapters { chapters.append(try file.parse().chapter) }
    let found = read.lint(chapters).map { found in
      "\(found.id):\(found.path.dropFirst(folder.path.count)):\(found.line)"
    }
    #expect(
      found == [
        "duplicate-number:/02-c.md:1", "need-comes-later:/01-a.md:3", "unknown-need:/01-a.md:3",
        "unused-source:/01-a.md:4", "uncited-source:/sources.yaml:3",
      ])
    #expect(read.diagnostics.map { "\($0.id):\($0.line)" } == ["duplicate-source:4"])
    #expect(throws: CourseError.ambiguousChapter(name: "2", ids: ["02-b", "02-c"])) {
      try read.chapter(named: "2")
    }
  }

  @Test(
    "a bibliography that is wrong is named with its line",
    arguments: [
      ("- title: x\n", ["missing-id:1"]), ("- id: a\n", ["missing-title:1"]),
      ("- id: a\n  title: b\n  yaer: 3\n", ["unknown-key:3"]),
      ("- id: a\n  title: b\n  year: soon\n", ["bibliography-type:1"]),
      ("- a\n", ["bibliography-type:1"]), ("a\n", ["bibliography-type:1"]),
      ("- id: [a\n", ["yaml:1"]), ("", []), ("a:\n  title: b\nc:\n  title: d\n", []),
      ("- id: a\n  title: b\n  authors: {c: d}\n", ["bibliography-type:3"]),
    ])
  func bibliography(yaml: String, found: [String]) throws {
    let folder = try TemporaryFolder(["01-a.md": Self.chapter, "sources.yaml": yaml])
    let read = try CourseFolder(path: folder.path)
    #expect(read.diagnostics.map { "\($0.id):\($0.line)" } == found)
  }

  @Test("a claim has one name in the whole course: the second chapter is told, at its line")
  func claimInTwoChapters() throws {
    func chapter(_ title: String, _ claims: [String]) -> String {
      "---\ntitle: \(title)\n---\n# \(title)\n"
        + claims.map { id in
          """

          <!-- claim: \(id) source=a -->

          It holds [@a].

          ```swift claim=\(id)
          verdict("it", true)  // => holds
          ```

          <!-- end -->

          """
        }.joined()
    }
    let course = try LintedCourse([
      "01-a.md": chapter("A", ["one", "two", "two"]), "02-b.md": chapter("B", ["three", "two"]),
      "sources.yaml": "a:\n  title: A\n  authors: [A. Author]\n  year: 2020\n",
    ])
    // The first claim of a chapter begins at line 6, and each takes ten lines.
    #expect(
      course.found.filter { $0.hasPrefix("claim-in-two-chapters") }
        == ["claim-in-two-chapters:02-b.md:16"])
    let summary = course.diagnostics.first { $0.id == "claim-in-two-chapters" }?.summary
    #expect(
      summary == "01-a states a claim two at line 16 already; give this one a name of its own")
  }
}
