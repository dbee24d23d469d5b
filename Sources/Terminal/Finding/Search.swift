import Course
import StepRecords

/// Finds words in what a reader has in front of them: prose, code, and the values of steps that ran.
///
/// What a reader has not earned stays hidden: the values of a step that was not run, hints, solutions.
struct Search {
  /// Where words were found.
  struct Hit {
    /// The stretch.
    let stretch: Int
    /// The line's words, and where in them the hit stands, in characters.
    let text: String
    let range: Range<Int>
    /// What kind of text: nothing for prose.
    let kind: String
  }

  private let itinerary: Itinerary
  private let chapter: Chapter
  private let outcomes: any StepOutcomes
  private let ran: Set<String>

  init(
    _ itinerary: Itinerary, chapter: Chapter, outcomes: any StepOutcomes, ran: Set<String>
  ) {
    self.itinerary = itinerary
    self.chapter = chapter
    self.outcomes = outcomes
    self.ran = ran
  }

  /// Every hit in reading order, one for each paragraph, line of code or value; case does not matter.
  func hits(for words: String) -> [Hit] {
    guard !words.isEmpty else { return [] }
    var hits: [Hit] = []
    for (index, stretch) in itinerary.stretches.enumerated() {
      for (text, kind) in texts(of: stretch) {
        guard let found = text.range(of: words) else { continue }
        hits.append(Hit(stretch: index, text: text, range: found, kind: kind))
      }
    }
    return hits
  }

  private func texts(of stretch: Itinerary.Stretch) -> [(text: String, kind: String)] {
    var texts = prose(stretch.blocks).map { ($0, "") }
    let steps = BlockWalk.all(stretch.blocks).compactMap { block -> Int? in
      guard case .step(let index) = block.kind, chapter.steps.indices.contains(index) else {
        return nil
      }
      return index
    }
    for index in steps + (stretch.step.map { [$0] } ?? []) {
      let step = chapter.steps[index]
      let hides = index == stretch.step
      for line in step.code(hidingExpectations: hides).split(whereSeparator: \.isNewline) {
        texts.append((String(line).trimmed, "code"))
      }
      guard ran.contains(step.id), let outcome = outcomes.outcome(ofStep: step.id) else { continue }
      for judged in outcome.expectations {
        texts.append(("\(judged.expression)  \(StepWords.value(of: judged))", "value"))
      }
      for case .shown(let label, let value, let unit) in outcome.results {
        texts.append(("\(label)  \(value.displayText(unit: unit))", "value"))
      }
    }
    return texts
  }

  private func prose(_ blocks: [Block]) -> [String] {
    BlockWalk.all(blocks).flatMap { block -> [String] in
      switch block.kind {
      case .heading(_, _, let inlines), .paragraph(let inlines): [Self.text(inlines)]
      case .table(_, let header, let rows):
        ([header] + rows).map { row in row.map(Self.text).joined(separator: "  ") }
      case .math(let tex): [UnicodeMath.render(tex: tex)]
      case .code(_, let text): text.split(whereSeparator: \.isNewline).map(String.init)
      default: []
      }
    }
  }

  private static func text(_ inlines: [Inline]) -> String {
    inlines.map { inline -> String in
      switch inline {
      case .math(let tex): UnicodeMath.render(tex: tex)
      case .emphasis(let inside), .strong(let inside), .link(_, _, let inside): text(inside)
      default: Inline.plainText(of: [inline])
      }
    }.joined()
  }
}

extension String {
  /// Where words stand first, in characters, whatever their case.
  fileprivate func range(of words: String) -> Range<Int>? {
    let text = map { $0.lowercased() }
    let wanted = words.map { $0.lowercased() }
    guard !wanted.isEmpty, text.count >= wanted.count else { return nil }
    for start in 0...(text.count - wanted.count)
    where text[start] == wanted[0] && text[start..<start + wanted.count].elementsEqual(wanted) {
      return start..<start + wanted.count
    }
    return nil
  }
}

extension Step {
  /// Its code; without expectations where a reader should not see them yet.
  func code(hidingExpectations isHidden: Bool) -> String {
    guard isHidden else { return code }
    let bytes = Array(code.utf8)
    var kept: [UInt8] = []
    for (place, byte) in bytes.enumerated()
    where !expectations.contains(where: { $0.comment.contains(place) }) {
      kept.append(byte)
    }
    return String(decoding: kept, as: UTF8.self)
  }
}
