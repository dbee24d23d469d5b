import Course
import StepRecords

/// Turns a chapter's blocks into lines that fit a terminal: pure, whatever happened or did not.
struct TerminalRenderer {
  let chapter: Chapter
  let outcomes: any StepOutcomes
  let settings: TerminalSettings
  /// Exercises by the line of their heading.
  let exercises: [Int: ExerciseSpan]

  /// The margin before all text.
  static let indent = 2

  init(chapter: Chapter, outcomes: any StepOutcomes, settings: TerminalSettings) {
    self.init(
      chapter: chapter, outcomes: outcomes, settings: settings,
      exercises: ExerciseSpan.spans(in: chapter.blocks, steps: chapter.steps))
  }

  private init(
    chapter: Chapter, outcomes: any StepOutcomes, settings: TerminalSettings,
    exercises: [Int: ExerciseSpan]
  ) {
    self.chapter = chapter
    self.outcomes = outcomes
    self.settings = settings
    self.exercises = exercises
  }

  /// The same chapter in a terminal of another size.
  func resized(_ settings: TerminalSettings) -> TerminalRenderer {
    TerminalRenderer(
      chapter: chapter, outcomes: outcomes, settings: settings, exercises: exercises)
  }

  /// Columns of running text, margin not counted: 72 with it at most.
  var measure: Int { min(settings.width, 72) - Self.indent }

  /// The chapter's name, its question and how long it takes.
  func title() -> [StyledLine] {
    let front = chapter.frontMatter
    var lines: [StyledLine] = [StyledLine()]
    let minutes = front.minutes > 0 ? "\(front.minutes) min" : ""
    let over = [front.part, minutes].filter { !$0.isEmpty }.joined(separator: " · ")
    if !over.isEmpty { lines += wrapped([Span(over, .dim)], width: measure) }
    let name = front.title.isEmpty ? chapter.id : front.title
    lines += heading(level: 1, [Span(name)], width: measure)
    if !front.question.isEmpty { lines += wrapped([Span(front.question, .italic)], width: measure) }
    return lines.map { $0.indented(by: Self.indent) } + [StyledLine()]
  }

  /// The body's blocks, without a first heading that only repeats the title.
  var body: [Block] {
    guard case .heading(level: 1, _, _)? = chapter.blocks.first?.kind else { return chapter.blocks }
    return Array(chapter.blocks.dropFirst())
  }

  /// Blocks in the margin, each followed by an empty line.
  func page(_ blocks: [Block]) -> [StyledLine] {
    inMargin(lines(of: blocks, width: measure))
  }

  /// Blocks in a width, each followed by an empty line.
  func lines(of blocks: [Block], width: Int) -> [StyledLine] {
    var result: [StyledLine] = []
    var index = 0
    while index < blocks.count {
      let block = blocks[index]
      var lines: [StyledLine]
      if case .step(let step) = block.kind {
        var expectedOutput: String?
        if index + 1 < blocks.count, case .output(let text) = blocks[index + 1].kind {
          expectedOutput = text
          index += 1
        }
        lines = self.step(step, expectedOutput: expectedOutput, width: width)
      } else {
        lines = self.lines(of: block, width: width)
      }
      if let exercise = exercises[block.line], case .heading(let level, _, let inlines) = block.kind
      {
        let number = Span("\(exercise.number)  ", .accent)
        lines = heading(level: level, [number] + spans(inlines), width: width)
      }
      if !lines.isEmpty { result += lines + [StyledLine()] }
      index += 1
    }
    return result
  }

