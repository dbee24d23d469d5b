import Course

extension Stepper {
  // MARK: - Coming and going

  /// Opens the chapter where the learner stopped.
  mutating func open() {
    pager.add { $0.title() }
    let kept = progress.place
    if let kept, let found = index(of: kept), found > 0, !isEnd(found) {
      position = found
      let words = resumption
      pager.add { renderer in
        renderer.inMargin(renderer.wrapped([Span(words, .accent)], width: renderer.measure))
          + [StyledLine()]
      }
    } else if kept != nil, progress.hasFinished {
      let words = "You have read this chapter to its end. g goes to any part of it."
      pager.add { renderer in
        renderer.inMargin(renderer.wrapped([Span(words, .accent)], width: renderer.measure))
          + [StyledLine()]
      }
    }
    arrive()
  }

  private var resumption: String {
    var place = "You stopped"
    switch stretch.stop {
    case .step: place += " before step \(stepNumber) of \(itinerary.stepCount)"
    case .exercise(let number): place += " at exercise \(number) of \(exercises.count)"
    case .section, .end: place += stepNumber > 0 ? " after step \(stepNumber)" : " here"
    }
    if let section = stretch.section { place += ", in “\(section.title)”" }
    return place + ". b goes back one stop, 0 to the start."
  }

  /// The stop of that id, else the one as far along.
  private func index(of place: (id: String, number: Int, of: Int)) -> Int? {
    if let index = itinerary.stretches.firstIndex(where: { $0.id == place.id }) { return index }
    guard place.of > 0 else { return nil }
    let count = itinerary.stretches.count
    let share = Double(place.number - 1) / Double(place.of)
    return min(count - 1, max(0, Int(share * Double(count))))
  }

  private func isEnd(_ index: Int) -> Bool {
    if case .end = itinerary.stretches[index].stop { return true }
    return false
  }

  /// Comes to the stretch at `position`: what it says waits to be shown.
  mutating func arrive() {
    openedFolds = 0
    givenHints = 0
    guesses = []
    hasDeclined = false
    note(.place(id: stretch.id, number: position + 1, of: itinerary.stretches.count))
    typeset()
    guard case .end = stretch.stop else { return }
    if !hasFinished { note(.finished) }
    hasFinished = true
    let words = closing
    pager.add { $0.inMargin($0.wrapped([Span(words)], width: $0.measure)) }
  }

  /// Puts the stretch at `position` among what waits.
  private mutating func typeset() {
    for piece in stretch.pieces { pager.add { $0.lines(of: piece) } }
    switch stretch.stop {
    case .step(let index, _, _):
      let step = chapter.steps[index]
      let own = changed.contains(step.id) ? lesson.changedCode(ofStep: step.id) : nil
      pager.add { $0.stepBefore(step, changedCode: own) }
      addQuestion()
    case .exercise: addExerciseWords()
    case .section, .end: break
    }
  }

  private mutating func addQuestion() {
    guard let question else {
      addEarlierGuesses()
      return
    }
    let words = [
      Span("What will "), Span(question, .bold),
      Span(
        isNumber(question)
          ? " be? A number, or from..to where you are not sure; Enter for no guess."
          : " be? Type a guess, or Enter for none."),
    ]
    pager.add { $0.inMargin($0.wrapped(words, width: $0.measure)) + [StyledLine()] }
  }

  private mutating func addEarlierGuesses() {
    guard case .step(_, _, let predictions) = stretch.stop else { return }
    for name in predictions {
      guard let guess = progress.guesses[name] else { continue }
      let words = "For \(name) you guessed \(guess)."
      pager.add { renderer in
        renderer.inMargin(renderer.wrapped([Span(words, .dim)], width: renderer.measure))
          + [StyledLine()]
      }
    }
  }

  private var closing: String {
    let title = chapter.frontMatter.title
    var words = "The end of \(title.isEmpty ? chapter.id : title)."
    var held = 0
    var all = 0
    for step in chapter.steps {
      let judged = lesson.outcome(ofStep: step.id)?.expectations ?? []
      held += judged.count(where: \.held)
      all += judged.count
    }
    if all > 0 { words += " \(held) of \(all) values held." }
    if !exercises.isEmpty {
      let solved = exercises.count { progress.solved.contains($0.name) }
      words += " You solved \(solved) of \(exercises.count) exercises."
    }
    let own = lesson.guesses.filter { $0.topic == title }.map(\.score)
    if let scores = ScoreWords.summary(GuessScores(own)) { words += " " + scores }
    if let next { words += " Next: nibble learn \(next)" }
    return words
  }

  // MARK: - Moving

  /// Runs the step at this stop, or leaves the stop.
  mutating func goOn() {
    if question != nil {
      take(guess: "")
      return
    }
    if case .step(let index, let expectedOutput, let predictions) = stretch.stop {
      run(chapter.steps[index], expectedOutput: expectedOutput, predictions: predictions)
    }
    position += 1
    arrive()
  }

  mutating func goBack() {
    guard position > 0 else {
      say("This is the start.")
      return
    }
    go(to: position - 1)
  }

