import Course
import Foundation
import Testing

/// By law: what is added is read back; by hand: what a person sees and does to the file.
@Suite("the learner's folder")
struct JournalTests {
  private let home: String
  private let folder: LearnerFolder

  init() throws {
    home = try Fixture.temporaryFolder()
    folder = LearnerFolder(chapters: "\(home)/Chapters", environment: ["NIBBLE_HOME": home])
  }

  private static let events: [LearnerEvent] = [
    .place(id: "step:grid", number: 2, of: 30), .ran(step: "grid"),
    .guessed(name: "grid.scale", guess: "0.01 .. 0.03", actual: "0.0235294"),
    .changed(step: "grid"), .restored(step: "grid"), .hint(exercise: "clip", number: 2),
    .sawSolution(exercise: "clip"), .tried(exercise: "clip", passed: 1, of: 4),
    .solved(exercise: "clip"), .reset(exercise: "clip"), .finished,
  ]

  @Test("every event comes back as it was")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let journal = folder.records(ofChapter: "01-grid").journal
    #expect(journal.entries.isEmpty)
    for event in Self.events { try journal.add(event) }
    #expect(journal.entries.map(\.event) == Self.events)
    #expect(journal.entries.allSatisfy { $0.time.hasSuffix("Z") })
  }

  @Test("it is plain text that only grows, and a line that does not read is left alone")
  func plainText() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let journal = folder.records(ofChapter: "01-grid").journal
    try journal.add(.ran(step: "a\tb\nc"))
    let first = try String(contentsOfFile: journal.path, encoding: .utf8)
    #expect(first.hasPrefix("# What you did in 01-grid"))
    #expect(first.hasSuffix("\tran\ta b c\n"))
    let hand = FileHandle(forWritingAtPath: journal.path)
    try #require(hand).seekToEndOfFile()
    hand?.write(Data("my own note\n2026-01-01T00:00:00Z\tflew\tmoon\n".utf8))
    try journal.add(.finished)
    #expect(journal.entries.map(\.event) == [.ran(step: "a b c"), .finished])
    let all = try String(contentsOfFile: journal.path, encoding: .utf8)
    #expect(all.contains("my own note\n"))
  }

  @Test("a line that was cut short spoils no other")
  func cutShort() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let journal = folder.records(ofChapter: "01-grid").journal
    try journal.add(.ran(step: "grid"))
    let hand = FileHandle(forWritingAtPath: journal.path)
    try #require(hand).seekToEndOfFile()
    hand?.write(Data("2026-01-01T00:00:00Z\tsolv".utf8))  // what a full disk leaves
    try journal.add(.solved(exercise: "clip"))
    #expect(journal.entries.map(\.event) == [.ran(step: "grid"), .solved(exercise: "clip")])
  }

  @Test("two courses and two chapters have journals of their own; no name leaves the folder")
  func places() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let other = LearnerFolder(chapters: "\(home)/Other", environment: ["NIBBLE_HOME": home])
    let paths = [
      folder.records(ofChapter: "01-a"), folder.records(ofChapter: "builds/cs"),
      folder.records(ofChapter: "../../etc/passwd"), other.records(ofChapter: "01-a"),
    ].map(\.journal.path)
    #expect(Set(paths).count == 4)
    #expect(paths.allSatisfy { $0.hasPrefix(home + "/") && !$0.contains("..") })
    let state = LearnerFolder(chapters: "x", environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"])
    #expect(state.path.hasPrefix("/s/nibble/"))
    let plain = LearnerFolder(chapters: "x", environment: ["HOME": "/h"])
    #expect(plain.path.hasPrefix("/h/.local/state/nibble/"))
  }

  @Test("an answer survives a new stub, and a reset keeps it beside")
  func answers() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let file = folder.records(ofChapter: "01-a").answer(to: "clip")
    #expect(!file.exists)
    #expect(try file.begin(from: "stub one\n"))
    #expect(file.exists && !file.isChanged)
    // Nobody wrote anything yet: the course's new stub takes its place.
    #expect(try file.begin(from: "stub two\n"))
    #expect(file.text == "stub two\n")
    try "mine\n".write(toFile: file.path, atomically: true, encoding: .utf8)
    #expect(file.isChanged)
    #expect(try !file.begin(from: "stub three\n"))  // says that the beginning is another by now
    #expect(file.text == "mine\n")
    let kept = try #require(try file.reset(to: "stub three\n"))
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == "mine\n")
    #expect(file.text == "stub three\n" && !file.isChanged)
    #expect(try file.reset(to: "stub three\n") == nil)
  }

  @Test("a reset keeps bytes that are no text, and a file begun again is not written again")
  func bytes() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let file = folder.records(ofChapter: "01-a").answer(to: "clip")
    try file.begin(from: "stub\n")
    let stamp = file.stamp
    try file.begin(from: "stub\n")
    #expect(file.stamp == stamp)
    let latin = Data([0x2F, 0x2F, 0x20, 0xE9, 0x0A])  // an e with an accent, as ISO 8859-1 has it
    try latin.write(to: URL(filePath: file.path))
    #expect(file.text == nil && file.isChanged)
    let kept = try #require(try file.reset(to: "stub\n"))
    #expect(FileManager.default.contents(atPath: kept) == latin)
  }

  @Test("ends of lines as another system writes them change nothing")
  func lineEnds() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    let file = folder.records(ofChapter: "01-a").answer(to: "clip")
    try file.begin(from: "one\n\ntwo\n")
    try "one\r\n\r\ntwo\r\n".write(toFile: file.path, atomically: true, encoding: .utf8)
    #expect(!file.isChanged)
    #expect(file.began(from: "one\n\ntwo") && !file.began(from: "one\ntwo"))
  }

  @Test("guesses of the whole course are scored by chapter")
  func guesses() throws {
    defer { try? FileManager.default.removeItem(atPath: home) }
    try folder.records(ofChapter: "01-a").journal.add(
      .guessed(name: "x", guess: "2", actual: "1"))
    try folder.records(ofChapter: "02-b").journal.add(
      .guessed(name: "y", guess: "1..3", actual: "2.5"))
    let scored = folder.guesses(in: [("01-a", "First"), ("02-b", "Second"), ("03-c", "Third")])
    #expect(scored.map(\.topic) == ["First", "Second"])
    #expect(scored[1].score == .interval(isHit: true))
    guard case .logRatio(let ratio) = scored[0].score else {
      Issue.record("expected a ratio")
      return
    }
    #expect(abs(ratio - 0.30103) < 1e-5)
  }
}
