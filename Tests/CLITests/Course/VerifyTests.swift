import Foundation
import Testing

/// By hand: fixture chapters whose failures are known, word and line.
@Suite("nibble verify")
struct VerifyTests {
  @Test("a course that holds says so, a line a chapter, and exits 0")
  func holds() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let run = try Nibble.run("verify", "--chapters", folder.path)
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.output.hasPrefix("01-holds: held: 1 step, 1 expectation, "))
    #expect(run.output.split(separator: "\n").count == 1)
    let again = try Nibble.run("verify", path)
    #expect(again.output == "01-holds: held: 1 step, 1 expectation, cached\n")
    let anew = try Nibble.run("verify", path, "--no-cache")
    #expect(!anew.output.contains("cached"))
  }

  @Test("what does not hold stands on standard output with its path and line, and exits 1")
  func fails() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try FixtureChapters.course(in: folder)
    let run = try Nibble.run("verify", "--chapters", chapters)
    #expect(run.status == 1)
    #expect(run.errors == "")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("01-holds: held") })
    #expect(lines.contains { $0.hasPrefix("02-fails: did not hold: 2 errors") })
    #expect(lines.contains { $0.hasPrefix("\(chapters)/02-fails.md:16: ") }, "the expectation")
    #expect(lines.contains { $0.hasPrefix("\(chapters)/02-fails.md:19: ") }, "the number in prose")
  }

  @Test("a chapter is an id, a number or a path, wherever the file lies")
  func names() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try FixtureChapters.course(in: folder)
    let elsewhere = try folder.file("my notes.md", text: FixtureChapters.holds)
    for name in ["01-holds", "1", "01", chapters + "/01-holds.md"] {
      let run = try Nibble.run("verify", name, "--chapters", chapters)
      #expect(run.status == 0, "\(name)")
      #expect(run.output.hasPrefix("01-holds: held"))
    }
    let twice = try Nibble.run("verify", "1", "01-holds", "--chapters", chapters)
    #expect(twice.output.split(separator: "\n").count == 1, "named twice, verified once")
    let outside = try Nibble.run("verify", elsewhere, "--chapters", folder.path + "/none")
    #expect(outside.status == 0)
    #expect(outside.output.hasPrefix("my notes: held"))
  }

  @Test(
    "a chapter that is not there is no such input: 66, with the nearest name",
    arguments: [
      ("7", "there is no chapter 7"), ("01-hold", "did you mean 01-holds?"),
      ("none/there.md", "none/there.md: no such file"),
    ])
  func unknown(name: String, words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run("verify", name, "--chapters", try FixtureChapters.course(in: folder))
    #expect(run.status == 66)
    #expect(run.output == "")
    #expect(run.errors.contains(words))
  }

  @Test("an endless loop ends at --time-limit, as the chapter's failure: 1")
  func timeLimit() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-loops.md", text: FixtureChapters.loops)
    let run = try Nibble.run("verify", path, "--time-limit", "0.3", "--json", "-")
    #expect(run.status == 1)
    let chapter = try #require((try run.json()["chapters"] as? [[String: Any]])?.first)
    let step = try #require((chapter["steps"] as? [[String: Any]])?.first)
    #expect(step["outcome"] as? String == "timed-out")
  }

  @Test(
    "options that mean nothing are usage errors that name the option",
    arguments: [
      (["--jobs", "0"], "--jobs"), (["--jobs", "-1"], "--jobs"),
      (["--time-limit", "0"], "--time-limit"), (["--time-limit", "nan"], "--time-limit"),
      (["--time-limit", "1e300"], "--time-limit"), (["--memory-limit", "1"], "--memory-limit"),
      (["--memory-limit", "9999999999999"], "--memory-limit"), (["--because", "x"], "--accept"),
      (["--persona", "nobody"], "cs-student"), (["--json"], "--json"),
      (["--watch", "--json", "-"], "--watch"), (["--why", "a", "--accept"], "--why"),
      (["--junit", "-"], "--junit"), (["--json", "same", "--junit", "same"], "same"),
    ])
  func usage(options: [String], word: String) throws {
    let run = try Nibble.run(["verify"] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(word))
    #expect(!run.errors.contains("nibble <subcommand>"), "the usage of verify, not of everything")
  }

  @Test("--why explains a step, and a step that is not there is no such input")
  func why() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    _ = try Nibble.run("verify", path)
    let run = try Nibble.run("verify", path, "--why", "sum")
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("\(path): sum\n"))
    #expect(run.output.contains("nothing that 'sum' depends on changed"))
    let missing = try Nibble.run("verify", path, "--why", "product")
    #expect(missing.status == 66)
    #expect(missing.errors.contains("no step named product in \(path)"))
  }

  @Test("--accept rewrites what moved, says by how much, and ends as the rewritten chapter does")
  func accept() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("02-fails.md", text: FixtureChapters.fails)
    let run = try Nibble.run("verify", path, "--accept", "--because", "division, not guessing")
    #expect(run.status == 0)
    #expect(run.output.contains("because: division, not guessing\n"))
    #expect(run.output.contains("0.34") && run.output.contains("0.33"), "what moved")
    #expect(run.output.contains("02-fails: held"))
    let expected = FixtureChapters.fails.replacingOccurrences(of: "0.34", with: "0.33")
    #expect(text(of: path) == expected)
    let nothing = try Nibble.run("verify", path, "--accept", "--because", "nothing")
    #expect(nothing.status == 0)
    #expect(!nothing.output.contains("because"), "nothing moved, so there is no reason to give")
    #expect(text(of: path) == expected)
  }
}
