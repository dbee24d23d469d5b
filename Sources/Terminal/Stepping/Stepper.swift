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
/// At a step the code stands without its expectations; Enter shows what it computed. A prediction is
/// asked first. At an exercise hints and the solution come when asked for. All input and output go
/// through a `StepperTerminal`, so that a test can hold the keys.
public struct Stepper {
  private let chapter: Chapter
  private let outcomes: any StepOutcomes
  private let terminal: any StepperTerminal
  private let renderer: TerminalRenderer
  private let itinerary: Itinerary
  private let next: String?
  private var position = 0
  private var openedFolds = 0

  /// A reader of one chapter.
  ///
  /// - Parameters:
  ///   - chapter: What is read; its blocks already chosen for a persona.
  ///   - outcomes: What happened when it ran.
  ///   - terminal: Where the reader sits.
  ///   - next: The chapter to read afterwards, named at the end.
  public init(
    chapter: Chapter, outcomes: any StepOutcomes, terminal: any StepperTerminal,
    next: String? = nil
  ) {
    self.chapter = chapter
    self.outcomes = outcomes
    self.terminal = terminal
    self.next = next
    renderer = TerminalRenderer(
      chapter: chapter, outcomes: outcomes, settings: terminal.settings)
    itinerary = Itinerary(renderer.body, steps: chapter.steps, exercises: renderer.exercises)
  }

  /// How many steps the reader stops at: those of the program, not the variants inside exercises.
  public var stepCount: Int { itinerary.stepCount }

  /// Reads until the end, or until the reader leaves.
  ///
  /// - Returns: How it ended.
  public mutating func run() -> StepperEnding {
    print(renderer.title())
    var isPrinted = false
    while position < itinerary.stretches.count {
      let stretch = itinerary.stretches[position]
      if !isPrinted {
        openedFolds = 0
        print(stretch)
      }
      if case .end = stretch.stop { break }
      prompt(at: stretch)
      isPrinted = true
      let typed: String
      switch terminal.readLine() {
      case .line(let line): typed = line
      case .endOfInput:
        terminal.write("\n")
        return .endOfInput
      case .interrupted:
        terminal.write("\n")
        return .interrupted
      }
      switch StepperKey(typed) {
      case .quit: return .left(step: stepNumber)
      case .help: print(help(at: stretch))
      case .back:
        position = max(0, position - 1)
        isPrinted = false
      case .goTo(let step) where prediction(at: stretch) == nil:
        guard let found = index(ofStep: step) else {
          say("There are \(itinerary.stepCount) steps.")
          continue
        }
        position = found
        isPrinted = false
      case .fold: openFold(of: stretch)
      case .solution: openSolution(of: stretch)
      case .next, .goTo, .unknown:
        let guess = typed.filter { !$0.isWhitespace }
        if case .unknown = StepperKey(typed), prediction(at: stretch) == nil {
          say("\(typed.prefix(20)) is no key here; h says which there are.")
          continue
        }
        finish(stretch, guess: guess == "n" ? "" : guess)
        position += 1
        isPrinted = false
      }
    }
    print(closing())
    return .finished
  }

  // MARK: - A stretch

  private func print(_ stretch: Itinerary.Stretch) {
    for piece in stretch.pieces {
      switch piece {
      case .block(let block): print(lines(of: block))
      case .claimStart(let source):
        print(inMargin(renderer.claimStart(source: source, width: renderer.measure)))
      case .claimVerdict(let id): print(inMargin([renderer.claimVerdict(id: id)]) + [StyledLine()])
      case .fold(let fold):
        let name = renderer.wrapped(
          [Span("▸ ", .accent)] + renderer.spans(fold.summary), width: renderer.measure)
        print(inMargin(name) + [StyledLine()])
      }
    }
    guard case .step(let index, _, let prediction) = stretch.stop else { return }
    print(
      inMargin(
        renderer.code(of: chapter.steps[index], hidingExpectations: true, width: renderer.measure))
        + [StyledLine()])
    guard let prediction else { return }
    let question = [
      Span("What will "), Span(prediction, .bold),
      Span(" be? Type a guess, or Enter for none."),
    ]
    print(inMargin(renderer.wrapped(question, width: renderer.measure)) + [StyledLine()])
  }

  /// A block; in an exercise the stub and the checks stand without what became of them.
  private func lines(of block: Block) -> [StyledLine] {
    guard case .step(let index) = block.kind, chapter.steps.indices.contains(index) else {
      return renderer.page([block])
    }
    let code = renderer.code(of: chapter.steps[index], width: renderer.measure)
    return inMargin(code) + [StyledLine()]
  }

