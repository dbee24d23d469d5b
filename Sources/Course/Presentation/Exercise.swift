/// An exercise of a chapter: what is asked, what must pass, and the help there is, from a nudge to the
/// solution.
public struct Exercise: Hashable, Sendable {
  /// A folded part: its summary line and what it hides.
  public struct Fold: Hashable, Sendable {
    /// The summary line.
    public let summary: [Inline]
    /// What it hides.
    public let blocks: [Block]
  }

  /// A mistake that the author foresaw: the step of the wrong answer, and what is said of it.
  public struct Mistake: Hashable, Sendable {
    /// The index of the wrong answer in `Chapter.steps`.
    public let step: Int
    /// Its fold.
    public let fold: Fold
  }

  /// Its name in the fences.
  public let name: String
  /// Its number in the chapter, counted from 1.
  public let number: Int
  /// Its heading.
  public let title: [Inline]
  /// What it asks: the blocks before the stub.
  public let task: [Block]
  /// The index of the stub in `Chapter.steps`; nil in an exercise without one.
  public let stub: Int?
  /// The indices of its checks.
  public let checks: [Int]
  /// Hints, mildest first.
  public let hints: [Fold]
  /// The solution.
  public let solution: Fold?
  /// Foreseen mistakes.
  public let mistakes: [Mistake]

  /// The exercises of a chapter, in order.
  ///
  /// - Parameter chapter: The chapter.
  /// - Returns: Its exercises; a fold that holds neither the solution nor a wrong answer is a hint.
  public static func all(in chapter: Chapter) -> [Exercise] {
    let spans = ExerciseSpan.spans(in: chapter.blocks, steps: chapter.steps)
    return lists(of: chapter.blocks).flatMap { blocks in
      blocks.indices.compactMap { index -> Exercise? in
        guard let span = spans[blocks[index].line], span.blocks.lowerBound == index,
          case .heading(_, _, let title) = blocks[index].kind
        else { return nil }
        return Exercise(span, title: title, blocks: blocks[span.blocks.dropFirst()], in: chapter)
      }
    }
  }

  private init(
    _ span: ExerciseSpan, title: [Inline], blocks: ArraySlice<Block>, in chapter: Chapter
  ) {
    let steps = chapter.steps
    name = span.name
    number = span.number
    self.title = title
    stub = steps.firstIndex { $0.role == .stub(exercise: span.name) }
    checks = steps.indices.filter { steps[$0].role == .check(exercise: span.name) }
    task = Array(
      blocks.prefix { block in
        if case .step = block.kind { return false }
        if case .details = block.kind { return false }
        return true
      })
    var hints: [Fold] = []
    var solution: Fold?
    var mistakes: [Mistake] = []
    for case .details(let summary, let inside) in blocks.map(\.kind) {
      let fold = Fold(summary: summary, blocks: inside)
      let inner = BlockWalk.all(inside).compactMap { block -> Int? in
        guard case .step(let index) = block.kind, steps.indices.contains(index) else { return nil }
        return index
      }
      if inner.contains(where: { steps[$0].role == .solution(exercise: span.name) }) {
        solution = fold
      } else if let wrong = inner.first(where: { steps[$0].isWrongAnswer }) {
        mistakes.append(Mistake(step: wrong, fold: fold))
      } else {
        hints.append(fold)
      }
    }
    self.hints = hints
    self.solution = solution
    self.mistakes = mistakes
  }

  /// The list of blocks itself and every list inside it that may hold headings.
  private static func lists(of blocks: [Block]) -> [[Block]] {
    [blocks]
      + blocks.flatMap { block -> [[Block]] in
        switch block.kind {
        case .audience(_, let inside), .quote(let inside), .details(_, let inside),
          .claim(_, _, let inside):
          lists(of: inside)
        default: []
        }
      }
  }
}

extension Step {
  fileprivate var isWrongAnswer: Bool {
    if case .wrong = role { return true }
    return false
  }
}
