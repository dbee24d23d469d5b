/// What a learner did in a chapter, as a chapter that `nibble verify` can run.
///
/// It holds the steps they saw, with their own changes and their own answers in place of the author's,
/// their guesses beside what the steps computed, and the help they took. It says nothing that a step
/// does not compute, since it is verified like any other chapter.
public struct Transcript {
  /// What a learner wrote for an exercise.
  public enum Answer: Hashable, Sendable {
    /// It passes every check: the program goes on with it.
    case solved(String)
    /// It does not: it is shown, and the program goes on with the author's solution.
    case tried(String)
  }

  private let chapter: Chapter
  private let entries: [Journal.Entry]
  private let changes: [String: String]
  private let answers: [String: Answer]

  /// A transcript of one chapter.
  ///
  /// - Parameters:
  ///   - chapter: The chapter as the author wrote it.
  ///   - entries: The learner's journal.
  ///   - changes: The learner's own code of steps, by id.
  ///   - answers: The learner's answers, by exercise.
  public init(
    chapter: Chapter, entries: [Journal.Entry], changes: [String: String],
    answers: [String: Answer]
  ) {
    self.chapter = chapter
    self.entries = entries
    self.changes = changes
    self.answers = answers
  }

  /// The transcript's text: Markdown, with a changed step's expectations as they were.
  public func markdown() -> String {
    let title = chapter.frontMatter.title.isEmpty ? chapter.id : chapter.frontMatter.title
    var text = """
      ---
      title: \(Self.quoted("What I did in: " + title))
      part: Transcripts
      question: \(Self.quoted(chapter.frontMatter.question))
      ---

      # What I did in: \(Self.plain(title))

      \(summary)

      """
    var heading: String?
    for block in BlockWalk.all(chapter.blocks) {
      switch block.kind {
      case .heading(let level, _, let inlines) where level > 1:
        heading =
          "\n" + String(repeating: "#", count: level) + " "
          + Self.plain(Inline.plainText(of: inlines)) + "\n"
      case .step(let index) where index <= lastStep:
        let part = part(of: index)
        guard !part.isEmpty else { continue }
        text += (heading ?? "") + part
        heading = nil
      default: break
      }
    }
    return text
  }

  // MARK: What the journal says

  /// The last step of the program that was seen; what came before it ran as well.
  private var lastStep: Int {
    var last = -1
    for entry in entries {
      let index: Int? =
        switch entry.event {
        case .ran(let step), .changed(let step): chapter.steps.firstIndex { $0.id == step }
        case .tried(let exercise, _, _), .solved(let exercise):
          chapter.steps.lastIndex { $0.exercise == exercise }
        default: nil
        }
      last = max(last, index ?? -1)
    }
    return last
  }

  private var summary: String {
    let days = Set(entries.map { String($0.time.prefix(10)) }).sorted()
    guard let first = days.first, let last = days.last else {
      return "Nothing yet: no step of this chapter was run."
    }
    let when = first == last ? "On \(first)" : "From \(first) to \(last)"
    let place = entries.last { entry in
      if case .place = entry.event { return true }
      return false
    }
    let isFinished = entries.contains { $0.event == .finished }
    guard !isFinished, case .place(_, let number, let count)? = place?.event else {
      return isFinished ? "\(when), to the end." : "\(when)."
    }
    return "\(when), up to stop \(number) of \(count)."
  }

  // MARK: Parts

  private func part(of index: Int) -> String {
    let step = chapter.steps[index]
    switch step.role {
    case .plain, .claim:
      return guesses(about: step) + fence(step, code: changes[step.id], note: changeNote(step))
    case .rejects: return fence(step, attribute: "rejects")
    case .traps: return fence(step, attribute: "traps")
    case .stub(let exercise): return answer(to: exercise)
    case .check(let exercise):
      guard hasSolution(exercise) else { return "" }
      // An exercise for paper has no stub: its solution stands before what it must satisfy.
      let isFirst = index == chapter.steps.firstIndex { $0.exercise == exercise }
      return (isFirst ? answer(to: exercise) : "") + fence(step, attribute: nil)
    case .solution, .wrong: return ""
    }
  }

