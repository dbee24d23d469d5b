public import Course

/// How a reader left a chapter.
public enum StepperEnding: Hashable, Sendable {
  /// Read to the end.
  case finished
  /// Left with `q`, at this step (counted from 1; 0 before the first).
  case left(step: Int)
  /// The input ended.
  case endOfInput
  /// Ctrl-C or SIGTERM.
  case interrupted
}

/// The interactive reader: prose, then one step at a time, nothing ever cleared.
///
/// At a step the code stands without its expectations; Enter runs it and shows what it computed.
/// Predictions are asked first. At an exercise the learner's file is edited and checked. It begins where
/// the lesson's events say the learner stopped, and notes every event at once, so that nothing is lost
/// however it ends. All input and output go through a `StepperTerminal`, so that a test can hold the
/// keys.
public struct Stepper {
  let chapter: Chapter
  let lesson: any Lesson
  let console: Console
  let itinerary: Itinerary
  let exercises: [Exercise]
  let places: Places
  let next: String?
  private let typesetter: TerminalRenderer
  private let start: Double

  var progress: LearnerProgress
  var pager = Pager()
  var position = 0
  /// Whether this sitting came to the end of the chapter.
  var hasFinished = false
  /// How many folds of the stretch are open, and how many hints of its exercise were given.
  var openedFolds = 0
  var givenHints = 0
  /// How it ended while a line was asked for.
  var ending: StepperEnding?
  /// What was guessed for the step at this stop so far; empty for no guess.
  var guesses: [String] = []
  /// Whether the reader wants keys at a question that takes any word.
  var hasDeclined = false
  /// The last step that was run here.
  var lastRun: String?
  /// Steps that run with the learner's code.
  var changed: [String]
  var hits: (list: [Search.Hit], next: Int) = ([], 0)
  /// Words that stand in for the status line until the next key.
  var notice: String?

  /// A reader of one chapter.
  ///
  /// - Parameters:
  ///   - chapter: What is read; its blocks already chosen for a persona.
  ///   - lesson: Runs steps, checks answers, and remembers.
  ///   - terminal: Where the reader sits.
  ///   - next: The chapter to read afterwards, named at the end.
  public init(
    chapter: Chapter, lesson: any Lesson, terminal: any StepperTerminal, next: String? = nil
  ) {
    self.chapter = chapter
    self.lesson = lesson
    self.next = next
    console = Console(terminal)
    start = terminal.seconds
    typesetter = TerminalRenderer(
      chapter: chapter, outcomes: LessonOutcomes(lesson: lesson), settings: terminal.settings)
    itinerary = Itinerary(
      typesetter.body, steps: chapter.steps, exercises: typesetter.exercises)
    exercises = Exercise.all(in: chapter)
    places = Places(itinerary, chapter: chapter, exercises: exercises)
    progress = LearnerProgress(lesson.events)
    changed = []
  }

  /// How many steps the reader stops at: those of the program, not the variants inside exercises.
  public var stepCount: Int { itinerary.stepCount }

  /// Reads until the reader leaves.
  ///
  /// - Returns: How it ended; at the end of the chapter, or after it, that it was read.
  public mutating func run() -> StepperEnding {
    let terminal = console.terminal
    terminal.begin()
    let console = console
    lesson.whileWaiting = { seconds in
      guard seconds >= 0.15 else { return }
      let words = "─ \(console.work) · \(SecondsText.of(seconds))"
      console.setBottom(StyledLine(words.fitted(to: console.settings.width - 1), .dim))
    }
    defer {
      lesson.whileWaiting = nil
      console.clear()
      terminal.end()
    }
    findChanges()
    open()
    while true {
      flush()
      if let ending = turn() { return ending }
    }
  }

  // MARK: - What there is

  var renderer: TerminalRenderer {
    typesetter.settings == console.settings ? typesetter : typesetter.resized(console.settings)
  }

  var stretch: Itinerary.Stretch { itinerary.stretches[position] }

  var stepNumber: Int { itinerary.stepNumber(at: position) }

  /// Seconds of this sitting.
  var seconds: Double { console.terminal.seconds - start }

  /// The exercise at this stop.
  var exercise: Exercise? {
    guard case .exercise(let number) = stretch.stop else { return nil }
    return exercises.first { $0.number == number }
  }

  /// The next value to guess at this stop; nil where there is none, or its step was run before.
  var question: String? {
    guard case .step(let index, _, let predictions) = stretch.stop,
      guesses.count < predictions.count, !hasDeclined, !progress.ran.contains(chapter.steps[index].id)
    else { return nil }
    return predictions[guesses.count]
  }

  // MARK: - What happens

  /// Notes an event, here and in the journal.
  mutating func note(_ event: LearnerEvent) {
    progress.take(event)
    lesson.note(event)
  }

  /// Shows what waits, as much as the screen holds.
  private mutating func flush() {
    console.print(pager.page(renderer))
  }

  /// Says something short: in place of the status line, or, where there is none, on a line.
  mutating func say(_ words: String) {
    if console.isLive {
      notice = words
    } else {
      show([Span(words, .dim)])
    }
  }

  /// Shows a paragraph at once, before what waits.
  mutating func show(_ spans: [Span]) {
    pager.addFirst { $0.inMargin($0.wrapped(spans, width: $0.measure)) }
  }

