import Foundation
import Glibc
import Testing

/// By hand: a learner's whole sitting on a real terminal, every key and every word of it.
@Suite("nibble learn, on a terminal", .serialized)
struct ReaderTests {
  static let chapter = FixtureChapters.text(
    title: "Clipping",
    """
    A limit keeps values in.

    <!-- predict: limit -->

    ```swift name=limit
    let limit = 6.0 / 255     // => 0.0235294
    ```

    It is [0.0235](#limit).

    ### Exercise: clip

    Keep a value between minus one and one.

    ```swift exercise=clip
    func clip(_ value: Double) -> Double {
      value                   // change this
    }
    ```

    ```swift check=clip
    clip(3)                   // => 1
    clip(-3)                  // => -1
    ```

    <details><summary>Hint</summary>

    There are two ends.

    </details>

    <details><summary>Hint</summary>

    `min` and `max` compose.

    </details>

    <details><summary>Solution</summary>

    ```swift solution=clip
    func clip(_ value: Double) -> Double { min(max(value, -1), 1) }
    ```

    </details>

    <details><summary>If you bounded one side only</summary>

    ```swift wrong=clip fails-at=2
    func clip(_ value: Double) -> Double { min(value, 1) }
    ```

    The negative tail is still there.

    </details>

    ## Afterwards

    ```swift name=after
    let clipped = clip(7) + limit
    clipped                   // => 1.0235
    ```

    That was all.

    """)

  static let wrong = """
    func clip(_ value: Double) -> Double {
      value > 1 ? 1 : value
    }

    """

  static let right = """
    func clip(_ value: Double) -> Double {
      value > 1 ? 1 : value < -1 ? -1 : value
    }

    """

  /// An editor that leaves a prepared file in place of the one it is given.
  private func editor(_ folder: TemporaryFolder, _ text: String) throws -> [String: String] {
    let prepared = try folder.file("prepared.swift", text: text)
    return ["VISUAL": "", "EDITOR": "cp \(prepared)"]
  }

  private func chapters(in folder: TemporaryFolder) throws -> String {
    _ = try folder.file("Course/01-clipping.md", text: Self.chapter)
    return folder.path + "/Course"
  }

  @Test(
    "read, guess, run, fail an exercise, be told why, solve it, quit, go on",
    arguments: [60, 120])
  func sitting(columns: Int) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try chapters(in: folder)
    let learn = ["learn", "1", "--chapters", chapters]
    let first = try PseudoTerminal(
      learn, in: folder, columns: columns, rows: 50, environment: try editor(folder, Self.wrong))

    // Read and guess: the value is shown only afterwards, and the guess is scored.
    try first.expect("What will limit be?")
    first.rest()
    #expect(!first.screen.text(since: 0).contains("0.0235"))
    try first.type("0.05\r")
    try first.expect("✓ 0.0235294")
    try first.expect("2.125 times too large")

    // An exercise: fail it, get the author's words for this very mistake, and a hint.
    try first.type("  ", until: "Exercise: clip")
    try first.expect("Your answer:")
    try first.type("e")
    try first.expect("Not yet.")
    try first.expect("If you bounded one side only")
    try first.expect("The negative tail is still there.")
    #expect(!first.screen.text(since: 0).contains("There are two ends."))
    try first.type("i")
    try first.expect("Hint 1 of 2")
    try first.expect("There are two ends.")

    // The file is saved from elsewhere: it is checked without a key.
    let answers = folder.files(under: "home").filter { $0.hasSuffix("/clip.swift") }
    let answer = try #require(answers.first)
    try Self.right.write(toFile: answer, atomically: true, encoding: .utf8)
    try first.expect("Solved.")
    try first.type("q")
    #expect(first.end() == 0)
    #expect(first.isCooked)
    #expect(first.screen.tooWide == [])
    #expect(first.screen.forbidden == [])

    // Another sitting goes on at the exercise, and reads to the end.
    let second = try PseudoTerminal(learn, in: folder, columns: columns, rows: 50)
    try second.expect("You have solved this one.")
    #expect(!second.screen.text(since: 0).contains("What will limit be?"))
    try second.type("     ", until: "The end of Clipping")
    try second.expect("✓ 1.02353")
    try second.type("q")
    #expect(second.end() == 0)
    #expect(second.screen.tooWide == [])

