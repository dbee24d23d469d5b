import Foundation
import Testing

/// By hand: chapters written by the test, so every field is known.
@Suite("nibble list")
struct ListTests {
  @Test("JSON holds schema and chapters, in reading order, with exactly the promised keys")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("C/10-last.md", text: FixtureChapters.text(title: "Last", minutes: 9, ""))
    _ = try folder.file("C/02-first.md", text: FixtureChapters.text(title: "First", part: "P", ""))
    _ = try folder.file("C/builds/cs-student.md", text: FixtureChapters.text(title: "Build", ""))
    _ = try folder.file("C/README.md", text: "no chapter")
    let run = try Nibble.run("list", "--chapters", folder.path + "/C", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "chapters"])
    #expect(json["schema"] as? Int == 1)
    let chapters = try #require(json["chapters"] as? [[String: Any]])
    #expect(
      chapters.compactMap { $0["id"] as? String } == ["02-first", "10-last", "builds/cs-student"])
    for chapter in chapters {
      #expect(Set(chapter.keys) == ["id", "title", "part", "minutes", "progress"])
    }
    #expect(chapters[0]["title"] as? String == "First")
    #expect(chapters[0]["part"] as? String == "P")
    #expect(chapters[1]["minutes"] as? Int == 9)
    #expect(chapters[1]["progress"] as? Double == 0)
  }

  @Test("people get parts as headings and a line a chapter")
  func text() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("01-a.md", text: FixtureChapters.text(title: "A", part: "One", ""))
    _ = try folder.file("02-long-id.md", text: FixtureChapters.text(title: "B", part: "Two", ""))
    let run = try Nibble.run("list", "--chapters", folder.path)
    #expect(
      run.output == """
        One
          01-a        A  5 min
        Two
          02-long-id  B  5 min

        """)
  }

  @Test("the furthest stop of a chapter is its progress, its end all of it")
  func progress() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("C/01-a.md", text: ReaderTests.chapter)
    let home = try folder.folder("home")
    func progress() throws -> Double? {
      let run = try Nibble.run(
        "list", "--chapters", folder.path + "/C", "--json", environment: ["NIBBLE_HOME": home])
      return (try run.json()["chapters"] as? [[String: Any]])?.first?["progress"] as? Double
    }
    #expect(try progress() == 0)
    // A hint begins the journal; the rest is a person's hand.
    _ = try Nibble.run(
      "exercise", "hint", "1", "clip", "--chapters", folder.path + "/C",
      environment: ["NIBBLE_HOME": home])
    let journal = try #require(folder.files(under: "home").first { $0.hasSuffix("journal.txt") })
    func add(_ line: String) throws {
      try (CLITests.text(of: journal) + line + "\n").write(
        toFile: journal, atomically: true, encoding: .utf8)
    }
    try add("2026-11-29T09:00:00Z\tat\tafter\t4/5")
    try add("2026-11-29T09:00:01Z\tat\tlimit\t1/5")
    try add("2026-11-29T09:00:02Z\tat\tnonsense")
    #expect(try progress() == 0.6)  // at the fourth of five stops: three are behind
    try add("2026-11-29T09:00:03Z\tfinished")
    #expect(try progress() == 1)
  }

  @Test("a folder that is missing, a file, or empty is no such input: 66, and says what to do")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.file("file.md", text: "")
    let empty = try folder.folder("empty")
    for (path, words) in [
      (folder.path + "/none", "no such file or folder; name the folder of chapters"),
      (file, "not a folder"), (empty, "a chapter is a file such as 01-first.md"),
    ] {
      let run = try Nibble.run("list", "--chapters", path)
      #expect(run.status == 66)
      #expect(run.output == "")
      #expect(run.errors.hasPrefix("nibble: \(path): "))
      #expect(run.errors.contains(words))
    }
    #expect(try Nibble.run("list", "--chapters", "").status == 64)
  }
}