  /// The learner's answer where it passes, else the author's; help that was taken stands before it.
  private func answer(to exercise: String) -> String {
    var text = help(with: exercise)
    switch answers[exercise] {
    case .solved(let code): return text + Self.fenced("swift", code)
    case .tried(let code):
      text += "\nMy answer, which does not pass every check:\n" + Self.fenced("text", code)
    case nil: break
    }
    let solution = chapter.steps.first { $0.role == .solution(exercise: exercise) }
    guard let solution else { return text }
    return text + "\nThe chapter's own solution, with which it goes on:\n"
      + Self.fenced("swift folded", solution.code)
  }

  private func hasSolution(_ exercise: String) -> Bool {
    chapter.steps.contains { $0.role == .solution(exercise: exercise) }
  }

  private func help(with exercise: String) -> String {
    let hints = entries.reduce(0) { most, entry in
      if case .hint(exercise, let number) = entry.event { return max(most, number) }
      return most
    }
    let tries = entries.count { entry in
      if case .tried(exercise, _, _) = entry.event { return true }
      return false
    }
    let sawSolution = entries.contains { $0.event == .sawSolution(exercise: exercise) }
    var words: [String] = []
    if tries > 0 { words.append(tries == 1 ? "one try" : "\(tries) tries") }
    if hints > 0 { words.append(hints == 1 ? "one hint" : "\(hints) hints") }
    if sawSolution { words.append("a look at the solution") }
    return words.isEmpty ? "" : "\nExercise `\(exercise)`: \(words.joined(separator: ", ")).\n"
  }

  private func guesses(about step: Step) -> String {
    var text = ""
    for case .guessed(let name, let guess, let actual) in entries.map(\.event)
    where step.expectations.contains(where: { $0.expression == name }) {
      text +=
        "\nBefore I ran this I guessed \(Self.code(guess)) for \(Self.code(name)); "
        + "it is \(Self.code(actual)).\n"
    }
    return text
  }

  private func changeNote(_ step: Step) -> String {
    changes[step.id] == nil ? "" : "\nI changed this step:\n"
  }

  // MARK: Fences

  private func fence(_ step: Step, code: String?, note: String) -> String {
    let info =
      "swift" + (step.isNamed ? " name=\(step.id)" : "") + (step.isFolded ? " folded" : "")
      + (step.isSlow ? " slow" : "")
    let output = step.expectedOutput.map { Self.fenced("text output", $0.text) } ?? ""
    return note + Self.fenced(info, code ?? step.code) + (code == nil ? output : "")
  }

  private func fence(_ step: Step, attribute: String?) -> String {
    Self.fenced(attribute.map { "swift \($0)" } ?? "swift", step.code)
  }

  private static func fenced(_ info: String, _ code: String) -> String {
    let ticks = ticks(around: code, atLeast: 3)
    return "\n\(ticks)\(info)\n\(code.hasSuffix("\n") ? code : code + "\n")\(ticks)\n"
  }

  /// One backtick more than the text has in a row.
  private static func ticks(around text: String, atLeast least: Int) -> String {
    var longest = least - 1
    var run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    return String(repeating: "`", count: longest + 1)
  }

  // MARK: Words

  private static func code(_ text: String) -> String {
    let ticks = ticks(around: text, atLeast: 1)
    let space = ticks.count > 1 ? " " : ""
    return ticks + space + text + space + ticks
  }

  /// Text as a heading says it: in a code span where Markdown, or whoever looks for unproven numbers and
  /// unknown citations, would read something into it.
  private static func plain(_ text: String) -> String {
    let text = oneLine(text)
    var decimals = DecimalScanner(characters: Array(text), isHeading: false)
    let isPlain = !text.contains { "\\`*_[]<>#&$".contains($0) } && decimals.decimals().isEmpty
    return isPlain ? text : code(text)
  }

  /// Text as YAML holds it on one line.
  private static func quoted(_ text: String) -> String {
    let inside = oneLine(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(inside)\""
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
