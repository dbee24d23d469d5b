import Course
import FoundationEssentials
import Glibc
import StepRecords
import Testing

/// By law: the same inputs give the same result without running, other inputs run.
@Suite("nothing unchanged runs twice", .enabled(if: Fixture.canRun, Fixture.comment))
struct CacheTests {
  private static let code = """
    ```swift name=first
    let scale = 0.25
    scale            // => 0.25
    ```

    ```swift name=second
    let twice = scale * 2
    twice            // => 0.5
    ```

    """

  /// Runs a body with a verifier whose store is new, and removes the store.
  private func withStore(
    _ body: (ChapterVerifier, VerifyEnvironment) async throws -> Void
  ) async throws {
    let folder = try Fixture.temporaryFolder()
    defer { remove(folder) }
    let environment = await Fixture.environment(cache: folder)
    try await body(
      ChapterVerifier(environment: environment, options: VerifyOptions()), environment)
  }

  private func remove(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test("a second verification takes everything from the cache")
  func second() async throws {
    try await withStore { verifier, environment in
      let parsed = Fixture.parse(Self.code)
      #expect(environment.store.latest(for: parsed.chapter) == nil)
      let first = try await verifier.verify(parsed)
      var second = try await verifier.verify(parsed)
      #expect(!first.isCached && second.isCached)
      #expect(environment.store.latest(for: parsed.chapter) == second)
      second.isCached = false
      #expect(second == first)
    }
  }

  @Test("prose and expectations are judged anew without running, on their new lines")
  func prose() async throws {
    try await withStore { verifier, _ in
      _ = try await verifier.verify(Fixture.parse(Self.code))
      let wrong = Self.code.replacing("// => 0.5", with: "// => 0.6")
      let moved = "Two more\n\nparagraphs.\n\n" + wrong
      let result = try await verifier.verify(Fixture.parse(moved))
      #expect(result.isCached)
      #expect(result.outcome("first") == "held")
      // Eight lines of front matter and title, four of prose, then the eighth line of the code.
      #expect(result.errors == ["20 did-not-hold"])
    }
  }

  @Test("a trap's line moves with its step")
  func movedTrap() async throws {
    try await withStore { verifier, _ in
      let code = "```swift name=trap\nlet values = [1]\nvalues[values.count]   // => 1\n```\n"
      let first = try await verifier.verify(Fixture.parse(code))
      #expect(first.errors == ["11 trapped"])
      let second = try await verifier.verify(Fixture.parse("One\n\n" + code))
      #expect(second.isCached)
      #expect(second.errors == ["13 trapped"])
    }
  }

  @Test("changed code runs again, and --why says which step's")
  func why() async throws {
    try await withStore { verifier, _ in
      let parsed = Fixture.parse(Self.code)
      #expect(try await verifier.why(step: "second", in: parsed)[0].contains("never been verified"))
      _ = try await verifier.verify(parsed)
      #expect(try await verifier.why(step: "second", in: parsed)[0].hasPrefix("nothing"))
      let changed = Fixture.parse(Self.code.replacing("= 0.25\n", with: "= 0.125 * 2\n"))
      let reasons = try await verifier.why(step: "second", in: changed)
      #expect(reasons.contains("  the code of the earlier step 'first' changed"))
      #expect(
        try await verifier.why(step: "first", in: changed).contains("  its own code changed"))
      #expect(!(try await verifier.verify(changed).isCached))
      #expect(try await verifier.why(step: "secnd", in: parsed)[0].contains("second"))
    }
  }

  @Test("a corrupt entry is as good as none, and is replaced")
  func corrupt() async throws {
    try await withStore { verifier, environment in
      let parsed = Fixture.parse(Self.code)
      let first = try await verifier.verify(parsed)
      let folder = environment.store.folder
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        if name.hasSuffix(".json") { #expect(truncate("\(folder)/\(name)", 40) == 0) }
      }
      #expect(environment.store.latest(for: parsed.chapter) == nil)
      let again = try await verifier.verify(parsed)
      #expect(!again.isCached)
      #expect(again.held == first.held)
      #expect(try await verifier.verify(parsed).isCached)
    }
  }

