import Testing

/// By hand, and by the verifier: what is made holds as it stands.
@Suite("nibble new chapter")
struct NewChapterTests {
  @Test("a new chapter gets the next number and a name made from its title, and holds")
  func holds() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = folder.path + "/my/course"
    let first = try Nibble.run("new", "chapter", "Größe: \"x\" \\ #1", "--chapters", chapters)
    #expect(first.status == 0)
    #expect(first.output == "\(chapters)/01-grosse-x-1.md\n")
    let second = try Nibble.run("new", "chapter", " Two ", "--chapters", chapters)
    #expect(second.output == "\(chapters)/02-two.md\n")
    let verified = try Nibble.run("verify", "--chapters", chapters)
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test("numbers go on from the highest there is, whatever else lies in the folder")
  func numbers() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for name in ["41-old.md", "README.md", "99999999999999999999.md", "202412312359-log.md"] {
      _ = try folder.file(name, text: "")
    }
    let run = try Nibble.run("new", "chapter", "Next", "--chapters", folder.path)
    #expect(run.output == "\(folder.path)/42-next.md\n")
  }

  @Test(
    "titles without a word, and folders that cannot be, are refused", arguments: ["", "!?", "a\nb"])
  func titles(title: String) throws {
    let run = try Nibble.run("new", "chapter", title, "--chapters", "/proc/none")
    #expect(run.status == 64)
    #expect(run.errors.contains("title"))
  }

  @Test("a folder that cannot be made is 73, with the system's reason")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.file("file", text: "")
    for (path, words) in [
      ("/proc/none", "cannot create the folder"), (file, "a file stands there; name a folder"),
      (file + "/below", "a file stands there; name a folder"),
    ] {
      let run = try Nibble.run("new", "chapter", "Title", "--chapters", path)
      #expect(run.status == 73)
      #expect(run.errors.contains(words))
    }
  }
}
