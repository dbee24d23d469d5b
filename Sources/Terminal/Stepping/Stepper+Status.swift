import Course

extension Stepper {
  /// The line at the bottom, as it is now.
  var status: StatusLine {
    var line = StatusLine()
    line.chapter = chapter.id
    line.seconds = seconds
    line.mark = changed.isEmpty ? "" : "what if: \(changed.joined(separator: ", "))"
    line.place = place
    line.keys = keys
    return line
  }

  private var place: String {
    switch stretch.stop {
    case .exercise(let number):
      let count = exercises.count
      return count > 1 ? "exercise \(number) of \(count)" : "exercise"
    case .end: return "the end"
    case .step, .section:
      return stepNumber > 0 ? "step \(stepNumber) of \(itinerary.stepCount)" : ""
    }
  }

  private var keys: [StatusLine.Key] {
    let help = StatusLine.Key("h", "help")
    if !pager.isEmpty {
      return [.init(console.isLive ? "Space" : "Enter", "more"), .init("b", "back"), help]
    }
    switch stretch.stop {
    case .step:
      if question != nil {
        return [.init("a guess,", "or Enter"), .init("b", "back"), help, .init("q", "quit")]
      }
      let second = lastRun == nil ? StatusLine.Key("t", "contents") : .init("w", "what if")
      return [.init("Enter", "runs it"), .init("b", "back"), second, help]
    case .exercise:
      guard let exercise else { return [.init("Enter", "goes on"), help] }
      if progress.solved.contains(exercise.name) {
        return [.init("Enter", "goes on"), .init("e", "edit"), .init("a", "solution"), help]
      }
      let hints = exercise.hints.count
      let third: StatusLine.Key =
        givenHints < hints
        ? .init("i", "hint \(givenHints + 1) of \(hints)") : .init("a", "solution")
      return [.init("e", "edit"), third, .init("Enter", "goes on"), help]
    case .section:
      let second: StatusLine.Key =
        openedFolds < stretch.folds.count ? .init("f", "opens a part") : .init("t", "contents")
      return [.init("Enter", "goes on"), .init("b", "back"), second, help]
    case .end:
      return [.init("Enter", "leaves"), .init("b", "back"), .init("s", "scores"), help]
    }
  }

  // MARK: - Tables on request

  mutating func showHelp() {
    let rows = ReaderCommand.keys.map { [[Span($0.keys, .bold)], [Span($0.words)]] }
    show(table: ColumnTable(alignments: [.left, .left], header: [], rows: rows))
  }

  mutating func showScores() {
    let guesses = lesson.guesses
    guard !guesses.isEmpty else {
      say("No guesses yet; chapters ask for one before some steps.")
      return
    }
    show(table: ScoreWords.table(guesses))
  }

  /// The numbers of this part that a step proves, with the value in full.
  mutating func showValues() {
    let numbers = stretch.blocks.flatMap { block in
      BlockWalk.inlines(of: [block]).compactMap { inline -> ProvenNumber? in
        guard case .proven(let number) = inline else { return nil }
        return number
      }
    }
    guard !numbers.isEmpty else {
      say("No number of this part comes from a step.")
      return
    }
    let check = ProvenNumberCheck(
      chapter: chapter, outcomes: chapter.steps.compactMap { lesson.outcome(ofStep: $0.id) })
    let rows = numbers.map { number -> [[Span]] in
      var value = "not run yet"
      var step = ""
      switch check.resolution(of: number) {
      case .value(let index, let recorded, let unit):
        value = recorded.text + (unit.map { $0 == "%" ? "" : " \($0)" } ?? "")
        step = chapter.steps[index].id
      case .notRun(let index): step = chapter.steps[index].id
      case .ambiguous(let index, let values):
        value = values.map(\.text).joined(separator: ", ")
        step = chapter.steps[index].id
      case .unknown: value = "unknown"
      }
      return [
        [Span(number.text)], [Span(TerminalRenderer.oneLine(number.target), .dim)], [Span(value)],
        [Span(step, .dim)],
      ]
    }
    show(
      table: ColumnTable(
        alignments: [.right, .left, .left, .left],
        header: ["here", "value", "in full", "step"].map { [Span($0)] }, rows: rows))
  }

  mutating func showPlace() {
    let front = chapter.frontMatter
    var sentences = [front.title.isEmpty ? chapter.id : front.title]
    if itinerary.stepCount > 0 {
      sentences.append("step \(stepNumber) of \(itinerary.stepCount)")
    }
    if let section = stretch.section { sentences.append("in “\(section.title)”") }
    let time = StatusLine.time(seconds)
    var about = time.isEmpty ? "Less than a minute today" : "\(time) today"
    if front.minutes > 0 { about += "; the chapter takes about \(front.minutes) min" }
    let steps = itinerary.stretches.compactMap(\.step).map { chapter.steps[$0].id }
    let ran = steps.count { progress.ran.contains($0) }
    var done = "You have run \(ran) of \(steps.count) steps"
    if !exercises.isEmpty {
      let solved = exercises.count { progress.solved.contains($0.name) }
      done += " and solved \(solved) of \(exercises.count) exercises"
    }
    var text = "\(sentences.joined(separator: ", ")). \(about). \(done)."
    if !changed.isEmpty { text += " Changed: \(changed.joined(separator: ", "))." }
    show(lines: { $0.wrapped([Span(text)], width: $0.measure) })
  }

  /// Shows lines with air around them, before what waits.
  mutating func show(lines: @escaping (TerminalRenderer) -> [StyledLine]) {
    pager.addFirst { renderer in
      [StyledLine()] + renderer.inMargin(lines(renderer)) + [StyledLine()]
    }
  }

  mutating func show(table: ColumnTable) {
    show(lines: { table.lines(width: $0.measure) })
  }
}
