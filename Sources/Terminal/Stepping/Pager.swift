/// What waits to be shown, and how much of it goes on the screen at once.
///
/// Text is typeset when its turn comes, so that a terminal that changed its size meanwhile gets lines
/// of the new width.
struct Pager {
  /// Text that is not typeset yet.
  typealias Passage = (TerminalRenderer) -> [StyledLine]

  private var passages: [Passage] = []
  /// Typeset, and not shown.
  private var lines: [StyledLine] = []
  /// Whether the last line shown was empty: no two of them follow each other.
  private var endsEmpty = false

  /// Whether nothing waits.
  var isEmpty: Bool { passages.isEmpty && lines.isEmpty }

  /// Puts text after everything that waits.
  mutating func add(_ passage: @escaping Passage) { passages.append(passage) }

  /// Puts text before everything that waits.
  mutating func addFirst(_ passage: @escaping Passage) {
    let left = lines
    lines = []
    passages.insert(passage, at: 0)
    if !left.isEmpty { passages.insert({ _ in left }, at: 1) }
  }

  /// Puts everything that waits elsewhere after everything that waits here.
  mutating func add(_ other: Pager) {
    let typeset = other.lines
    if !typeset.isEmpty { passages.append { _ in typeset } }
    passages += other.passages
  }

  /// Forgets what waits.
  mutating func clear() {
    passages = []
    lines = []
  }

  /// Takes the next screenful.
  ///
  /// - Parameter renderer: Typesets for the screen as it is now.
  /// - Returns: At most two lines less than the screen is high, so that a line that was read stays above
  ///   and the status line fits below; everything, where nobody knows the height. A page ends between
  ///   paragraphs where one ends in its lower part.
  mutating func page(_ renderer: TerminalRenderer) -> [StyledLine] {
    let height = renderer.settings.height.map { max(3, $0 - 2) } ?? Int.max
    lines = lines.flatMap { fitted($0, width: renderer.settings.width) }
    while lines.count <= height, !passages.isEmpty { append(passages.removeFirst()(renderer)) }
    let count = lines.count <= height ? lines.count : pageEnd(height)
    let page = Array(lines[..<count])
    lines = Array(lines[count...])
    // An empty line alone is not worth a page.
    if passages.isEmpty, lines.allSatisfy(\.spans.isEmpty) { lines = [] }
    if let line = page.last { endsEmpty = line.spans.isEmpty }
    return page
  }

  private mutating func append(_ more: [StyledLine]) {
    for line in more {
      let isSecond = lines.last.map(\.spans.isEmpty) ?? endsEmpty
      if !line.spans.isEmpty || !isSecond { lines.append(line) }
    }
  }

  /// How many lines make a page: up to the last empty line in its lower half that does not part a
  /// heading from its text, else all that fit.
  private func pageEnd(_ height: Int) -> Int {
    for index in stride(from: height - 1, to: height / 2, by: -1) {
      guard lines[index].spans.isEmpty, index > 0, !lines[index - 1].isUnderline else { continue }
      return index + 1
    }
    return height
  }

  /// A line that was typeset for a wider screen, cut.
  private func fitted(_ line: StyledLine, width: Int) -> [StyledLine] {
    line.width <= width ? [line] : LineWrapper(width: width).lines(line.spans)
  }
}

extension StyledLine {
  /// Whether it is a heading's underline.
  fileprivate var isUnderline: Bool {
    !spans.isEmpty && spans.allSatisfy { $0.text.allSatisfy { $0 == "─" || $0 == " " } }
  }
}