  /// Goes to a stretch and shows it again.
  mutating func go(to index: Int) {
    pager.clear()
    position = index
    let name = "↳ " + itinerary.name(of: index)
    pager.add { renderer in
      [StyledLine()]
        + renderer.inMargin([StyledLine(name.fitted(to: renderer.measure), .dim), StyledLine()])
    }
    arrive()
  }

  mutating func redraw() {
    pager.clear()
    pager.add { _ in [StyledLine()] }
    typeset()
  }

  /// Goes to a place by name or number.
  mutating func goTo(_ typed: String) {
    var name = typed
    if console.isLive || typed.isEmpty {
      let count = itinerary.stepCount
      guard
        let answer = askLine(
          "go to ›", text: typed, candidates: places.names,
          hint: count > 0 ? "1 to \(count), or a name; Tab completes" : "a name; Tab completes")
      else { return }
      name = answer
    }
    if name.trimmed == "0" {
      go(to: 0)
    } else if let place = places.find(name) {
      go(to: place.stretch)
    } else if Int(name.trimmed) != nil {
      say("There are \(itinerary.stepCount) steps.")
    } else {
      say("\(name.trimmed.prefix(30)) is no step, exercise or section here; t lists them.")
    }
  }

  /// A line typed at the bottom; nil when it was given up or left empty.
  mutating func askLine(
    _ prompt: String, text: String = "", candidates: [String] = [], hint: String = ""
  ) -> String? {
    switch console.edit(prompt: prompt, text: text, candidates: candidates, hint: hint) {
    case .text(let line): return line.trimmed.isEmpty ? nil : line
    case .cancelled, .key: return nil
    case .ending(.interrupted):
      ending = .interrupted
      return nil
    case .ending:
      ending = hasFinished ? .finished : .endOfInput
      return nil
    }
  }

  // MARK: - Contents and search

  mutating func showContents() {
    let (places, progress, changed) = (places.all, progress, changed)
    let here = position
    let title = chapter.frontMatter.title
    let names = places.filter { $0.kind != .section }.map { DisplayWidth.of($0.title) }
    show(lines: { renderer in
      let column = min(names.max() ?? 0, renderer.measure / 2)
      let head = title.isEmpty ? [] : renderer.wrapped([Span(title, .bold)], width: renderer.measure)
      return head + places.flatMap { place -> [StyledLine] in
        let isHere = place.stretch == here
        switch place.kind {
        case .section:
          let name = renderer.wrapped([Span(place.title, .bold)], width: renderer.measure)
          return name
        case .step(let number):
          var words = progress.ran.contains(place.name) ? ["✓"] : []
          if changed.contains(place.name) { words.append("what if") }
          if isHere { words.append("you are here") }
          return [Self.entry("\(number)", place.title, words, column: column)]
        case .exercise(let number):
          var words: [String] = []
          if progress.solved.contains(place.name) {
            words.append("✓ solved")
          } else if let tried = progress.tried[place.name] {
            words.append("\(tried.passed) of \(tried.of) checks")
          }
          if isHere { words.append("you are here") }
          return [Self.entry("e\(number)", place.title, words, column: column)]
        }
      }
    })
  }

  private static func entry(
    _ number: String, _ title: String, _ words: [String], column: Int
  ) -> StyledLine {
    StyledLine([
      Span(number.padded(to: 4, isRight: true) + "  ", .dim),
      Span(title.fitted(to: column).padded(to: column)),
      Span("  " + words.joined(separator: " · "), .dim),
    ])
  }

  mutating func search(_ typed: String) {
    var words = typed
    if words.isEmpty {
      guard let answer = askLine("search ›", hint: "words of this chapter") else { return }
      words = answer.trimmed
    }
    let found = Search(
      itinerary, chapter: chapter, outcomes: LessonOutcomes(lesson: lesson), ran: progress.ran
    ).hits(for: words)
    guard !found.isEmpty else {
      say("“\(words.prefix(30))” is nowhere in what you can read of this chapter.")
      return
    }
    // The first hit to go to is the first after this stop.
    hits = (found, found.firstIndex { $0.stretch > position } ?? 0)
    let list = SearchWords(hits: found, itinerary: itinerary)
    show(lines: { list.lines($0) })
    guard console.isLive else { return }
    console.print(pager.page(renderer))
    guard let answer = askLine("hit ›", hint: "its number, n for the next, Enter to stay") else {
      return
    }
    if let number = Int(answer.trimmed), found.indices.contains(number - 1) {
      hits.next = number - 1
      goToNextHit()
    } else if answer.trimmed == "n" {
      goToNextHit()
    } else {
      say("There are \(found.count) hits; n goes to the next.")
    }
  }

  mutating func goToNextHit() {
    guard !hits.list.isEmpty else {
      say("Nothing is searched for yet; / searches.")
      return
    }
    let hit = hits.list[hits.next]
    let number = hits.next + 1
    hits.next = number % hits.list.count
    go(to: hit.stretch)
    let words = "Hit \(number) of \(hits.list.count): "
    let text = TerminalRenderer.oneLine(hit.text)
    pager.addFirst { renderer in
      [StyledLine()]
        + renderer.inMargin([
          StyledLine([Span(words, .accent), Span(text.fitted(to: renderer.measure - words.count))])
        ])
    }
  }
}
