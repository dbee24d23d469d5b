import Foundation
import Testing

/// By hand: signals sent to the command alone, at the moments when it has most to tidy up.
@Suite("Ctrl-C, SIGTERM and a hang-up")
struct InterruptTests {
  @Test(
    "a chapter that runs is stopped: 130, no children, no folders",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func whileRunning(signal: Int32) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-loops.md", text: FixtureChapters.loops)
    let live = try LiveRun(["verify", path, "--no-cache"], in: folder)
    try #require(live.waitForChild("/chapter "))
    live.send(signal)
    let run = live.end()
    #expect(!run.wasSignalled)
    #expect(run.status == 130)
    #expect(run.output == "")
    #expect(run.errors == "\nnibble: stopped\n")
    #expect(live.children.isEmpty)
    #expect(live.leftovers.isEmpty)
  }

  @Test("a compiler that runs is stopped too, though the driver gave it a group of its own")
  func whileCompiling() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let live = try LiveRun(["verify", path, "--no-cache"], in: folder)
    try #require(live.waitForChild("-frontend"))
    live.send(SIGINT)
    #expect(live.end().status == 130)
    #expect(live.children.isEmpty)
    #expect(live.leftovers.isEmpty)
  }

  @Test("pages that were to be made are not, and no word of a chapter is printed")
  func site() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("C/01-loops.md", text: FixtureChapters.loops)
    let live = try LiveRun(
      ["site", "--chapters", folder.path + "/C", "--out", folder.path + "/site"], in: folder)
    try #require(live.waitForChild("/chapter "))
    live.send(SIGTERM)
    #expect(live.end().status == 130)
    #expect(live.children.isEmpty && live.leftovers.isEmpty)
    #expect(!folder.names().contains("site"))
  }

  @Test("--watch verifies again when a chapter is saved, and ends with Ctrl-C")
  func watch() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("02-fails.md", text: FixtureChapters.fails)
    let live = try LiveRun(["verify", path, "--watch"], in: folder)
    try #require(live.waitForErrors("watching 1 chapter; Ctrl-C ends"))
    let mended = FixtureChapters.fails.replacingOccurrences(of: "0.34", with: "0.33")
    _ = try folder.file("02-fails.md", text: mended)
    try #require(live.waitForErrors("watching 1 chapter; Ctrl-C ends", times: 2))
    live.send(SIGINT)
    let run = live.end()
    #expect(run.status == 130)
    #expect(run.output.contains("02-fails: did not hold"))
    #expect(run.output.contains("02-fails: held"))
  }

  @Test("a save that lands while a chapter runs is not missed, and the run is given up for it")
  func watchWhileRunning() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-loops.md", text: FixtureChapters.loops)
    let live = try LiveRun(["verify", path, "--watch", "--no-cache"], in: folder)
    try #require(live.waitForChild("/chapter "))
    _ = try folder.file("01-loops.md", text: FixtureChapters.holds)
    // Well within the minute that the loop may run.
    try #require(live.waitForErrors("watching 1 chapter; Ctrl-C ends"))
    live.send(SIGINT)
    let run = live.end()
    #expect(run.status == 130)
    #expect(run.output.hasPrefix("01-loops: held: 1 step, 1 expectation"))
    #expect(live.children.isEmpty && live.leftovers.isEmpty)
  }
}
