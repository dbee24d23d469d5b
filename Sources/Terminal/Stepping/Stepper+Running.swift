import Course

extension Stepper {
  // MARK: - Guessing

  /// Takes a guess at the next value; when all are guessed, runs the step.
  mutating func take(guess: String) {
    guesses.append(guess.trimmed)
    if question == nil {
      goOn()
    } else {
      addNextQuestion()
    }
  }

  private mutating func addNextQuestion() {
    guard let question else { return }
    show([Span("And "), Span(question, .bold), Span("?")])
  }

  // MARK: - Running

  /// Runs a step and shows what it computed, after a guess how good it was.
  mutating func run(_ step: Step, expectedOutput: String?, predictions: [String]) {
    console.work = "running \(step.id)"
    let outcome = lesson.run(step: step.id, again: false) ?? lesson.outcome(ofStep: step.id)
    if outcome != nil { note(.ran(step: step.id)) }
    lastRun = step.id
    add(outcome, of: step, expectedOutput: expectedOutput)
    for (name, typed) in zip(predictions, guesses) {
      pager.add { _ in [StyledLine()] }
      guard let guess = Guess(typed) else { continue }
      guard let value = Prediction(name: name).value(in: outcome) else {
        addSentence("The step did not compute \(name).")
        continue
      }
      note(.guessed(name: name, guess: guess.text, actual: value.text))
      addSentence(ScoreWords.sentence(guess, name: name, value: value))
    }
    pager.add { _ in [StyledLine()] }
  }

  /// Puts what a step left among what waits.
  private mutating func add(_ outcome: StepOutcome?, of step: Step, expectedOutput: String?) {
    let isChanged = !changed.isEmpty
    pager.add { renderer in
      renderer.inMargin(
        isChanged && outcome != nil
          ? renderer.resultsOfChange(of: step, outcome: outcome, width: renderer.measure)
          : renderer.results(
            of: step, outcome: outcome, expectedOutput: expectedOutput, width: renderer.measure))
    }
  }

  private mutating func addSentence(_ words: String) {
    pager.add { $0.inMargin($0.wrapped([Span(words, .accent)], width: $0.measure)) }
  }

  /// Runs the last step once more, from the start of the program.
  mutating func rerun() {
    guard let id = lastRun ?? lastBefore, let step = chapter.steps.first(where: { $0.id == id })
    else {
      say("No step was run yet.")
      return
    }
    console.work = "running \(id)"
    let outcome = lesson.run(step: id, again: true)
    let head: [Span] = [Span("Again: ", .accent), Span(id, .bold)]
    let left = pager
    pager.clear()
    pager.add { renderer in
      [StyledLine()] + renderer.inMargin(renderer.wrapped(head, width: renderer.measure))
    }
    add(outcome, of: step, expectedOutput: step.expectedOutput?.text)
    pager.add { _ in [StyledLine()] }
    pager.add(left)
  }

  /// The last step before this stop that was run in an earlier sitting.
  private var lastBefore: String? {
    let steps = itinerary.stretches.prefix(position).compactMap(\.step)
    return steps.map { chapter.steps[$0].id }.last { progress.ran.contains($0) }
  }

  // MARK: - What if

  private var stepIDs: [String] {
    itinerary.stretches.compactMap(\.step).map { chapter.steps[$0].id }
  }

  /// Looks which steps run with the learner's own code.
  mutating func findChanges() {
    changed = stepIDs.filter { lesson.changedCode(ofStep: $0) != nil }
  }

  /// Lets the learner change a step, and shows each value beside what it was.
  mutating func change(_ typed: String) {
    let likely = lastRun ?? lastBefore ?? stretch.step.map { chapter.steps[$0].id }
    guard let likely else {
      say("There is no step to change yet.")
      return
    }
    guard let step = askStep(typed, "change step ›", likely: likely, among: stepIDs) else { return }
    console.clear()
    console.work = "running \(step.id)"
    let lesson = lesson
    let report = console.terminal.lend { lesson.change(step: step.id) }
    console.clear()
    if case .ran = report.verdict { note(.changed(step: step.id)) }
    findChanges()
    if case .ran = report.verdict { lastRun = step.id }
    pager.addFirst { renderer in
      renderer.inMargin(ChangeWords(report: report, step: step, renderer: renderer).lines())
    }
  }

  /// Puts a changed step back as the author wrote it.
  mutating func restore(_ typed: String) {
    guard let last = changed.last else {
      say("Nothing is changed.")
      return
    }
    var step = chapter.steps.first { $0.id == last }
    if changed.count > 1 || !typed.isEmpty {
      step = askStep(typed, "put back ›", likely: last, among: changed)
    }
    guard let step else { return }
    lesson.restore(step: step.id)
    note(.restored(step: step.id))
    findChanges()
    say("\(step.id) is as the author wrote it.")
  }

  /// Which step is meant; the likely one stands there to be accepted.
  private mutating func askStep(
    _ typed: String, _ prompt: String, likely: String, among ids: [String]
  ) -> Step? {
    var name = typed
    if name.isEmpty {
      guard
        let answer = askLine(
          console.isLive ? prompt : "\(prompt) (\(likely))", text: console.isLive ? likely : "",
          candidates: ids, hint: "a step's name or number")
      else {
        // Where lines are typed, an empty one accepts.
        return console.isLive ? nil : chapter.steps.first { $0.id == likely }
      }
      name = answer
    }
    let place = places.find(name)
    guard let place, case .step = place.kind, ids.contains(place.name) else {
      say("\(name.trimmed.prefix(30)) is no step to choose here.")
      return nil
    }
    return chapter.steps.first { $0.id == place.name }
  }
}