  /// Shows what a step computed, after a guess how good it was.
  private func finish(_ stretch: Itinerary.Stretch, guess: String) {
    guard case .step(let index, let expectedOutput, let name) = stretch.stop else { return }
    let step = chapter.steps[index]
    var lines = renderer.results(
      of: step, expectedOutput: expectedOutput, width: renderer.measure)
    if let name, !guess.isEmpty {
      let prediction = Prediction(name: name)
      let words =
        prediction.value(in: outcomes.outcome(ofStep: step.id)).map { value in
          prediction.score(of: guess, against: value)
        } ?? "The step did not compute \(name)."
      lines += renderer.wrapped([Span(words, .accent)], width: renderer.measure)
    }
    print(inMargin(lines) + [StyledLine()])
  }

  // MARK: - Folded parts

  private mutating func openFold(of stretch: Itinerary.Stretch) {
    let folds = stretch.folds
    guard openedFolds < folds.count else {
      say(folds.isEmpty ? "Nothing is folded here." : "Everything here is open.")
      return
    }
    openedFolds += 1
    open(folds[openedFolds - 1])
  }

  private func openSolution(of stretch: Itinerary.Stretch) {
    guard let solution = stretch.folds.first(where: \.isSolution) else {
      say("There is no solution here.")
      return
    }
    open(solution)
  }

  private func open(_ fold: Itinerary.Fold) {
    let block = Block(.details(summary: fold.summary, fold.blocks), line: 0)
    print([StyledLine()] + renderer.page([block]))
  }

  // MARK: - Words

  private func prompt(at stretch: Itinerary.Stretch) {
    var place = chapter.id
    var keys = ["Enter goes on"]
    switch stretch.stop {
    case .step:
      place += " · step \(stepNumber) of \(itinerary.stepCount)"
      keys = [prediction(at: stretch) == nil ? "Enter runs it" : "a guess, or Enter"]
    case .exercise(let number): place += " · exercise \(number)"
    case .section, .end:
      if stepNumber > 0 { place += " · step \(stepNumber) of \(itinerary.stepCount)" }
    }
    if openedFolds < stretch.folds.count { keys.append("f unfolds") }
    if stretch.folds.contains(where: \.isSolution) { keys.append("s solution") }
    keys += ["b back", "h help", "q quit"]
    let line = ([place] + keys).joined(separator: " · ").fitted(to: terminal.settings.width - 4)
    // The reader's own Enter ends this line.
    terminal.write(
      StyledLine([Span("─ \(line) ", .dim)]).text(usesColor: terminal.settings.usesColor) + " ")
  }

  private func help(at stretch: Itinerary.Stretch) -> [StyledLine] {
    let keys = [
      ("Enter, n", "goes on; at a step, shows what it computed"),
      ("b, p", "goes back one stop"),
      ("1, 2, …", "goes to that step"),
      ("f", "opens the next folded part: a hint, an answer"),
      ("s", "opens the solution of an exercise"),
      ("h", "shows this"),
      ("q", "leaves; so do Ctrl-D and Ctrl-C"),
    ]
    let table = ColumnTable(
      alignments: [.left, .left], header: [],
      rows: keys.map { [[Span($0.0, .bold)], [Span($0.1)]] })
    return [StyledLine()] + inMargin(table.lines(width: renderer.measure)) + [StyledLine()]
  }

  private func closing() -> [StyledLine] {
    var held = 0
    var all = 0
    for step in chapter.steps {
      let judged = outcomes.outcome(ofStep: step.id)?.expectations ?? []
      held += judged.count(where: \.held)
      all += judged.count
    }
    let title = chapter.frontMatter.title
    var words = "The end of \(title.isEmpty ? chapter.id : title)."
    if all > 0 { words += " \(held) of \(all) values held." }
    if let next { words += " Next: nibble learn \(next)" }
    return inMargin(renderer.wrapped([Span(words, .dim)], width: renderer.measure))
  }

  private func prediction(at stretch: Itinerary.Stretch) -> String? {
    guard case .step(_, _, let prediction) = stretch.stop else { return nil }
    return prediction
  }

  /// The step the reader is at, counted from 1: how many stretches up to here stop at one.
  private var stepNumber: Int {
    itinerary.stretches.prefix(position + 1).count { stretch in
      guard case .step = stretch.stop else { return false }
      return true
    }
  }

  private func index(ofStep number: Int) -> Int? {
    let stops = itinerary.stretches.indices.filter { index in
      guard case .step = itinerary.stretches[index].stop else { return false }
      return true
    }
    return stops.indices.contains(number - 1) ? stops[number - 1] : nil
  }

  // MARK: - Writing

  private func say(_ words: String) {
    print(inMargin(renderer.wrapped([Span(words, .dim)], width: renderer.measure)))
  }

  private func inMargin(_ lines: [StyledLine]) -> [StyledLine] {
    lines.map { $0.indented(by: TerminalRenderer.indent) }
  }

  private func print(_ lines: [StyledLine]) {
    guard !lines.isEmpty else { return }
    terminal.write(
      lines.map { $0.text(usesColor: terminal.settings.usesColor) + "\n" }.joined())
  }
}
