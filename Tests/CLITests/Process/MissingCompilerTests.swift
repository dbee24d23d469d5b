import Foundation
import Testing

/// By hand: a PATH without `swiftc`.
@Suite("Without a Swift compiler")
struct MissingCompilerTests {
  private static func environment(_ folder: TemporaryFolder) throws -> [String: String] {
    [
      "PATH": try folder.folder("no-programs"), "NIBBLE_CACHE": folder.path + "/cache",
      "NIBBLE_THEME": Nibble.package + "/site",
    ]
  }

  @Test("verify says that swiftc is missing and where to get it: 69")
  func verify() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let run = try Nibble.run("verify", path, environment: try Self.environment(folder))
    #expect(run.status == 69)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("nibble: swiftc was not found in PATH"))
    #expect(run.errors.contains("https://www.swift.org/install"))
  }

  @Test("learn and site work from results kept before, and say that they do")
  func kept() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("C/01-holds.md", text: FixtureChapters.holds)
    var environment = try Self.environment(folder)
    let cache = ["NIBBLE_CACHE": folder.path + "/cache"]
    #expect(try Nibble.run("verify", path, environment: cache).status == 0)
    let learn = try Nibble.run("learn", path, environment: environment)
    #expect(learn.status == 0)
    #expect(learn.output.contains("let sum = 2 + 3"))
    #expect(learn.errors.hasPrefix("results are those kept from before: swiftc was not found"))
    let site = ["site", "--chapters", folder.path + "/C", "--out", folder.path + "/site"]
    #expect(try Nibble.run(site, environment: environment).status == 0)
    #expect(folder.names(in: "site").contains("index.html"))

    // Other text than was verified has no result: it is shown, and the exit code says what is missing.
    _ = try folder.file("C/02-fails.md", text: FixtureChapters.fails)
    let partly = try Nibble.run(site, environment: environment)
    #expect(partly.status == 69)
    #expect(partly.errors.hasPrefix("nibble: shown without results: 02-fails; swiftc"))
    environment["NIBBLE_CACHE"] = folder.path + "/other-cache"
    let unread = try Nibble.run("learn", path, environment: environment)
    #expect(unread.status == 69)
    #expect(unread.output.contains("let sum = 2 + 3"))
  }

  @Test("what needs no compiler needs no compiler")
  func others() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let environment = try Self.environment(folder)
    #expect(try Nibble.run("list", environment: environment).status == 0)
    let file = try LayerTests.file(in: folder)
    #expect(try Nibble.run("layer", file, "--method", "rtn", environment: environment).status == 0)
  }

  @Test("an engine that is not where NIBBLE_ENGINE says is 69, with what to do")
  func engine() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let run = try Nibble.run("verify", path, environment: ["NIBBLE_ENGINE": folder.path])
    #expect(run.status == 69)
    #expect(run.errors.contains("libNibble.so"))
  }
}