  @Test("what a limit stopped is not kept: another day it may pass")
  func limits() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { remove(folder) }
    var options = VerifyOptions()
    options.timeLimit = 2  // time to start on a busy machine
    let verifier = ChapterVerifier(
      environment: await Fixture.environment(cache: folder), options: options)
    let parsed = try Fixture.read("endless-loop")
    #expect(try await verifier.verify(parsed).outcome("loop") == "timed-out")
    #expect(!(try await verifier.verify(parsed).isCached))
  }

  @Test("a result that took longer than a shorter limit allows is not taken for it")
  func shorterLimit() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { remove(folder) }
    let environment = await Fixture.environment(cache: folder)
    let parsed = Fixture.parse("```swift name=wait\nimport Glibc\nsleep(20)  // => 0\n```\n")
    let long = ChapterVerifier(environment: environment, options: VerifyOptions())
    #expect(try await long.verify(parsed).held)
    var options = VerifyOptions()
    options.timeLimit = 15  // time to start on a busy machine
    let short = ChapterVerifier(environment: environment, options: options)
    #expect(try await short.why(step: "wait", in: parsed)[0].contains("runs again"))
    let stopped = try await short.verify(parsed)
    #expect(!stopped.isCached && stopped.outcome("wait") == "timed-out")
    #expect(try await long.verify(parsed).isCached)
  }

  @Test("a store that cannot be written is one that forgets")
  func unwritable() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { remove(folder) }
    let file = folder + "/store"
    try #require(FileManager.default.createFile(atPath: file, contents: nil))
    let verifier = ChapterVerifier(
      environment: await Fixture.environment(cache: file), options: VerifyOptions())
    let parsed = Fixture.parse(Self.code)
    #expect(try await verifier.verify(parsed).held)
    #expect(try await verifier.verify(parsed).isCached == false)
    #expect(FileManager.default.contents(atPath: file)?.isEmpty == true)
  }

  @Test("many chapters come back in order, one by one, whatever the number of jobs")
  func many() async throws {
    try await withStore { _, environment in
      var options = VerifyOptions()
      options.jobs = 2
      let verifier = ChapterVerifier(environment: environment, options: options)
      let chapters = (0..<40).map { number in
        let code = "let value = 1\nvalue  // => \(number % 2)\n"
        return Fixture.parse("```swift\n\(code)```\n", id: "c\(number)")
      }
      let order = Order()
      let results = try await verifier.verify(chapters) { order.append($0.id) }
      #expect(results.map(\.id) == chapters.map(\.chapter.id))
      #expect(order.ids == results.map(\.id))
      #expect(results.enumerated().allSatisfy { $0.element.held == ($0.offset % 2 == 1) })
    }
  }

  @Test("without a compiler the last result still reads, and verifying says what is missing")
  func noCompiler() async throws {
    try await withStore { verifier, environment in
      let parsed = Fixture.parse(Self.code)
      let result = try await verifier.verify(parsed)
      let bare = await VerifyEnvironment.find(
        executable: Fixture.executable,
        environment: ["PATH": "/nowhere", "NIBBLE_CACHE": environment.store.folder])
      #expect(bare.missing == .noCompiler(searched: "/nowhere"))
      #expect(bare.store.latest(for: parsed.chapter)?.steps == result.steps)
      await #expect(throws: ExecutionError.noCompiler(searched: "/nowhere")) {
        _ = try await ChapterVerifier(environment: bare, options: VerifyOptions()).verify(parsed)
      }
    }
  }

  @Test("cancelling kills the chapter at once and leaves no folder behind")
  func cancelling() async throws {
    let folder = try Fixture.temporaryFolder()
    defer { remove(folder) }
    var variables = Fixture.variables
    variables["TMPDIR"] = folder
    let environment = await VerifyEnvironment.find(
      executable: Fixture.executable, environment: variables)
    let parsed = try Fixture.read("endless-loop")
    var options = VerifyOptions()
    options.usesCache = false
    let verifier = ChapterVerifier(environment: environment, options: options)
    let task = Task { () async -> ExecutionError? in
      do throws(ExecutionError) {
        _ = try await verifier.verify(parsed)
        return nil
      } catch {
        return error
      }
    }
    try await Task.sleep(for: .milliseconds(1500))
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }
}

/// Ids in the order they were told.
private final class Order: @unchecked Sendable {
  private(set) var ids: [String] = []

  func append(_ id: String) {
    ids.append(id)
  }
}