    // What was done stands in the learner's folder, and is told outside the reader too.
    let home = ["NIBBLE_HOME": folder.path + "/home"]
    let list = try Nibble.run("exercise", "list", "--chapters", chapters, environment: home)
    #expect(list.output.contains("clip  Exercise: clip: solved"))
    let progress = try Nibble.run("list", "--json", "--chapters", chapters, environment: home)
    let entries = try #require(progress.json()["chapters"] as? [[String: Any]])
    #expect(entries.first?["progress"] as? Double == 1)
    let out = folder.path + "/transcript.md"
    let transcript = try Nibble.run(
      "transcript", "1", "--chapters", chapters, "--out", out, environment: home)
    #expect(transcript.status == 0)
    #expect(text(of: out).contains("I guessed `0.05` for `limit`; it is `0.0235"))
    #expect(text(of: out).contains("value > 1 ? 1 : value < -1 ? -1 : value"))
    let verified = try Nibble.run("verify", out, "--chapters", chapters, environment: home)
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test("what if: another number, what it was, what follows, and back")
  func whatIf() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let changed = "let limit = 12.0 / 255   // => ?\n"
    let reader = try PseudoTerminal(
      ["learn", "1", "--chapters", try chapters(in: folder)], in: folder, columns: 80, rows: 60,
      environment: try editor(folder, changed))
    try reader.expect("What will limit be?")
    try reader.type("\r")
    try reader.expect("✓ 0.0235294")
    try reader.type("w")
    try reader.type("\r", until: "0.0470588")
    try reader.expect("was 0.0235294")
    try reader.type("      ", until: "The end of Clipping")
    #expect(reader.screen.text(since: 0).contains("1.04706  was 1.0235"))
    try reader.type("q")
    #expect(reader.end() == 0)
  }

  @Test("an editor that is closed, or fails, over the stub makes no try of it")
  func stubIsNoAnswer() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try chapters(in: folder)
    for editor in ["true", "false", "touch"] {
      let reader = try PseudoTerminal(
        ["learn", "1", "--chapters", chapters], in: folder, columns: 80, rows: 50,
        environment: ["VISUAL": "", "EDITOR": editor])
      try reader.expect("Enter")
      try reader.type("gclip\r", until: "e opens it")
      try reader.type("e", until: editor == "false" ? "exit status 1" : "still the stub")
      usleep(900_000)  // several looks at the file
      reader.rest()
      #expect(!reader.screen.text(since: 0).contains("Not yet."), "\(editor)")
      try reader.type("q")
      #expect(reader.end() == 0)
    }
    let journals = folder.files(under: "home").filter { $0.hasSuffix("journal.txt") }
    #expect(!text(of: try #require(journals.first)).contains("\ttried\t"))
  }

  @Test("a terminal that is closed takes everything with it", arguments: [false, true])
  func hangUp(isRunning: Bool) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = try folder.file("01-loops.md", text: Self.endless)
    let reader = try PseudoTerminal(["learn", path], in: folder, columns: 80, rows: 40)
    try reader.expect("Enter runs it")
    try reader.type("\r", until: "now")
    if isRunning {
      try reader.type("\r")
      try reader.expect("running forever")
    }
    reader.send(SIGHUP)
    #expect(reader.end() == 130)
    #expect(reader.isCooked)
    #expect(folder.names(in: "tmp").isEmpty)
  }

  /// A step that ends when it is verified, and never before a reader.
  private static let endless = FixtureChapters.text(
    title: "Endless",
    """
    Wait.

    ```swift name=now
    import Glibc
    let now = 1               // => 1
    ```

    ```swift name=forever
    while getenv("NIBBLE_STEPS") != nil {}
    ```

    """)

  @Test("Ctrl-C at any moment: 130, the terminal as it was, nothing forgotten, nothing left")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try chapters(in: folder)
    let reader = try PseudoTerminal(
      ["learn", "1", "--chapters", chapters], in: folder, columns: 80, rows: 40)
    try reader.expect("What will limit be?")
    try reader.type("0.02\r")
    try reader.expect("15% too small")
    try reader.type("\u{3}")
    #expect(reader.end() == 130)
    #expect(reader.isCooked)
    #expect(folder.names(in: "tmp").isEmpty)
    let journals = folder.files(under: "home").filter { $0.hasSuffix("journal.txt") }
    let journal = text(of: try #require(journals.first))
    #expect(journal.contains("\tguessed\tlimit\t0.02\t"))
    #expect(journal.contains("\tran\tlimit\n"))
  }

  @Test("SIGTERM while a step runs stops the step too")
  func terminated() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let slow = FixtureChapters.text(
      title: "Slow",
      """
      Wait.

      ```swift name=wait
      var rounds = 0
      let end = ContinuousClock.now + .seconds(1)
      while ContinuousClock.now < end { rounds += 1 }
      rounds                    // => > 0
      ```

      """)
    let path = try folder.file("01-slow.md", text: slow)
    let reader = try PseudoTerminal(["learn", path], in: folder, columns: 80, rows: 40)
    try reader.expect("Enter runs it")
    try reader.type("\r")
    usleep(400_000)
    reader.send(SIGTERM)
    #expect(reader.end() == 130)
    #expect(reader.isCooked)
    #expect(folder.names(in: "tmp").isEmpty)
  }

  @Test("a dumb terminal, one without colour, and one that grows narrow while it is read")
  func otherTerminals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let learn = ["learn", "1", "--chapters", try chapters(in: folder)]
    let dumb = try PseudoTerminal(
      learn, in: folder, columns: 60, rows: 40, environment: ["TERM": "dumb"])
    try dumb.expect("limit")
    try dumb.type("\n")
    try dumb.expect("✓ 0.0235294")
    try dumb.type("q\n")
    #expect(dumb.end() == 0)
    #expect(dumb.screen.forbidden == [])
    #expect(dumb.isCooked)

    let narrow = try PseudoTerminal(learn, in: folder, columns: 100, rows: 40)
    try narrow.expect("It is 0.0235.")
    narrow.resize(columns: 48, rows: 30)
    narrow.rest()
    let mark = narrow.mark
    try narrow.type("    ", until: "Exercise: clip")
    narrow.rest()
    let wide = narrow.screen.text(since: mark + 1).split(separator: "\n").filter { $0.count > 48 }
    #expect(wide == [])
    try narrow.type("q")
    #expect(narrow.end() == 0)
  }

  @Test("input that is not a terminal is read line by line")
  func piped() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapters = try chapters(in: folder)
    let run = try Nibble.shell(
      "printf '\\n' | \"$NIBBLE\" learn 1 --chapters '\(chapters)' | head -3")
    #expect(run.output.contains("Clipping"))
  }
}
