import Course
import StepRecords

extension ChapterRenderer {
  /// A run of inlines.
  func inlines(_ inlines: [Inline]) -> String {
    inlines.indices.map { place in
      guard case .citation(let id) = inlines[place] else { return inline(inlines[place]) }
      // Sources cited together stand in one pair of brackets, which the style draws.
      return citation(
        id, follows: place > 0 && inlines[place - 1].isCitation,
        isFollowed: place + 1 < inlines.count && inlines[place + 1].isCitation)
    }.joined()
  }

  private func inline(_ inline: Inline) -> String {
    switch inline {
    case .text(let text): HTMLText.escaped(text)
    case .softBreak: "\n"
    case .lineBreak: "<br>\n"
    case .code(let code): "<code>\(HTMLText.words(of: code))</code>"
    case .emphasis(let inside): "<em>\(inlines(inside))</em>"
    case .strong(let inside): "<strong>\(inlines(inside))</strong>"
    case .link(let destination, let title, let inside):
      link(to: destination, title: title, inside)
    case .image(let source, let title, let inside):
      image(source, title: title, inside)
    case .html(let raw): raw.hasPrefix("<!--") ? "" : HTMLText.escaped(raw)
    case .math(let tex): MathML.render(tex: HTMLText.legible(tex), display: false)
    case .proven(let number): proven(number)
    case .citation(let id): citation(id, follows: false, isFollowed: false)
    }
  }

  private func link(to destination: String, title: String, _ inside: [Inline]) -> String {
    let address = site.address(of: destination, in: chapter, root: root, here: here)
    guard let address else {
      return "<span class=\"refused\"\(HTMLText.attribute("data-destination", destination))>"
        + "\(inlines(inside))</span>"
    }
    return "<a\(HTMLText.attribute("href", address))"
      + "\(HTMLText.attribute("title", title.isEmpty ? nil : title))>\(inlines(inside))</a>"
      + footnotes.mark(after: address)
  }

  private func image(_ source: String, title: String, _ inside: [Inline]) -> String {
    let alternative = Inline.plainText(of: inside)
    guard let path = site.imagePath(of: source, in: chapter) else {
      // Not a file of the course: nothing is loaded from elsewhere, the reader may follow it.
      return link(to: source, title: title, inside.isEmpty ? [.text(source)] : inside)
    }
    return "<img\(HTMLText.attribute("src", root + path))"
      + " alt=\"\(HTMLText.escaped(alternative))\""
      + "\(HTMLText.attribute("title", title.isEmpty ? nil : title))>"
  }

  private func citation(_ id: String, follows: Bool, isFollowed: Bool) -> String {
    guard let source = site.content.bibliography?[id] else {
      return "<span class=\"citation\">[\(HTMLText.escaped(id))]</span>"
    }
    let anchor = LinkDestination.encoded(name: SiteMap.sourceAnchor(id))
    let address = "\(root)\(SiteMap.bibliographyPath)#\(anchor)"
    let place = (follows ? " more" : "") + (isFollowed ? " open" : "")
    return "<a class=\"citation\(place)\"\(HTMLText.attribute("href", address))"
      + "\(HTMLText.attribute("data-note", CitationText.full(source)))>"
      + "\(HTMLText.escaped(CitationText.short(source)))</a>"
  }

  /// A number that a step proves: text that leads to its line, and a note that says how exact it is.
  private func proven(_ number: ProvenNumber) -> String {
    let text = HTMLText.escaped(number.text)
    let place: Int
    let words: String
    var name = "proven"
    switch numbers.resolution(of: number) {
    case .value(let step, let value, let unit):
      place = step
      let holds = numbers.judgement(of: number)?.held ?? false
      if !holds { name = "proven wrong" }
      words = note(on: number, step: step, value: value, unit: unit, holds: holds)
    case .notRun(let step):
      place = step
      name = "proven unproven"
      words = "Step \(stepName(step)) computes \(number.target); it has not run."
    case .ambiguous(let step, _):
      place = step
      name = "proven wrong"
      words = "Step \(stepName(step)) has several values named \(number.target)."
    case .unknown:
      return "<span class=\"proven wrong\" tabindex=\"0\" data-note=\"No step has a value named "
        + "\(HTMLText.escaped(number.target)).\">\(text)</span>"
    }
    guard let anchor = anchor(of: number.target, inStep: place) else { return text }
    return "<a class=\"\(name)\""
      + HTMLText.attribute("href", "\(here)#\(LinkDestination.encoded(name: anchor))")
      + "\(HTMLText.attribute("data-note", words))>\(text)</a>"
  }

  /// What stands beside a proven number when a reader asks: its name, its value, its step, how exact.
  private func note(
    on number: ProvenNumber, step: Int, value: RecordedValue, unit: String?, holds: Bool
  ) -> String {
    let shown = Self.oneLine(value.displayText(unit: unit), limit: 60)
    let full = Self.oneLine(value.text, limit: 40)
    let inFull = shown == full ? "" : ", in full \(full)"
    return "\(number.target) is \(shown)\(inFull); "
      + (holds ? Self.exactness(of: number) : "the text says \(number.text), which does not hold")
      + ". Step \(stepName(step))."
  }

  private func stepName(_ step: Int) -> String {
    chapter.steps.indices.contains(step) ? chapter.steps[step].id : ""
  }

  /// The line a value was computed on, or its step where it was shown; nil where there is no such step.
  private func anchor(of target: String, inStep step: Int) -> String? {
    guard stepAnchors.indices.contains(step) else { return nil }
    let judged = outcomes[chapter.steps[step].id]?.expectations.first { $0.expression == target }
    return judged.map { valueAnchor(of: $0, inStep: step) } ?? stepAnchors[step]
  }

  /// How exactly a number is stated, in words.
  private static func exactness(of number: ProvenNumber) -> String {
    switch number.relation {
    case "<"?: return "less than stated"
    case "<="?: return "at most as stated"
    case ">"?: return "more than stated"
    case ">="?: return "at least as stated"
    default: break
    }
    guard let written = WrittenNumber(prose: number.text) else { return "as stated" }
    switch written.precision {
    case .exact: return "exactly as stated"
    case .decimals(let count): return "equal to \(count) decimal\(count == 1 ? "" : "s")"
    case .significant(let count):
      return "equal to \(count) significant digit\(count == 1 ? "" : "s")"
    }
  }
}

extension Inline {
  fileprivate var isCitation: Bool {
    if case .citation = self { return true }
    return false
  }
}