  /// One wait for the reader and what it leads to.
  private mutating func turn() -> StepperEnding? {
    switch ask() {
    case .command(let command):
      notice = nil
      return obey(command) ?? ending
    case .nothing:
      lookAtAnswer()
      return nil
    case .ending(let ending): return ending
    }
  }

  private mutating func obey(_ command: ReaderCommand) -> StepperEnding? {
    switch command {
    case .on:
      if !pager.isEmpty { return nil }
      if case .end = stretch.stop { return .finished }
      goOn()
    case .guess(let text): take(guess: text)
    case .quit: return leave()
    case .back: goBack()
    case .start: go(to: 0)
    case .goTo(let name): goTo(name)
    case .contents: showContents()
    case .search(let words): search(words)
    case .nextHit: goToNextHit()
    case .rerun: rerun()
    case .change(let name): change(name)
    case .restore(let name): restore(name)
    case .values: showValues()
    case .place: showPlace()
    case .scores: showScores()
    case .help: showHelp()
    case .hintOrHelp: exercise == nil ? showHelp() : giveHint()
    case .hint: giveHint()
    case .fold: openFold()
    case .solution: showSolution()
    case .edit: editAnswer()
    case .check: checkAnswer()
    case .redraw: redraw()
    case .unknown(let key): say("\(key) is no key here; h shows the keys.")
    }
    return nil
  }

  /// How it ends when the reader leaves now.
  private func leave() -> StepperEnding {
    guard !hasFinished else { return .finished }
    let words = Span("Your place is kept: nibble learn \(chapter.id) goes on from here.", .dim)
    let renderer = renderer
    console.print(renderer.inMargin(renderer.wrapped([words], width: renderer.measure)))
    return .left(step: stepNumber)
  }

  // MARK: - Waiting for the reader

  private enum Answer {
    case command(ReaderCommand)
    case nothing
    case ending(StepperEnding)
  }

  /// How often a saved answer is looked for, and the time in the status line renewed.
  private static let patience = (atExercise: 0.2, elsewhere: 20.0)

  private mutating func ask() -> Answer {
    if console.isLive, notice == nil, pager.isEmpty, let question {
      return askGuess(question)
    }
    guard console.isLive else { return askForLine() }
    while true {
      let text = notice.map { "─ \($0)".fitted(to: console.settings.width - 1) }
      console.setBottom(StyledLine(text ?? status.text(width: console.settings.width - 1), .dim))
      let isWatching = exercise != nil && pager.isEmpty
      switch console.terminal.read(
        timeout: isWatching ? Self.patience.atExercise : Self.patience.elsewhere)
      {
      case .key(.control("d")): return ended
      case .key(let key): return .command(ReaderCommand(key))
      case .line(let line): return .command(ReaderCommand(line: line))
      case .changed: console.refresh()
      case .nothing where isWatching: return .nothing
      case .nothing: continue
      case .endOfInput: return ended
      case .interrupted: return .ending(.interrupted)
      }
    }
  }

  private var ended: Answer { .ending(hasFinished ? .finished : .endOfInput) }

  private mutating func askForLine() -> Answer {
    let prompt = status.text(width: console.settings.width - 2)
    switch console.readLine(prompt: StyledLine(prompt, .dim)) {
    case .line(let line): return .command(command(for: line))
    case .interrupted: return .ending(.interrupted)
    default: return ended
    }
  }

  /// What a line asks for; where a value is to be guessed, what is no command is a guess.
  private func command(for line: String) -> ReaderCommand {
    let command = ReaderCommand(line: line)
    guard pager.isEmpty, question != nil else { return command }
    switch command {
    case .unknown, .on, .start: return .guess(line)
    case .goTo where Int(line.trimmed) != nil: return .guess(line)
    default: return command
    }
  }

  /// A guess is typed where the status line stands; while it is empty, letters are keys, unless the
  /// value may be a word.
  private mutating func askGuess(_ name: String) -> Answer {
    let isNumber = isNumber(name)
    let edit = console.edit(
      prompt: "your guess ›",
      hint: isNumber ? "Enter for none · b back · h help" : "Enter for none · Esc for the keys"
    ) { key in
      switch key {
      case .character(let character):
        return isNumber
          ? character.isNumber || "+-−.~".contains(character) : !" ?/".contains(character)
      case .enter: return true
      case .control("d"): return true
      default: return false
      }
    }
    switch edit {
    case .text(let text): return .command(command(for: text))
    case .cancelled: return .nothing
    case .key(.escape):
      hasDeclined = !isNumber
      return .nothing
    case .key(.left), .key(.backspace): return .command(.back)
    case .key(.character(" ")): return .command(.guess(""))
    case .key(let key): return .command(ReaderCommand(key))
    case .ending(.interrupted): return .ending(.interrupted)
    case .ending: return ended
    }
  }

  /// Whether a value is a number, as far as the chapter tells: anything but a word that is checked.
  func isNumber(_ name: String) -> Bool {
    let outcome = stretch.step.flatMap { lesson.outcome(ofStep: chapter.steps[$0].id) }
    guard let value = Prediction(name: name).value(in: outcome) else { return true }
    return Prediction.number(of: value) != nil
  }
}
