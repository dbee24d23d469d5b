import Course

extension Stepper {
  /// What stands under an exercise: where its answer goes, and how it stands with it.
  mutating func addExerciseWords() {
    guard let exercise else { return }
    let path = lesson.answerPath(exercise: exercise.name)
    var lines: [[Span]] = []
    if progress.solved.contains(exercise.name) {
      lines.append([Span("✓ You have solved this one.", .bold)])
    } else if let tried = progress.tried[exercise.name] {
      lines.append([Span("Last time \(tried.passed) of \(tried.of) checks passed.")])
    }
    if exercise.stub != nil, !path.isEmpty {
      lines.append([Span("Your answer: ", .dim), Span(path)])
      lines.append([
        Span("e", .bold), Span(" opens it; saving it there or elsewhere checks it.", .dim),
      ])
    }
    pager.add { renderer in
      renderer.inMargin(lines.flatMap { renderer.wrapped($0, width: renderer.measure) })
        + [StyledLine()]
    }
  }

  // MARK: - Answers

  mutating func editAnswer() {
    guard let exercise = answerable else { return }
    console.clear()
    console.work = "checking"
    let lesson = lesson
    let report = console.terminal.lend { lesson.answer(exercise: exercise.name) }
    console.clear()
    guard let report else {
      say("Your file is still the stub; nothing to check yet.")
      return
    }
    show(report)
  }

  mutating func checkAnswer() {
    guard let exercise = answerable else { return }
    check(exercise)
  }

  private mutating func check(_ exercise: Exercise) {
    console.work = "checking"
    show(lesson.check(exercise: exercise.name))
  }

  /// Checks the learner's file when it was saved, from wherever.
  mutating func lookAtAnswer() {
    guard let exercise, exercise.stub != nil, lesson.hasNewAnswer(exercise: exercise.name) else {
      return
    }
    check(exercise)
  }

  private var answerable: Exercise? {
    mutating get {
      guard let exercise else {
        say("There is no exercise at this stop; t lists them.")
        return nil
      }
      guard exercise.stub != nil else {
        say("This exercise is for paper; Enter goes on.")
        return nil
      }
      return exercise
    }
  }

  private mutating func show(_ report: AnswerReport) {
    if case .notTried = report.verdict {
    } else {
      note(.tried(exercise: report.exercise, passed: report.passed, of: report.checkCount))
    }
    if case .solved = report.verdict { note(.solved(exercise: report.exercise)) }
    pager.addFirst { renderer in
      renderer.inMargin(AnswerWords(report: report, renderer: renderer).lines())
    }
  }

  // MARK: - Help with an exercise

  /// Gives one more hint, mildest first; after the last one it begins again.
  mutating func giveHint() {
    guard let exercise else {
      say("Hints are for exercises; h shows the keys.")
      return
    }
    let count = exercise.hints.count
    guard count > 0 else {
      say("There are no hints here; a shows the solution.")
      return
    }
    guard givenHints < count else {
      givenHints = 0
      say("That was the last hint; i begins again, a shows the solution.")
      return
    }
    let hint = exercise.hints[givenHints]
    givenHints += 1
    let number = givenHints
    note(.hint(exercise: exercise.name, number: number))
    // A summary that says more than "Hint" is kept.
    let summary = Inline.plainText(of: hint.summary)
    let isPlain = summary.lowercased().hasPrefix("hint") && summary.count <= 7
    show(lines: { renderer in
      let head = [Span("Hint \(number) of \(count)", .accent)]
      let title = isPlain ? [] : [Span(": ", .accent)] + renderer.spans(hint.summary)
      return renderer.wrapped(head + title, width: renderer.measure)
        + renderer.inside(hint.blocks)
    })
  }

  /// Shows the author's solution; asks once, while the exercise is not solved.
  mutating func showSolution() {
    guard let exercise, let solution = exercise.solution else {
      say(exercise == nil ? "Solutions are for exercises." : "There is no solution here.")
      return
    }
    let isKnown =
      progress.solved.contains(exercise.name) || progress.sawSolution.contains(exercise.name)
    if !isKnown {
      let answer = askLine("show the solution? ›", hint: "y and Enter shows it")
      guard let answer, answer.trimmed.lowercased().hasPrefix("y") else { return }
    }
    note(.sawSolution(exercise: exercise.name))
    show(lines: { renderer in
      renderer.wrapped([Span("The author's solution", .accent)], width: renderer.measure)
        + renderer.solution(solution.blocks)
    })
  }

  /// Opens the next folded part outside exercises.
  mutating func openFold() {
    let folds = stretch.folds
    guard openedFolds < folds.count else {
      say(folds.isEmpty ? "Nothing is folded here." : "Everything here is open.")
      return
    }
    let fold = folds[openedFolds]
    openedFolds += 1
    show(lines: { renderer in
      renderer.wrapped(
        [Span("▾ ", .accent)] + renderer.spans(fold.summary, .bold), width: renderer.measure)
        + renderer.inside(fold.blocks)
    })
  }
}
