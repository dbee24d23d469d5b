import Course

/// Contents and search.
extension Stepper {
  /// The chapter's sections, steps and exercises, with what is done of them.
  mutating func showContents() {
    let (places, progress, changed) = (places.all, progress, changed)
    // After a stop without a name the reader is at the last place before it.
    let here = position
    let current = places.lastIndex { $0.stretch <= here }
    let title = chapter.frontMatter.title
    let names = places.filter { $0.kind != .section }.map { DisplayWidth.of($0.title) }
    show(lines: { renderer in
      let width = renderer.measure
      let column = min(names.max() ?? 0, width / 2)
      var lines = title.isEmpty ? [] : renderer.wrapped([Span(title, .bold)], width: width)
      for (index, place) in places.enumerated() {
        var words: [String] = []
        switch place.kind {
        case .section: break
        case .step:
          if progress.ran.contains(place.name) { words.append("✓") }
          if changed.contains(place.name) { words.append("what if") }
        case .exercise:
          if progress.solved.contains(place.name) {
            words.append("✓ solved")
          } else if let tried = progress.tried[place.name] {
            words.append("\(tried.passed) of \(tried.of) checks")
          }
        }
        if index == current { words.append("you are here") }
        switch place.kind {
        case .section:
          let mark = words.isEmpty ? "" : "  " + words.joined(separator: " · ")
          lines += renderer.wrapped([Span(place.title, .bold), Span(mark, .dim)], width: width)
        case .step(let number):
          lines.append(Self.entry("\(number)", place.title, words, column: column, width: width))
        case .exercise(let number):
          lines.append(Self.entry("e\(number)", place.title, words, column: column, width: width))
        }
      }
      return lines
    })
  }

  /// A step or an exercise: its number, its name, what is done of it.
  private static func entry(
    _ number: String, _ title: String, _ words: [String], column: Int, width: Int
  ) -> StyledLine {
    let mark = words.joined(separator: " · ").fitted(to: width - 14)
    let room = min(column, width - 8 - DisplayWidth.of(mark))
    return StyledLine([
      Span(number.padded(to: 4, isRight: true) + "  ", .dim),
      Span(title.fitted(to: room).padded(to: room)), Span(mark.isEmpty ? "" : "  " + mark, .dim),
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
