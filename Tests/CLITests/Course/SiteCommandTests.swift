import Foundation
import Testing

/// By hand: which files appear, which are left alone.
@Suite("nibble site")
struct SiteCommandTests {
  @Test("pages appear where --out says; a second run rewrites nothing")
  func pages() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("C/01-holds.md", text: FixtureChapters.holds)
    let (chapters, out) = ((path as NSString).deletingLastPathComponent, folder.path + "/site/deep")
    let theme = ["NIBBLE_THEME": Nibble.package + "/site"]
    let run = try Nibble.run(
      "site", "--chapters", chapters, "--out", out, "--check-links", environment: theme)
    #expect(run.status == 0, "\(run.errors)")
    #expect(FileManager.default.fileExists(atPath: out + "/index.html"))
    let page = ["/01-holds.html", "/01-holds/index.html"].map { text(of: out + $0) }.joined()
    #expect(page.contains("let"))
    let again = try Nibble.run(
      "site", "--chapters", chapters, "--out", out, environment: theme)
    #expect(again.status == 0)
    #expect(again.output.contains(" 0 written"))
  }

  @Test("a chapter that does not hold still gets its page, and the command exits 1")
  func failing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try FixtureChapters.course(in: folder)
    let run = try Nibble.run(
      "site", "--chapters", chapters, "--out", folder.path + "/site",
      environment: ["NIBBLE_THEME": Nibble.package + "/site"])
    #expect(run.status == 1)
    #expect(run.errors.contains("did not hold, and the pages say so: 02-fails"))
    #expect(folder.names(in: "site").contains("index.html"))
  }

  @Test("somebody else's folder, a file, or a folder that cannot be made is refused: 73")
  func refused() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("C/01-holds.md", text: FixtureChapters.holds)
    let file = try folder.file("notes/mine.txt", text: "mine")
    let theme = ["NIBBLE_THEME": Nibble.package + "/site"]
    for (out, words) in [
      (folder.path + "/notes", "mine.txt"), (file, "a file stands there; name a folder"),
      ("/proc/none/site", "cannot create the folder"),
    ] {
      let run = try Nibble.run(
        "site", "--chapters", folder.path + "/C", "--out", out, environment: theme)
      #expect(run.status == 73)
      #expect(run.output == "")
      #expect(run.errors.contains(words))
    }
    #expect(folder.names(in: "notes") == ["mine.txt"])
    #expect(text(of: file) == "mine")
  }
}
