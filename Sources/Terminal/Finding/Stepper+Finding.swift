import Course

/// Contents and search.
extension Stepper {
  mutating func showContents() {
    let (places, progress, changed) = (places.all, progress, changed)
    let here = position
    let title = chapter.frontMatter.title
    let names = places.filter { $0.kind != .section }.map { DisplayWidth.of($0.title) }
    show(lines: { renderer in
      let column = min(names.max() ?? 0, renderer.measure / 2)
      let head =
        title.isEmpty ? [] : renderer.wrapped([Span(title, .bold)], width: renderer.measure)
      return head
        + places.flatMap { place -> [StyledLine] in
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
