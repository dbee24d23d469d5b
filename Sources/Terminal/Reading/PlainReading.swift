public import Course

/// A whole chapter with its results as plain text: what `learn` prints where nobody can press a key.
public struct PlainReading: Sendable {
  private let chapter: Chapter
  private let result: ChapterResult?
  private let settings: TerminalSettings

  /// A reading of a chapter; without a result its steps are shown as not run.
  public init(chapter: Chapter, result: ChapterResult?, settings: TerminalSettings) {
    self.chapter = chapter
    self.result = result
    self.settings = settings
  }

  /// The text, ended by a line end; no line is longer than the settings' width.
  public func text() -> String {
    let outcomes: any StepOutcomes = result ?? NothingRan()
    let renderer = TerminalRenderer(chapter: chapter, outcomes: outcomes, settings: settings)
    var lines = renderer.title() + renderer.page(renderer.body)
    let summary = StepWords.summary(of: chapter, result: result)
    var closing = renderer.wrapped([Span(summary, .dim)], width: renderer.measure)
    let all = result?.diagnostics ?? []
    let placed = Set(chapter.steps.flatMap { StepWords.diagnostics(of: $0, in: all) })
    for diagnostic in all where !placed.contains(diagnostic) {
      closing += renderer.diagnostic(diagnostic, width: renderer.measure)
    }
    lines += renderer.inMargin(closing)
    return lines.map { $0.text(usesColor: settings.usesColor) + "\n" }.joined()
  }
}
