import Course
import Glibc
import Testing

/// By hand: what is missing on a machine, and what a saved file does.
@Suite("the machine")
struct EnvironmentTests {
  @Test("a missing compiler and a missing engine are told with what to do")
  func missing() async throws {
    await #expect(throws: ExecutionError.noCompiler(searched: "/nowhere")) {
      _ = try await Toolchain.find(environment: ["PATH": "/nowhere"])
    }
    #expect(throws: ExecutionError.noEngine(searched: ["/nowhere/bin", "/nowhere/lib/nibble"])) {
      _ = try EngineLocation.find(executable: "/nowhere/bin/nibble", environment: [:])
    }
    #expect(throws: ExecutionError.noEngine(searched: ["/empty"])) {
      _ = try EngineLocation.find(executable: "nibble", environment: ["NIBBLE_ENGINE": "/empty"])
    }
    let words = ExecutionError.noEngine(searched: ["/a", "/b"]).description
    #expect(words.contains("/a, /b") && words.contains("NIBBLE_ENGINE"))
  }

  @Test("an installed engine is found beside the folder of its command")
  func installed() throws {
    let prefix = try Fixture.temporaryFolder()
    defer { _ = Self.shell("rm -rf '\(prefix)'") }
    #expect(
      Self.shell(
        """
        cd '\(prefix)' && mkdir -p bin lib/nibble/modules lib/nibble/include/CThing && \
        touch bin/nibble lib/nibble/libNibble.so lib/nibble/modules/Nibble.swiftmodule && \
        printf 'module CThing [system] {\\n}\\n' > lib/nibble/include/CThing/module.modulemap
        """) == 0)
    let engine = try EngineLocation.find(executable: prefix + "/bin/nibble", environment: [:])
    #expect(engine.library.hasSuffix("/lib/nibble/libNibble.so"))
    #expect(engine.modules.hasSuffix("/lib/nibble/modules"))
    #expect(engine.shims == ["CThing"])
  }

  @Test("a saved chapter is told once it is quiet")
  func watching() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { _ = Self.shell("rm -rf '\(folder)'") }
    _ = Self.shell("echo one > '\(folder)/01-one.md'; echo two > '\(folder)/02-two.md'")
    let watcher = ChapterWatcher(paths: [folder])
    let change = Task { try await watcher.nextChange() }
    try await Task.sleep(for: .milliseconds(300))
    _ = Self.shell("echo more text >> '\(folder)/02-two.md'")
    #expect(try await change.value == ["\(folder)/02-two.md"])
    let waiting = Task { try await watcher.nextChange() }
    waiting.cancel()
    await #expect(throws: ExecutionError.cancelled) { _ = try await waiting.value }
  }

  @Test("a save is told though nobody was waiting when it came, and told once")
  func savedMeanwhile() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { _ = Self.shell("rm -rf '\(folder)'") }
    _ = Self.shell("echo one > '\(folder)/01-one.md'; echo two > '\(folder)/02-two.md'")
    let watcher = ChapterWatcher(paths: [folder])
    _ = Self.shell("echo more text >> '\(folder)/02-two.md'")
    #expect(try await watcher.nextChange() == ["\(folder)/02-two.md"])
    // As while a chapter runs: between the change that is told and the next question.
    _ = Self.shell("echo more text >> '\(folder)/01-one.md'")
    #expect(try await watcher.nextChange() == ["\(folder)/01-one.md"])
    let quiet = Task { try await watcher.nextChange() }
    try await Task.sleep(for: .milliseconds(300))
    quiet.cancel()
    await #expect(throws: ExecutionError.cancelled) { _ = try await quiet.value }
  }

  @Test(
    "however an editor writes, the save is told",
    arguments: [
      // Renamed into place with the size and the time of the file before.
      "cp -p 01-one.md .new; echo two > .new; touch -r 01-one.md .new; mv .new 01-one.md",
      // Moved away, written anew, the backup left there.
      "mv 01-one.md 01-one.md~; echo two > 01-one.md",
      // Written in place, in two strokes.
      ": > 01-one.md; sleep 0.02; echo two > 01-one.md",
    ])
  func editors(save: String) async throws {
    let folder = try Fixture.temporaryFolder()
    defer { _ = Self.shell("rm -rf '\(folder)'") }
    _ = Self.shell("echo one > '\(folder)/01-one.md'")
    let watcher = ChapterWatcher(paths: [folder])
    _ = Self.shell("cd '\(folder)' && { \(save); }")
    #expect(try await watcher.nextChange() == ["\(folder)/01-one.md"])
  }

  @Test("of a theme everything counts but hidden files, backups and the rendered pages")
  func everythingInAFolder() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { _ = Self.shell("rm -rf '\(folder)'") }
    _ = Self.shell("mkdir -p '\(folder)/assets' '\(folder)/public'; ln -s . '\(folder)/round'")
    let watcher = ChapterWatcher(
      paths: [], everythingIn: [folder], except: ["\(folder)/public"])
    _ = Self.shell(
      "cd '\(folder)' && touch .hidden page~ 4913 public/index.html assets/style.css")
    #expect(try await watcher.nextChange() == ["\(folder)/assets/style.css"])
  }

  private static func shell(_ command: String) -> Int32 {
    var process = pid_t()
    let words = ["/bin/sh", "-c", command]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer {
      for text in arguments { free(text) }
    }
    guard posix_spawn(&process, "/bin/sh", nil, nil, arguments, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status
  }
}
