import Testing

/// By hand: what a reader sees when standard output is not a terminal.
@Suite("nibble learn, not on a terminal")
struct PlainLearnTests {
  @Test("the chapter and its results are printed plainly, without colour, and it exits")
  func plain() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let run = try Nibble.run("learn", path, environment: ["NO_COLOR": "", "CLICOLOR_FORCE": ""])
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.output.contains("Holds") && run.output.contains("let sum = 2 + 3"))
    #expect(run.output.contains("5"))
    #expect(!run.output.contains("\u{1B}"))
  }

  @Test("a chapter that does not hold is read to its end and exits 1")
  func fails() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try FixtureChapters.course(in: folder)
    let run = try Nibble.run("learn", "2", "--chapters", chapters)
    #expect(run.status == 1)
    #expect(run.output.contains("A third is"))
  }

  @Test("prose for a persona is read by that persona, and by whoever names none")
  func persona() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let words = "Words for students."
    #expect(try Nibble.run("learn", path).output.contains(words))
    #expect(try Nibble.run("learn", path, "--persona", "cs-student").output.contains(words))
    let other = try Nibble.run("learn", path, "--persona", "applied-engineer")
    #expect(other.status == 0)
    #expect(!other.output.contains(words))
  }

  @Test("without a name it is the first chapter not read to its end")
  func firstUnread() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try FixtureChapters.course(in: folder)
    let reader = try PseudoTerminal(
      ["learn", "1", "--chapters", chapters], in: folder, columns: 80, rows: 60)
    try reader.expect("step 1 of 1")
    try reader.type("   ", until: "The end of Holds")
    try reader.type("q")
    #expect(reader.end() == 0)
    let run = try Nibble.run(
      "learn", "--chapters", chapters, environment: ["NIBBLE_HOME": folder.path + "/home"])
    #expect(run.output.contains("Fails"))
  }

  @Test("a chapter that is not there is no such input")
  func unknown() throws {
    #expect(try Nibble.run("learn", "no-such-chapter").status == 66)
    #expect(try Nibble.run("learn", "none.md").status == 66)
  }
}