  private func lines(of block: Block, width: Int) -> [StyledLine] {
    switch block.kind {
    case .heading(let level, _, let inlines):
      heading(level: level, spans(inlines), width: width)
    case .paragraph(let inlines):
      wrapped(spans(inlines), width: width)
    case .quote(let inside):
      inner(inside, width: width, prefix: Span("▏ ", .dim))
    case .list(let start, let isTight, let items):
      list(start: start, isTight: isTight, items: items, width: width)
    case .code(_, let text):
      bar([Span(text.hasSuffix("\n") ? String(text.dropLast()) : text)], width: width)
    case .html(let raw):
      html(raw, width: width)
    case .rule:
      [StyledLine(String(repeating: "─", count: min(12, width)), .dim)]
    case .math(let tex):
      wrapped([Span(UnicodeMath.render(tex: tex))], width: width - 4).map { $0.indented(by: 4) }
    case .table(let alignments, let header, let rows):
      ColumnTable(
        alignments: alignments.map(Self.alignment), header: header.map { spans($0) },
        rows: rows.map { $0.map { spans($0) } }
      ).lines(width: width)
    case .details(let summary, let inside):
      wrapped([Span("▾ ", .accent)] + spans(summary, .bold), width: width)
        + inner(inside, width: width, prefix: Span("  "))
    case .step(let index):
      step(index, expectedOutput: nil, width: width)
    case .output(let text):
      output(text, caption: "prints", width: width)
    case .predict(let name):
      wrapped([Span("Before you look: what will \(name) be?", .italic)], width: width)
    case .claim(let id, let source, let inside):
      claimStart(source: source, width: width) + inner(inside, width: width, prefix: Span("  "))
        + [StyledLine()]
        + claimVerdict(id: id, width: max(4, width - 2)).map { $0.indented(by: 2) }
    case .audience(let personas, let inside):
      wrapped([Span("For \(personas.joined(separator: ", ")):", .dim)], width: width)
        + inner(inside, width: width, prefix: Span(""))
    }
  }

  /// Blocks inside another, without the empty line at their end.
  private func inner(_ blocks: [Block], width: Int, prefix: Span) -> [StyledLine] {
    var lines = lines(of: blocks, width: max(4, width - DisplayWidth.of(prefix.text)))
    if lines.last?.spans.isEmpty == true { lines.removeLast() }
    return lines.map { $0.indented(by: prefix) }
  }

  /// A heading, underlined at the first two levels.
  func heading(level: Int, _ spans: [Span], width: Int) -> [StyledLine] {
    let lines = wrapped(spans.map { Span($0.text, $0.style.adding(.bold)) }, width: width)
    guard level <= 3 else { return lines }
    let longest = lines.map(\.width).max() ?? 0
    return lines + [StyledLine(String(repeating: "─", count: longest), .dim)]
  }

  private func list(start: Int?, isTight: Bool, items: [[Block]], width: Int) -> [StyledLine] {
    if let sources = sources(items, width: width) { return sources }
    let last = (start ?? 0).addingReportingOverflow(items.count).partialValue
    let markerWidth = start == nil ? 2 : String(last).count + 2
    var lines: [StyledLine] = []
    for (index, item) in items.enumerated() {
      let marker = start.map { "\($0.addingReportingOverflow(index).partialValue). " } ?? "• "
      var inside = inner(item, width: max(4, width - markerWidth), prefix: Span(""))
      if isTight { inside.removeAll { $0.spans.isEmpty } }
      if inside.isEmpty { inside = [StyledLine()] }
      let first = Span(marker.padded(to: markerWidth), .dim)
      lines.append(StyledLine([first] + inside[0].spans))
      lines += inside.dropFirst().map { $0.indented(by: markerWidth) }
      if !isTight, index + 1 < items.count { lines.append(StyledLine()) }
    }
    return lines
  }

  /// What a claim opens with.
  func claimStart(source: String, width: Int) -> [StyledLine] {
    wrapped([Span(source.isEmpty ? "A claim" : "A claim from \(source)", .dim)], width: width)
  }

  /// What a claim ends with: the word the numbers gave.
  func claimVerdict(id: String, width: Int) -> [StyledLine] {
    let step = chapter.steps.last { $0.role == .claim(id) }
    let words = step.flatMap { StepWords.verdict(of: outcomes.outcome(ofStep: $0.id)) }
    return wrapped([Span("Verdict: "), Span(words ?? "not computed yet", .bold)], width: width)
  }

  /// Text in a width.
  func wrapped(_ spans: [Span], width: Int) -> [StyledLine] {
    LineWrapper(width: width).lines(spans)
  }

  private static func alignment(_ alignment: Block.ColumnAlignment) -> ColumnTable.Alignment {
    switch alignment {
    case .natural, .left: .left
    case .center: .center
    case .right: .right
    }
  }
}
