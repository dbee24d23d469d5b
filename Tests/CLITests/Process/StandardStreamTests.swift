import Foundation
import Testing

/// By hand: streams that are closed, full, or have nobody at the other end.
@Suite("Standard output and standard error")
struct StandardStreamTests {
  @Test(
    "a full disk is 73, with a sentence and not a crash",
    arguments: ["list", "list --json", "methods", "--help", "--version"])
  func full(arguments: String) throws {
    let run = try Nibble.shell("\"$NIBBLE\" \(arguments) > /dev/full")
    #expect(run.status == 73)
    #expect(
      run.errors == "nibble: standard output cannot be written: No space left on device\n")
  }

  @Test("a closed standard output is 73, and no file opened meanwhile takes its place")
  func closed() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try LayerTests.file(in: folder)
    let run = try Nibble.shell(
      "\"$NIBBLE\" layer \(file) --method rtn --out \(folder.path)/out --json >&-")
    #expect(run.status == 73)
    #expect(run.errors.contains("standard output cannot be written: Bad file descriptor"))
    #expect(try StoredTensors(path: folder.path + "/out").tensors.count == 4)
  }

  @Test("without a standard error the work is done all the same")
  func silent() throws {
    let run = try Nibble.shell("\"$NIBBLE\" list --json 2>&-")
    #expect(run.status == 0)
    #expect(try run.json()["schema"] as? Int == 1)
  }

  @Test("a reader that has gone ends the command quietly, as `nibble list | head -1` expects")
  func readerGone() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let run = try LiveRun(["methods"], in: folder, output: pipe.fileHandleForWriting).end()
    #expect(run.wasSignalled)
    #expect(run.status == SIGPIPE)
    #expect(run.errors == "")
    let chapters = try FixtureChapters.course(in: folder)
    let first = try Nibble.shell("\"$NIBBLE\" list --chapters \(chapters) | head -1")
    #expect(first.output == "Fixtures\n")
    #expect(first.errors == "")
  }

  @Test("a reader that goes away while chapters run leaves neither children nor folders")
  func readerGoneMeanwhile() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let holds = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let loops = try folder.file("02-loops.md", text: FixtureChapters.loops)
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let live = try LiveRun(
      ["verify", holds, loops, "--no-cache"], in: folder, output: pipe.fileHandleForWriting)
    let run = live.end()
    #expect(run.wasSignalled && run.status == SIGPIPE)
    #expect(live.children.isEmpty)
    #expect(live.leftovers.isEmpty)
  }
}
