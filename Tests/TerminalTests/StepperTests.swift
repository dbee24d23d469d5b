import Course
import StepRecords
import Terminal
import TestSupport
import Testing

/// The interactive reader, with the test at the keys and a screen in front of it.
///
/// Evidence: by eye (whole sessions at two widths) and by hand (each key).
@Suite("Stepping through a chapter")
struct StepperTests {
  /// One sitting of the fixture chapter.
  private func sit(
    _ keys: String, width: Int = 80, height: Int? = nil, lesson: ScriptedLesson = .everything()
  ) -> (terminal: ScriptedTerminal, ending: StepperEnding) {
    sit(ScriptedTerminal(ScriptedTerminal.keys(keys), width: width, height: height), lesson)
  }

  private func sit(
    _ terminal: ScriptedTerminal, _ lesson: ScriptedLesson
  ) -> (terminal: ScriptedTerminal, ending: StepperEnding) {
    var stepper = Stepper(
      chapter: lesson.chapter, lesson: lesson, terminal: terminal, next: "02-more")
    let ending = stepper.run()
    #expect(terminal.screen.trouble.isEmpty)
    return (terminal, ending)
  }

  @Test("a whole session reads as it was kept", arguments: [60, 120])
  func session(width: Int) throws {
    let lesson = ScriptedLesson.everything()
    // Guess, run, page on, run everything; help, contents, values, scores; an exercise's hint; the end.
    let keys = "0.02⏎vm⏎        ht s⏎⏎ i⏎  sq"
    let (terminal, ending) = sit(keys, width: width, height: 24, lesson: lesson)
    #expect(ending == .finished)
    try expectSnapshot(terminal.transcript, "session-\(width).txt")
  }

  @Test("code is shown without its expectations, values only after Enter")
  func hidden() {
    let lesson = ScriptedLesson.everything()
    let (terminal, ending) = sit("⏎q", lesson: lesson)
    #expect(ending == .left(step: 1))
    #expect(terminal.answers[0].contains("let scale = 6.0 / 255\n"))
    #expect(!terminal.answers[0].contains("0.0235"))
    #expect(terminal.answers[1].contains("✓ 0.0235294"))
    #expect(lesson.runs == ["grid"])
  }

