import Course
import StepRecords

/// A step of the course that the first page shows as it ran, with the words around it.
///
/// Nobody types what stands there: the first short step in reading order whose values all held and of
/// which the next paragraph quotes a number is the one, and it changes with the chapter. Where no such
/// step is short, the first longer one serves.
struct HomeExample {
  /// The chapter it is taken from.
  let chapter: Chapter
  /// The paragraph that asks, where there is one, the step, and the paragraph that reads its values.
  let blocks: [Block]
  /// The step, by its index.
  let step: Int

  /// The example of a course; nil when no chapter has one that ran.
  init?(_ content: SiteContent) {
    guard let found = Self(content, lines: 9) ?? Self(content, lines: 24) else { return nil }
    self = found
  }

  private init?(_ content: SiteContent, lines: Int) {
    for chapter in content.chapters {
      guard let result = content.results[chapter.id] else { continue }
      let outcomes = Dictionary(
        result.steps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      let numbers = ProvenNumberCheck(chapter: chapter, outcomes: result.steps)
      for (index, block) in chapter.blocks.enumerated() {
        guard case .step(let step) = block.kind, chapter.steps.indices.contains(step),
          Self.isPlain(chapter.steps[step], lines: lines),
          let outcome = outcomes[chapter.steps[step].id],
          Self.isProven(outcome), index + 1 < chapter.blocks.count,
          Self.quotes(chapter.blocks[index + 1], step: step, numbers)
        else { continue }
        self.chapter = chapter
        self.step = step
        blocks = Self.question(before: index, in: chapter) + [block, chapter.blocks[index + 1]]
        return
      }
    }
    return nil
  }

  private static func isPlain(_ step: Step, lines: Int) -> Bool {
    step.role == .plain && !step.isFolded && step.code.count { $0 == "\n" } <= lines
  }

  private static func isProven(_ outcome: StepOutcome) -> Bool {
    outcome.outcome == .held && outcome.expectations.count >= 2 && outcome.results.isEmpty
      && outcome.expectations.allSatisfy(\.held)
  }

  /// Whether a paragraph states a number that the step computed, and states it rightly.
  private static func quotes(_ block: Block, step: Int, _ numbers: ProvenNumberCheck) -> Bool {
    guard case .paragraph = block.kind else { return false }
    return BlockWalk.inlines(of: [block]).contains { inline in
      guard case .proven(let number) = inline,
        case .value(step, _, _) = numbers.resolution(of: number)
      else { return false }
      return numbers.judgement(of: number)?.held == true
    }
  }

  /// The paragraph before the step, when it asks something.
  private static func question(before index: Int, in chapter: Chapter) -> [Block] {
    let before = chapter.blocks[..<index].last { block in
      if case .predict = block.kind { false } else { true }
    }
    guard let before, case .paragraph(let inlines) = before.kind,
      Inline.plainText(of: inlines).contains("?")
    else { return [] }
    return [before]
  }
}
