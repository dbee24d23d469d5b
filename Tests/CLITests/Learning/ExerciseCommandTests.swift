import Foundation
import Testing

/// By hand: the exercises from a shell, as a teacher's script or a learner without the reader uses them.
@Suite("nibble exercise and nibble transcript")
struct ExerciseCommandTests {
  private let folder: TemporaryFolder
  private let chapters: String
  private let environment: [String: String]

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.file("Course/01-clipping.md", text: ReaderTests.chapter)
    _ = try folder.file("Course/02-holds.md", text: FixtureChapters.holds)
    chapters = folder.path + "/Course"
    environment = ["NIBBLE_HOME": folder.path + "/home"]
  }

  private func nibble(_ arguments: String...) throws -> Nibble.Run {
    try Nibble.run(arguments + ["--chapters", chapters], environment: environment)
  }

  private var answer: String {
    get throws {
      try #require(folder.files(under: "home").first { $0.hasSuffix("/clip.swift") })
    }
  }

  @Test("from the stub to solved: 1 until every check passes, then 0")
  func check() throws {
    defer { folder.remove() }
    let none = try nibble("exercise", "check", "1", "clip")
    #expect(none.status == 1)
    #expect(none.errors.contains("there was no answer yet"))
    let stub = try nibble("exercise", "check", "1", "1")
    #expect(stub.status == 1)
    #expect(stub.output.contains("Not yet.") && stub.output.contains("clip(3)"))

    try ReaderTests.wrong.write(toFile: try answer, atomically: true, encoding: .utf8)
    let wrong = try nibble("exercise", "check", "1", "clip")
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("1 of 2 checks pass"))
    #expect(wrong.output.contains("The negative tail is still there."))

    try "func clip(_ value: Double) -> Double {\n  value +\n}\n".write(
      toFile: try answer, atomically: true, encoding: .utf8)
    let broken = try nibble("exercise", "check", "1", "clip", "--json")
    #expect(broken.status == 1)
    let messages = try #require(broken.json()["messages"] as? [[String: Any]])
    #expect(messages.first?["line"] as? Int ?? 0 > 0)

    try ReaderTests.right.write(toFile: try answer, atomically: true, encoding: .utf8)
    let right = try nibble("exercise", "check", "1", "clip", "--json")
    #expect(right.status == 0)
    #expect(try right.json()["solved"] as? Bool == true)
    let list = try nibble("exercise", "list", "--json")
    let entries = try #require(list.json()["exercises"] as? [[String: Any]])
    #expect(entries.map { $0["state"] as? String } == ["solved"])
  }

  @Test("without a compiler nothing is checked, which is said once and is no mistake of the answer")
  func withoutCompiler() throws {
    defer { folder.remove() }
    let path = try folder.file("mine.swift", text: ReaderTests.right)
    #expect(try nibble("exercise", "check", "1", "clip", "--file", path).status == 0)
    var environment = environment
    environment["PATH"] = folder.path
    let run = try Nibble.run(
      "exercise", "check", "1", "clip", "--file", path, "--chapters", chapters,
      environment: environment)
    #expect(run.status == 69)
    #expect(run.output == "")
    #expect(run.errors.contains("nibble: swiftc was not found"))
  }

  @Test("a change of a step without a name is not taken for another step's")
  func movedStep() throws {
    defer { folder.remove() }
    let body = "```swift\nlet first = 1           // => 1\n```\n"
    func write(_ text: String) throws {
      _ = try folder.file("Course/03-moves.md", text: FixtureChapters.text(title: "Moves", text))
    }
    try write(body)
    _ = try nibble("exercise", "hint", "1", "clip")
    let journal = try #require(
      folder.files(under: "home").first { $0.hasSuffix("journal.txt") })
    let place = journal.dropFirst(folder.path.count + 1)
      .replacing("01-clipping/journal.txt", with: "03-moves")
    let origin = """
      // Step step-1 of 03-moves, to change as you like.
      // Write  // => ?  behind a line to see its value.

      let first = 1           // => 1

      """
    for (name, text) in [
      ("journal.txt", "2026-11-29T09:00:00Z\tchanged\tstep-1\n"),
      ("what-if/.step-1.origin", origin),
      ("what-if/step-1.swift", origin.replacing("= 1 ", with: "= 5 ")),
    ] {
      _ = try folder.file("\(place)/\(name)", text: text)
    }
    #expect(try nibble("transcript", "3").output.contains("let first = 5"))
    try write("```swift\nlet before = 0          // => 0\n```\n\n" + body)
    let moved = try nibble("transcript", "3").output
    #expect(moved.contains("let before = 0") && !moved.contains("= 5"))
  }

  @Test("hints come one at a time, mildest first; the last stays the last")
  func hints() throws {
    defer { folder.remove() }
    #expect(try nibble("exercise", "hint", "1", "clip").output.contains("There are two ends."))
    let second = try nibble("exercise", "hint", "1", "clip")
    #expect(second.output.contains("Hint 2 of 2") && second.output.contains("compose"))
    #expect(try nibble("exercise", "hint", "1", "clip").output.contains("Hint 2 of 2"))
  }

  @Test("reset begins again and keeps what was written")
  func reset() throws {
    defer { folder.remove() }
    _ = try nibble("exercise", "check", "1", "clip")
    try ReaderTests.right.write(toFile: try answer, atomically: true, encoding: .utf8)
    #expect(try nibble("exercise", "check", "1", "clip").status == 0)
    let reset = try nibble("exercise", "reset", "1", "clip")
    #expect(reset.status == 0)
    #expect(text(of: try answer).contains("// change this"))
    let kept = try #require(folder.files(under: "home").first { $0.hasSuffix("clip.swift.1") })
    #expect(text(of: kept) == ReaderTests.right)
    #expect(reset.errors.contains(kept))
    #expect(try nibble("exercise", "list").output.contains("not begun"))
  }

  @Test("an exercise or a chapter that is not there is told with those that are")
  func unknown() throws {
    defer { folder.remove() }
    let exercise = try nibble("exercise", "check", "1", "clop")
    #expect(exercise.status == 66)
    #expect(exercise.errors.contains("no exercise clop; there are clip"))
    let none = try nibble("exercise", "hint", "2", "clip")
    #expect(none.status == 66)
    #expect(none.errors.contains("this chapter has none"))
    #expect(try nibble("exercise", "list", "9").status == 66)
    let file = try nibble("exercise", "check", "1", "clip", "--file", "nowhere.swift")
    #expect(file.status == 66)
  }

  @Test("an answer elsewhere is checked and not remembered")
  func elsewhere() throws {
    defer { folder.remove() }
    let path = try folder.file("mine.swift", text: ReaderTests.right)
    #expect(try nibble("exercise", "check", "1", "clip", "--file", path).status == 0)
    #expect(try nibble("exercise", "list").output.contains("not begun"))
  }

  @Test("a transcript of nothing is no such input, and one that exists is not replaced")
  func transcript() throws {
    defer { folder.remove() }
    let nothing = try nibble("transcript", "1")
    #expect(nothing.status == 66)
    #expect(nothing.errors.contains("you have done nothing"))
    _ = try nibble("exercise", "hint", "1", "clip")
    let out = try folder.file("there.md", text: "mine")
    #expect(try nibble("transcript", "1", "--out", out).status == 73)
    #expect(text(of: out) == "mine")
    #expect(try nibble("transcript", "1", "--out", out, "--force").status == 0)
    #expect(text(of: out).hasPrefix("---\ntitle: \"What I did in: Clipping\""))
  }
}
