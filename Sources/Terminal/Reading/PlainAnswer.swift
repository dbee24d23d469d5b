public import Course

/// What became of an answer, as text: what `exercise check` prints.
public struct PlainAnswer {
  private let report: AnswerReport
  private let renderer: TerminalRenderer

  /// The words about a report.
  ///
  /// - Parameters:
  ///   - report: What became of the answer.
  ///   - chapter: The exercise's chapter.
  ///   - settings: Width and colour.
  public init(_ report: AnswerReport, chapter: Chapter, settings: TerminalSettings) {
    self.report = report
    renderer = TerminalRenderer(chapter: chapter, outcomes: NothingRan(), settings: settings)
  }

  /// The text, ended by a line end; no line is longer than the settings' width.
  public func text() -> String {
    PlainText.of(AnswerWords(report: report, renderer: renderer).lines(), renderer)
  }
}

/// One hint of an exercise, as text: what `exercise hint` prints.
public struct PlainHint {
  private let number: Int
  private let exercise: Exercise
  private let renderer: TerminalRenderer

  /// A hint.
  ///
  /// - Parameters:
  ///   - number: Which one, counted from 1 and at most as many as there are.
  ///   - exercise: The exercise.
  ///   - chapter: Its chapter.
  ///   - settings: Width and colour.
  public init(
    _ number: Int, of exercise: Exercise, in chapter: Chapter, settings: TerminalSettings
  ) {
    self.number = number
    self.exercise = exercise
    renderer = TerminalRenderer(chapter: chapter, outcomes: NothingRan(), settings: settings)
  }

  /// The text, ended by a line end.
  public func text() -> String {
    let hint = exercise.hints[number - 1]
    let head = StyledLine("Hint \(number) of \(exercise.hints.count)", .accent)
    return PlainText.of(
      [head] + renderer.lines(of: hint.blocks, width: renderer.measure), renderer)
  }
}

/// Lines in the margin that all text has, without empty ones at either end.
private enum PlainText {
  static func of(_ lines: [StyledLine], _ renderer: TerminalRenderer) -> String {
    var lines = lines[...]
    while lines.first?.spans.isEmpty == true { lines.removeFirst() }
    while lines.last?.spans.isEmpty == true { lines.removeLast() }
    return renderer.inMargin(Array(lines)).map {
      $0.text(usesColor: renderer.settings.usesColor) + "\n"
    }.joined()
  }
}