  @Test("everything is noted at once, and the terminal is given back")
  func noted() {
    let lesson = ScriptedLesson.everything()
    let script = ScriptedTerminal.keys("0.02⏎") + [.input(.interrupted)]
    let (terminal, ending) = sit(ScriptedTerminal(script), lesson)
    #expect(ending == .interrupted)
    #expect(
      lesson.events == [
        .place(id: "grid", number: 1, of: 9), .ran(step: "grid"),
        .guessed(name: "scale", guess: "0.02", actual: "0.023529411764705882"),
        .place(id: "#", number: 2, of: 9),
      ])
    #expect(terminal.calls == ["begin", "end"])
    #expect(terminal.screen.bottom == "")
    #expect(lesson.whileWaiting == nil)
  }

  @Test("Ctrl-C ends at once, wherever a line is being typed", arguments: ["g", "/", "⏎w"])
  func interruptedWhileTyping(keys: String) {
    let script = ScriptedTerminal.keys(keys) + [.input(.interrupted)]
    #expect(sit(ScriptedTerminal(script), .everything()).ending == .interrupted)
    let ended = ScriptedTerminal.keys(keys) + [.input(.key(.control("d")))]
    let (_, ending) = sit(ScriptedTerminal(ended), .everything())
    // On a line with something in it Ctrl-D deletes; the script then ends, and so does the input.
    #expect(ending == .endOfInput)
  }

  // MARK: - Guesses

  @Test("a guess is typed at the bottom and scored after the values")
  func guess() {
    let (terminal, _) = sit("0.03⌫2⏎q")
    #expect(terminal.answers[0].contains("What will scale be?"))
    #expect(terminal.bottoms[0].hasPrefix("─ your guess ›"))
    #expect(terminal.bottoms[4] == "─ your guess › 0.03")
    // 0.02 ÷ 0.0235294… is 0.85 exactly: 15% below.
    #expect(terminal.answers[7].contains("You said 0.02; it is 0.0235294: 15% too small."))
  }

  @Test("an interval is scored by whether it holds the value")
  func interval() {
    let (terminal, _) = sit("0.02..0.03⏎q")
    #expect(terminal.answers[11].contains("You said 0.02..0.03, and 0.0235294 lies in it."))
  }

  @Test("at a question letters are keys while nothing is typed")
  func keysAtAQuestion() {
    let lesson = ScriptedLesson.everything()
    let (terminal, ending) = sit("hbq", lesson: lesson)
    #expect(ending == .left(step: 1))
    #expect(terminal.answers[1].contains("go to a step"))
    #expect(terminal.bottoms[2].contains("This is the start."))
    #expect(lesson.runs.isEmpty)
    // After a word about a key the question is still there, and a page key does not pass it.
    let (other, _) = sit("z 0.02⏎q")
    #expect(other.bottoms[1] == "─ your guess ›   z is no key here; h shows the keys.")
    #expect(other.bottoms[2] == "─ your guess ›   type a guess, or Enter for none")
    #expect(other.answers[7].contains("You said 0.02;"))
  }

  @Test("what was seen is not asked again; the earlier guess is told")
  func askedOnce() {
    let lesson = ScriptedLesson.everything(events: [
      .place(id: "grid", number: 1, of: 9), .ran(step: "grid"),
      .guessed(name: "scale", guess: "0.5", actual: "0.0235"),
    ])
    let (terminal, _) = sit("q", lesson: lesson)
    #expect(!terminal.answers[0].contains("What will scale be?"))
    #expect(terminal.answers[0].contains("For scale you guessed 0.5."))
  }

  @Test("scores are told by topic, and at the end")
  func scores() {
    let lesson = ScriptedLesson.everything()
    lesson.earlier = [
      ("Rounding", Guess("2"), .logRatio(0.30103)),
      ("Rounding", Guess("1..2"), .interval(isHit: true)),
    ].compactMap { topic, guess, score in guess.map { (topic, $0, score) } }
    let (terminal, _) = sit("0.02⏎s⏎q", lesson: lesson)
    let table = terminal.answers[6]
    #expect(table.contains("Rounding        2      ×2        1/1"))
    // 1 / 0.85 is 1.176.
    #expect(table.contains("The grid        1   ×1.18"))
    #expect(table.contains("Together        3"))
  }

  // MARK: - Moving

  @Test("b goes back, a number goes to a step, and nothing is cleared")
  func moving() {
    let lesson = ScriptedLesson.everything()
    let (terminal, ending) = sit("⏎b⏎3⏎99⏎q", lesson: lesson)
    #expect(ending == .left(step: 3))
    #expect(terminal.answers[2].contains("let scale = 6.0 / 255"))
    #expect(terminal.answers[5].contains("let wrong = 0.31"))
    #expect(terminal.bottoms[8].contains("There are 5 steps."))
    // The only erasing is of the bottom line: from the cursor on, which waits at its start.
    #expect(!terminal.raw.contains("\u{1B}[2J") && !terminal.raw.contains("\u{1B}[H"))
    #expect(!terminal.raw.contains("\u{1B}[A"))
  }

  @Test(
    "a place is found by any part of its name, by its first letters, by a slip",
    arguments: [
      ("late⏎", "let late = 2"), ("in th⏎", "That is all."), ("LATE⏎", "let late = 2"),
      ("galery⏎", "draw()"), ("e1⏎", "Keep it inside."), ("exercise 1⏎", "Keep it inside."),
      ("ga⇥⏎", "draw()"), ("0⏎", "Neighbours"),
    ])
  func places(typed: String, words: String) {
    let (terminal, _) = sit("⏎g\(typed)" + (words == "Neighbours" ? "⏎" : "") + "q")
    #expect(terminal.lastAnswer.contains(words) || terminal.screen.lines.joined().contains(words))
  }

  @Test("a name that is none is said to be none, and the place is kept")
  func unknownPlace() {
    let (terminal, ending) = sit("gqqqqq⏎q")
    #expect(ending == .left(step: 1))
    #expect(terminal.bottoms.last?.contains("qqqqq is no step, exercise or section here") == true)
  }

  @Test("a key that is none is said to be none, and the place is kept")
  func unknownKey() {
    let (terminal, ending) = sit("⏎zq")
    #expect(ending == .left(step: 1))
    #expect(terminal.bottoms[2] == "─ z is no key here; h shows the keys.")
    // Where the bottom line is too short for it, it scrolls.
    let narrow = sit("⏎zq", width: 30).terminal
    #expect(narrow.answers[2].contains("  z is no key here; h shows\n  the keys.\n"))
  }

  @Test("search finds prose, code and the values of what ran, and says when there is nothing")
  func search() {
    let (terminal, _) = sit("⏎/QUOTATION⏎⏎/draw⏎1⏎n/0.0235294⏎⏎/nowhere⏎q")
    let all = terminal.answers.joined()
    #expect(all.contains("1  A quotation of one sentence"))
    #expect(all.contains("code: draw()"))
    #expect(all.contains("Hit 1 of 1: draw()"))
    #expect(all.contains("value: scale  0.0235294"))
    #expect(all.contains("“nowhere” is nowhere"))
  }

  @Test("search does not give away what did not run, nor hints and solutions")
  func searchHides() {
    let (terminal, _) = sit("/0.0235294⏎/min(⏎q")
    #expect(terminal.answers.joined().contains("“0.0235294” is nowhere"))
    #expect(terminal.answers.joined().contains("“min(” is nowhere"))
  }

  @Test("contents say what is done and where the reader is")
  func contents() {
    let lesson = ScriptedLesson.everything(events: [.solved(exercise: "clip")])
    let (terminal, _) = sit("⏎tq", lesson: lesson)
    let contents = terminal.answers[2]
    #expect(contents.contains("1  grid              ✓"))
    #expect(contents.contains("e1  clip              ✓ solved"))
    #expect(contents.contains("claim byte-range"))
    #expect(contents.contains("表と見出し 🎉"))
  }

  @Test("the numbers of a part are shown in full, with where they come from")
  func values() {
    let (terminal, _) = sit("⏎vq")
    #expect(terminal.answers[2].contains("0.0235  scale  0.023529411764705882  grid"))
    #expect(terminal.answers[2].contains("   102  code   102                   grid"))
  }

  // MARK: - Pages, sizes

  @Test("a stretch higher than the screen comes a screenful at a time", arguments: [8, 12, 24])
  func pages(height: Int) {
    let (terminal, _) = sit(String(repeating: " ", count: 60), height: height)
    for (index, answer) in terminal.answers.enumerated() {
      let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(lines <= height - 2, "page \(index)")
    }
    #expect(terminal.bottoms[0].contains("Space more") == (height < 24))
    // Nothing is lost: all pages together are what one long screen shows.
    let tall = sit(String(repeating: " ", count: 60)).terminal
    func words(_ terminal: ScriptedTerminal) -> [Substring] {
      terminal.screen.lines.dropLast().flatMap { $0.split(separator: " ") }
    }
    #expect(words(terminal) == words(tall))
  }

  @Test(
    "on any terminal everything fits and nothing is in the way",
    arguments: [20, 28, 40, 60, 80, 104, 200], [5, 24])
  func anySize(width: Int, height: Int) {
    let keys = "0.02⏎vhtms/e⏎⏎⏎g3⏎wgrid⏎zifu" + String(repeating: " ", count: 200)
    let lesson = ScriptedLesson.everything()
    // The screen itself looks for lines that are too wide.
    let (terminal, _) = sit(keys, width: width, height: height, lesson: lesson)
    #expect(terminal.bottoms.allSatisfy { DisplayWidth.of($0) < width })
    #expect(lesson.events.contains(.finished))
  }

  @Test("a new width counts at once: for the status line, for what waits, and for Ctrl-L")
  func resize() {
    let lesson = ScriptedLesson.everything()
    let script =
      ScriptedTerminal.keys("⏎⏎") + [.resize(width: 44, height: 12)] + ScriptedTerminal.keys("   ")
      + [.input(.key(.control("l")))] + ScriptedTerminal.keys("q")
    let terminal = ScriptedTerminal(script, width: 100, height: 12)
    _ = sit(terminal, lesson)  // the screen says when a line is wider than 44
    #expect(terminal.settings.width == 44)
    #expect(terminal.answers.count > 6)
  }

  // MARK: - Coming back

  @Test("it begins where the learner stopped, and says so")
  func resumes() {
    let lesson = ScriptedLesson.everything(events: [.place(id: "bad", number: 3, of: 9)])
    let (terminal, ending) = sit("q", lesson: lesson)
    #expect(ending == .left(step: 3))
    #expect(terminal.answers[0].contains("You stopped before step 3 of 5, in “表と見出し 🎉”."))
    #expect(terminal.answers[0].contains("let wrong = 0.31"))
    let back = sit("0q", lesson: .everything(events: [.place(id: "bad", number: 3, of: 9)]))
    #expect(back.terminal.answers[1].contains("let scale"))
  }

  @Test("a stop that an edit took away is looked for by how far along it was")
  func resumesElsewhere() {
    // The fourth of eight was half way minus one: of nine stops now the fourth, step 3.
    let lesson = ScriptedLesson.everything(events: [.place(id: "gone", number: 4, of: 8)])
    let (terminal, _) = sit("q", lesson: lesson)
    #expect(terminal.answers[0].contains("let wrong = 0.31"))
  }

  @Test("a chapter that was read to its end begins at its start")
  func finishedBefore() {
    let events: [LearnerEvent] = [.place(id: "end", number: 9, of: 9), .finished]
    let (terminal, _) = sit("q", lesson: .everything(events: events))
    #expect(terminal.answers[0].contains("You have read this chapter to its end."))
    #expect(terminal.answers[0].contains("let scale"))
  }

  @Test("the end of input ends the session; a chapter without steps is read to its end")
  func endings() {
    #expect(sit("").ending == .endOfInput)
    let chapter = Fixture.chapter("Only words.")
    let lesson = ScriptedLesson(chapter, Fixture.result(chapter))
    let (terminal, ending) = sit("⏎", lesson: lesson)
    #expect(ending == .finished)
    #expect(terminal.screen.lines.joined().contains("Only words."))
    #expect(lesson.events == [.place(id: "end", number: 1, of: 1), .finished])
  }

  // MARK: - Time

  @Test("while a step takes long, the bottom line counts its seconds; a quick one is not disturbed")
  func waiting() {
    let lesson = ScriptedLesson.everything()
    lesson.delays = [0.1, 0.4, 12]
    let (terminal, _) = sit("⏎q", lesson: lesson)
    #expect(!terminal.answers[1].contains("0.1 s"))
    #expect(terminal.answers[1].contains("running grid · 0.4 s"))
    #expect(terminal.answers[1].contains("running grid · 12 s"))
    #expect(!terminal.screen.lines.joined().contains("12 s"))
  }

  @Test("the status line tells the time of the sitting")
  func time() {
    let script =
      ScriptedTerminal.keys("⏎") + [.wait(200)] + ScriptedTerminal.keys("mq")
    let (terminal, _) = sit(ScriptedTerminal(script, width: 100), .everything())
    #expect(terminal.bottoms[2].contains("3 min"))
    #expect(terminal.answers[3].contains("3 min today; the chapter takes about 12 min"))
    #expect(terminal.answers[3].contains("You have run 1 of 5 steps and solved 0 of 1 exercises."))
  }
}
